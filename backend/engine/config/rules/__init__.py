"""Config rules: managed rules, their evaluation and compliance."""
