"""What makes a report checkable: checksums, the manifest and its signature, verifying, repeating a scan."""
