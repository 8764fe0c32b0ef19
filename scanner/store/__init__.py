"""Keys, arrays and plain values that may outgrow memory, the exact sets among them, and private files."""
