"""Archives and compressed files: their members are read one by one, in memory, never written to a path of theirs."""
