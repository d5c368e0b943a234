"""Plausible changes of the estate: what somebody does in an account on an ordinary day.

Each leaves the resources as such a call leaves them, and an event in the trail that says who made it.
"""
