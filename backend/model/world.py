"""How large a local world can be made."""

from __future__ import annotations

MOST_ACCOUNTS = 20
MOST_REGIONS = 17
"""The regions that every AWS account has without asking for them."""
