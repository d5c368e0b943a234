"""Request bodies as clients wrap them: S3's chunks with trailers, gzip, and the sums that protect them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from backend.engine.errors import ServiceError
from backend.wire.exchange import Request

LARGEST_UNPACKED = 64 * 1024 * 1024
"""Bytes that a compressed JSON or form body may unpack to."""

_SUMS: dict[str, Callable[[bytes], bytes]] = {
    "x-amz-checksum-crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "x-amz-checksum-sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "x-amz-checksum-sha256": lambda data: hashlib.sha256(data).digest(),
}


def plain_body(request: Request, *, objects: bool) -> Request:
    """The request with its body unwrapped and its sums checked. Raises `ServiceError`.

    With `objects` (S3) a content encoding belongs to the object and stays.
    """
    if request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        request = _unchunked(request)
    elif request.headers.get("content-encoding") == "gzip" and not objects:
        request = replace(request, body=_unzipped(request.body))
    _check(request.headers, request.body)
    return request


def _unchunked(request: Request) -> Request:
    """Take `aws-chunked` apart: `size[;chunk-signature=…]`, data, and trailers after the chunk of size 0."""
    body, at = request.body, 0
    parts: list[bytes] = []
    while True:
        end = body.find(b"\r\n", at)
        try:
            size = int(body[at:end].split(b";")[0], 16) if end > 0 else -1
        except ValueError:
            size = -1
        at = end + 2
        if size < 0 or at + size > len(body):
            raise ServiceError(
                "IncompleteBody",
                "You did not provide the number of bytes specified by the Content-Length HTTP header",
            )
        if size == 0:
            break
        parts.append(body[at : at + size])
        at += size + 2
    data = b"".join(parts)
    headers = dict(request.headers)
    for line in body[at:].split(b"\r\n"):
        name, _, value = line.decode("latin-1").partition(":")
        if name.strip():
            headers[name.strip().lower()] = value.strip()
    declared = headers.pop("x-amz-decoded-content-length", str(len(data)))
    if declared != str(len(data)):
        raise ServiceError("IncompleteBody", "The request body did not have the decoded length it announced")
    encodings = [part.strip() for part in headers.pop("content-encoding", "").split(",")]
    kept = [part for part in encodings if part not in ("", "aws-chunked")]
    if kept:
        headers["content-encoding"] = ",".join(kept)
    headers["content-length"] = str(len(data))
    return replace(request, headers=headers, body=data)


def _unzipped(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        data = unpacker.decompress(body, LARGEST_UNPACKED)
    except zlib.error as error:
        raise ServiceError("SerializationException", f"The body is no gzip data: {error}") from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ServiceError("SerializationException", "The gzip data are cut short or too large")
    return data


def _check(headers: Mapping[str, str], body: bytes) -> None:
    """Refuse a body that is not what its sums say. Sums that Python has no code for (CRC32C, CRC64) are let be."""
    md5 = headers.get("content-md5")
    if md5 is not None and _decoded(md5) != hashlib.md5(body, usedforsecurity=False).digest():
        raise ServiceError("BadDigest", "The Content-MD5 you specified did not match what we received")
    for name, make in _SUMS.items():
        if name in headers and _decoded(headers[name]) != make(body):
            kind = name.removeprefix("x-amz-checksum-").upper()
            raise ServiceError("BadDigest", f"The {kind} you specified did not match the calculated checksum")


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
