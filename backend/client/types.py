"""The resource types that AWS Config records."""

from __future__ import annotations

from botocore.loaders import Loader


def recordable_types() -> frozenset[str]:
    """Those that the service model of AWS Config names (`ResourceType`); no call is made for them."""
    model = Loader().load_service_model("config", "service-2")
    return frozenset(model["shapes"]["ResourceType"]["enum"])
