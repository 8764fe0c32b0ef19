"""One identifier, one module."""
