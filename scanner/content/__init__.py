"""What columns are by their cells: shapes of a head, and the rules that make roles of them."""
