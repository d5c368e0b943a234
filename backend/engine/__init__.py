"""The local AWS: synchronous, deterministic, driven by its clock."""
