"""Which service, operation, region and caller a request means, and which protocol it speaks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from backend.wire.exchange import Request


class Protocol(Enum):
    """The forms in which AWS calls come (reference: recorded.md §4)."""

    JSON = "json"
    QUERY = "query"
    REST_XML = "rest-xml"
    CBOR = "smithy-rpc-v2-cbor"
    OTHER = "other"
    """Something else that AWS speaks and this engine does not."""


@dataclass(frozen=True)
class Address:
    """What a request says of itself before its body is understood."""

    protocol: Protocol
    service: str
    """botocore's name of the service; empty when nothing tells."""
    operation: str
    """Empty for REST, where path and method tell."""
    region: str | None
    access_key: str


_BY_TARGET = {
    "StarlingDoveService": "config",
    "CloudTrail_20131101": "cloudtrail",
    "AWSEvents": "events",
    "AmazonSQS": "sqs",
    "GraniteServiceVersion20100801": "cloudwatch",
    "Logs_20140328": "logs",
    "AmazonSSM": "ssm",
}
_BY_SIGNING_NAME = {"monitoring": "cloudwatch", "email": "ses", "s3express": "s3"}
_BY_QUERY_VERSION = {
    "2010-03-31": "sns",
    "2011-06-15": "sts",
    "2010-05-08": "iam",
    "2012-11-05": "sqs",
    "2010-08-01": "cloudwatch",
}

_CREDENTIAL = re.compile(r"Credential=([^,\s]+)")
_FORM = "application/x-www-form-urlencoded"
_CBOR_PATH = re.compile(r"/service/([^/]+)/operation/([^/]+)$")


def address(request: Request) -> Address:
    """Read the address of a request from its target header, its form, its signature, or its path."""
    access_key, region, signed_for = _scope(request)
    signed_service = _BY_SIGNING_NAME.get(signed_for, signed_for)
    target = request.headers.get("x-amz-target", "")
    if target:
        # Clients disagree about what precedes the last two parts (CloudTrail: botocore and Go).
        prefix, _, operation = target.rpartition(".")
        service = _BY_TARGET.get(prefix.rpartition(".")[2], signed_service)
        return Address(Protocol.JSON, service, operation, region, access_key)
    rpc = _CBOR_PATH.search(request.path)
    if rpc and request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        service = _BY_TARGET.get(rpc[1], signed_service)
        return Address(Protocol.CBOR, service, rpc[2], region, access_key)
    if signed_service != "s3" and (_is_form(request) or "Action" in request.query):
        action = request.form.get("Action") or ""
        service = signed_service or _BY_QUERY_VERSION.get(request.form.get("Version") or "", "")
        return Address(Protocol.QUERY, service, action, region, access_key)
    if signed_service in ("", "s3"):
        return Address(Protocol.REST_XML, "s3", "", region, access_key)
    return Address(Protocol.OTHER, signed_service, f"{request.method} {request.path}", region, access_key)


def _is_form(request: Request) -> bool:
    return request.method == "POST" and request.headers.get("content-type", "").startswith(_FORM)


def _scope(request: Request) -> tuple[str, str | None, str]:
    """Access key, region and signing name from the credential scope of a header or a presigned address."""
    found = _CREDENTIAL.search(request.headers.get("authorization", ""))
    credential = found[1] if found else request.query.get("X-Amz-Credential") or ""
    parts = credential.split("/")
    if len(parts) < 5:
        return parts[0], None, ""
    return "/".join(parts[:-4]), parts[-3], parts[-2]
