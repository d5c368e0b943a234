"""Templates of conformance packs, read into the rules they ask for."""
