"""Workbooks: what a child process reads of them (``reader``)."""
