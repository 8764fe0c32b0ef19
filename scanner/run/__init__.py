"""The whole scan: inputs, threads and processes, and what became of each input."""
