"""How long configuration items are kept (ITM-17)."""

from __future__ import annotations

from backend.model.problem import BadInput

SHORTEST, LONGEST = 30, 2557
"""Days: AWS keeps items at least 30 days and at most seven years, which is also what holds without a setting."""


def read_days(text: str) -> int:
    """Days as a person types them: `90`, `90d`, `1y`, `7y`. Raises `BadInput` for what AWS would refuse."""
    word = text.strip().lower().removesuffix("days").removesuffix("day").strip()
    number, unit = (word[:-1], word[-1]) if word[-1:] in ("d", "y") else (word, "d")
    if not (number.isascii() and number.isdigit() and len(number) < 6):
        raise BadInput(f"“{text}” is no number of days", f"say {SHORTEST} to {LONGEST} days, as 90 or 1y")
    years = int(number)
    days = years if unit == "d" else LONGEST if years == 7 else years * 365
    if not SHORTEST <= days <= LONGEST:
        raise BadInput(
            f"Items cannot be kept for {days:,} days",
            f"AWS keeps them {SHORTEST} days at least and {LONGEST:,} at most",
        )
    return days
