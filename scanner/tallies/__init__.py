"""Mergeable exact counts: of a table, of all tables, and the facts of their rows."""
