"""One batch into a tally: candidates, repairs, values, records."""
