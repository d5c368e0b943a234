"""Snapshot and history files: read, index, write, compare."""
