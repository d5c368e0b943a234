"""AWS Config itself."""
