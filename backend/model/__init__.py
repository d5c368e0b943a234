"""The words of the domain as plain typed values; no I/O."""
