"""The evidence bundle of a moment: what is gathered, and the files it is written to."""
