"""``python -m scanner`` is the command ``leaktally``."""

from scanner.cli import main

main(prog_name="leaktally")
