"""Why a value is taken for something, and why a row counts as it does."""
