"""The neighbours of AWS Config, as far as it needs them."""
