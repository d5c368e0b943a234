"""What rules say: the catalogue of managed rules, how each decides, Guard policies. Pure; no I/O, no account."""
