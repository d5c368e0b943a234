"""Parts that know nothing of AWS."""
