"""Handlers of custom Lambda rules: Python files of a person's own, run beside the engine (RUL-01, RUL-09).

`finding` reads a folder, `runner` takes the calls that the engine noted and tells it how they ended, `workers` has the
processes that handlers run in, `program` is what runs there. Nothing of it happens unless a folder was named.
"""
