"""The templates that AWS publishes, where they are at hand: every one of them deploys."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.rules.packs import template
from tests.backend.engine.config.packs.conftest import COMPLETE, PutPack, deployed, status
from tests.backend.engine.conftest import CallFixture

SAMPLES: list[Path | None] = [*sorted((Path(__file__).parents[6] / "shared/data/conformance-packs").glob("*.yaml"))]


@pytest.fixture(params=SAMPLES or [None], ids=lambda path: path.stem if path else "none")
def sample(request: pytest.FixtureRequest) -> str:
    path: Path | None = request.param
    if path is None:
        pytest.skip("no sample packs beside this repository")
    return path.read_text()


@pytest.mark.usefixtures("recording")
def test_a_published_template_is_deployed(call: CallFixture, put_pack: PutPack, sample: str) -> None:
    needed = "S3TargetBucketNameForEnableLogging"
    given = [{"ParameterName": needed, "ParameterValue": "logs"}] if needed in sample else []
    put_pack(template=sample, ConformancePackInputParameters=given)
    assert status(call)["ConformancePackState"] == COMPLETE
    rules, _ = template.read(sample, {each["ParameterName"]: each["ParameterValue"] for each in given}, {})
    assert len(rules) == sample.count("AWS::Config::ConfigRule")
    assert deployed(call).keys() <= {rule.name for rule in rules}
