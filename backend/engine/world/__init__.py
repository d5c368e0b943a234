"""The estate of resources, and the scenarios that change it."""
