"""Compiled loops over bytes; no policy, no files, no Python object per cell."""
