"""The errors of a delivery in plain words."""

from __future__ import annotations

import pytest

from backend.model.delivery import DeliveryChannel, DeliveryState
from backend.model.delivery_errors import meaning

CHANNEL = DeliveryChannel(name="default", bucket="logs", topic_arn="arn:aws:sns:eu-west-1:1:news")


@pytest.mark.parametrize(
    ("code", "message", "part", "means"),
    [
        ("NoSuchBucket", "The specified Bucket does not exist.", "history", "The bucket logs does not exist"),
        ("AccessDenied", "Access Denied", "snapshot", "The bucket logs does not let AWS Config write"),
        ("InsufficientDeliveryPolicy", "cannot write", "history", "The bucket logs does not let AWS Config write"),
        ("KMS.DisabledException", "key is disabled", "history", "The KMS key refuses"),
        ("AccessDenied", "not authorized to perform: kms:GenerateDataKey", "snapshot", "The KMS key refuses"),
        ("NotFound", "Topic does not exist", "stream", "The topic news does not exist"),
        ("AuthorizationError", "not authorized", "stream", "The topic news does not let AWS Config publish"),
        ("AccessDenied", "no", "stream", "The topic news does not let AWS Config publish"),
        ("Throttled", "Rate exceeded", "stream", "AWS was too busy"),
        ("Mystery", "who knows", "history", "could not deliver the history"),
    ],
)
def test_every_error_has_a_meaning_and_a_remedy(code: str, message: str, part: str, means: str) -> None:
    state = DeliveryState(status="FAILURE", error_code=code, error_message=message)
    found = meaning(state, CHANNEL, part)
    assert found is not None
    assert means in found.means
    assert found.remedy


def test_an_error_code_beside_a_success_means_nothing() -> None:
    assert meaning(DeliveryState(status="SUCCESS", error_code="400", error_message="NA"), CHANNEL, "history") is None
