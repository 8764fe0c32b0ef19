"""A finished tally into final counts: what signatures mean, records, values, persons."""
