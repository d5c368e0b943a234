"""What a resource's own settings leave open: the first look of a security analysis (RUL-14, INV-05).

Only what an item says plainly is told. It is no verdict: those are the rules'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import unquote

import msgspec

from backend.model.item import ConfigurationItem, Document, Json

_ANYBODY = frozenset({"0.0.0.0/0", "::/0"})
_SHOWN = 4
"""Ports named before the rest is only counted."""


def exposed(item: ConfigurationItem, body: Document) -> str:
    """What the settings of a resource leave open, in a few words; empty when nothing is seen in them."""
    told = _EXPOSED.get(item.resource_type)
    return ", ".join(filter(None, told(item, body))) if told and body else ""


def _group(_item: ConfigurationItem, body: Document) -> Iterable[str]:
    doors = [_ports(entry) for entry in _objects(body.get("ipPermissions")) if _ANYBODY.intersection(_ranges(entry))]
    if doors:
        doors = list(dict.fromkeys(doors))
        more = f" and {len(doors) - _SHOWN} more" if len(doors) > _SHOWN else ""
        yield f"open to anybody: {', '.join(doors[:_SHOWN])}{more}"


def _ranges(entry: Document) -> Iterable[str]:
    """The address ranges of a permission: written as texts, as objects, or both."""
    for member in ("ipRanges", "ipv4Ranges", "ipv6Ranges"):
        for found in _list(entry.get(member)):
            text = (found.get("cidrIp") or found.get("cidrIpv6")) if isinstance(found, dict) else found
            if isinstance(text, str):
                yield text


def _ports(entry: Document) -> str:
    protocol, first, last = entry.get("ipProtocol"), entry.get("fromPort"), entry.get("toPort")
    if protocol in ("-1", -1) or first is None or (first, last) == (0, 65535):
        return "all ports"
    return str(first) if first == last else f"{first}-{last}"


def _not_encrypted(member: str) -> Callable[[ConfigurationItem, Document], Iterable[str]]:
    def told(_item: ConfigurationItem, body: Document) -> Iterable[str]:
        if body.get(member) is False:
            yield "not encrypted"

    return told


def _database(_item: ConfigurationItem, body: Document) -> Iterable[str]:
    if body.get("publiclyAccessible") is True:
        yield "publicly accessible"
    if body.get("storageEncrypted") is False:
        yield "not encrypted"


def _bucket(item: ConfigurationItem, _body: Document) -> Iterable[str]:
    block = _held(item.supplementary.get("PublicAccessBlockConfiguration"))
    if isinstance(block, dict) and False in block.values():
        yield "public access not blocked"
    policy = _held(item.supplementary.get("BucketPolicy"))
    if _for_anybody(_held(policy.get("policyText")) if isinstance(policy, dict) else None):
        yield "policy allows anybody"


def _resource_policy(_item: ConfigurationItem, body: Document) -> Iterable[str]:
    if _for_anybody(_held(body.get("Policy") or body.get("policy"))):
        yield "policy allows anybody"


def _policy(_item: ConfigurationItem, body: Document) -> Iterable[str]:
    for version in _objects(body.get("policyVersionList")):
        document = _held(version.get("document"))
        if version.get("isDefaultVersion") and any(_allows_all(each) for each in _statements(document)):
            yield "allows every action on everything"


def _instance(_item: ConfigurationItem, body: Document) -> Iterable[str]:
    if body.get("publicIpAddress"):
        yield "public address"
    options = body.get("metadataOptions")
    tokens = options.get("httpTokens") if isinstance(options, dict) else None
    if tokens == "optional" or (isinstance(tokens, dict) and tokens.get("value") == "optional"):
        yield "metadata without tokens (IMDSv1)"


def _trail(_item: ConfigurationItem, body: Document) -> Iterable[str]:
    if body.get("logFileValidationEnabled") is False:
        yield "log files are not validated"


def _cluster(_item: ConfigurationItem, body: Document) -> Iterable[str]:
    network = body.get("ResourcesVpcConfig")
    if isinstance(network, dict) and network.get("EndpointPublicAccess") is True:
        yield "public endpoint"


def _key(_item: ConfigurationItem, body: Document) -> Iterable[str]:
    state = body.get("keyState")
    if state == "PendingDeletion":
        yield "will be deleted"


_EXPOSED: Mapping[str, Callable[[ConfigurationItem, Document], Iterable[str]]] = {
    "AWS::EC2::SecurityGroup": _group,
    "AWS::EC2::Volume": _not_encrypted("encrypted"),
    "AWS::EC2::Snapshot": _not_encrypted("encrypted"),
    "AWS::EC2::Instance": _instance,
    "AWS::RDS::DBInstance": _database,
    "AWS::RDS::DBCluster": _not_encrypted("storageEncrypted"),
    "AWS::RDS::DBSnapshot": _not_encrypted("encrypted"),
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Topic": _resource_policy,
    "AWS::SQS::Queue": _resource_policy,
    "AWS::IAM::Policy": _policy,
    "AWS::CloudTrail::Trail": _trail,
    "AWS::EKS::Cluster": _cluster,
    "AWS::KMS::Key": _key,
}

EXPOSED_TYPES = frozenset(_EXPOSED)
"""Types of which `exposed` can tell something."""


def _for_anybody(document: Json) -> bool:
    """True when a policy allows something to everybody, and asks for no condition."""
    return any(
        each.get("Effect") == "Allow" and not each.get("Condition") and _says(each.get("Principal"), "*")
        for each in _statements(document)
    )


def _allows_all(statement: Document) -> bool:
    return (
        statement.get("Effect") == "Allow"
        and _says(statement.get("Action"), "*")
        and _says(statement.get("Resource"), "*")
    )


def _says(value: Json, wanted: str) -> bool:
    if isinstance(value, dict):
        return any(_says(one, wanted) for one in value.values())
    return wanted in value if isinstance(value, list) else value == wanted


def _statements(document: Json) -> list[Document]:
    found = document.get("Statement") if isinstance(document, dict) else None
    return _objects([found] if isinstance(found, dict) else found)


def _held(value: Json) -> Json:
    """The JSON that a text spells, also URL-encoded as IAM's policies are; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(unquote(value) if value.startswith("%") else value)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _objects(value: Json) -> list[Document]:
    return [one for one in _list(value) if isinstance(one, dict)]
