"""Managed rules over instances and volumes."""

from __future__ import annotations

from backend.engine.config.rules.catalogue import ON_CHANGE, ManagedRule, Parameter
from backend.engine.config.rules.managed.reading import body, objects, parsed, same_key
from backend.engine.config.rules.verdict import FINE, AccountView, Parameters, Verdict, bad, out_of_scope
from backend.model.item import Document


def _volume_encrypted(item: Document, parameters: Parameters, _: AccountView) -> Verdict:
    volume = body(item)
    if not volume.get("attachments") and volume.get("state") != "in-use":
        return out_of_scope("The volume is not attached to an instance.")
    if not volume.get("encrypted"):
        return bad("The volume is attached and not encrypted.")
    wanted = parameters.get("kmsId")
    if wanted and not same_key(wanted, volume.get("kmsKeyId")):
        return bad("The volume is encrypted with another key than the one asked for.")
    return FINE


def _no_public_address(item: Document, parameters: Parameters, _: AccountView) -> Verdict:
    instance = body(item)
    addresses = [instance.get("publicIpAddress")]
    for interface in objects(instance.get("networkInterfaces")):
        addresses.append(parsed(interface.get("association")).get("publicIp"))
    for address in addresses:
        if address:
            return bad(f"The instance has the public address {address}.")
    return FINE


RULES = (
    ManagedRule("ENCRYPTED_VOLUMES", ON_CHANGE, ("AWS::EC2::Volume",), (Parameter("kmsId"),), item=_volume_encrypted),
    ManagedRule("EC2_INSTANCE_NO_PUBLIC_IP", ON_CHANGE, ("AWS::EC2::Instance",), item=_no_public_address),
)
