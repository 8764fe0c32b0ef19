"""One output format, one module."""
