"""One input format, one module."""
