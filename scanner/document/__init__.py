"""The one JSON document of a scan, and what stands in it."""
