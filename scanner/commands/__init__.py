"""The commands of the command line and what they share; ``scanner.cli`` puts them together."""
