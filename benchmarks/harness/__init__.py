"""Measures the scanner: inputs, tasks in processes of their own, rows of the table, peers, results."""
