"""Requests into operation inputs and answers into replies, driven by the service models.

The only module that knows moto: its parsers and serialisers do the model-driven work for all protocols, but for
answers in JSON (checked with moto 5.2.5). What the recordings of the real service show differently is put right here.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any
from xml.sax.saxutils import escape

import msgspec
from moto.core.parse import JSONParser, QueryParser, RequestParser, RequestParserError, RestXMLParser
from moto.core.serialize import (
    QuerySerializer,
    ResponseSerializer,
    S3Serializer,
    SerializationContext,
    SqsQuerySerializer,
)
from moto.core.utils import get_service_model

from backend.engine.errors import ServiceError
from backend.model import moment
from backend.model.item import Document
from backend.wire import json_form
from backend.wire.exchange import Reply, Request
from backend.wire.failures import Failure
from backend.wire.services import Protocol

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot carry, not even as references."""

_ROOTS = {"GetBucketVersioning": "VersioningConfiguration", "ListParts": "ListPartsResult"}
"""Root elements of S3 answers that moto's supplement to the model lacks."""

_MISREAD = (RequestParserError, ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError)
"""What moto's parsers raise over a request that is none."""

_ERROR_NAMESPACES = {"sqs": "com.amazonaws.sqs#", "cloudwatch": "com.amazonaws.cloudwatch#"}
"""JSON 1.0 services qualify the name of the exception; JSON 1.1 services do not (recorded.md §1)."""


def service_model(service: str) -> Any:
    """The model of a service with moto's supplements. Raises botocore's `UnknownServiceError`."""
    return get_service_model(service)


def parse(protocol: Protocol, operation: Any, request: Request, labels: dict[str, str]) -> Document:
    """The input of an operation as it stands in a request, typed but not yet checked. Raises `ServiceError`."""
    parser = _PARSERS[protocol](operation, timestamp_parser=_moment)
    try:
        parsed = parser.parse(
            {
                "body": request.body,
                "headers": Message() if protocol is Protocol.JSON else _headers(request),  # JSON has all in its body
                "method": request.method,
                "url_params": labels,
                "url_path": request.path,
                "values": request.form if protocol is Protocol.QUERY else request.query,
            }
        )
    except _MISREAD as error:
        raise _unreadable(protocol, error) from error
    document: Document = parsed
    if protocol is Protocol.QUERY and operation.service_model.service_name == "sqs" and request.path != "/":
        document.setdefault("QueueUrl", request.path)  # as a query service SQS named the queue by the path
    payload = operation.input_shape and operation.input_shape.serialization.get("payload")
    if payload and operation.has_streaming_input:
        document.setdefault(payload, b"")
    return document


def answer(protocol: Protocol, operation: Any, document: Document, request_id: str) -> Reply:
    """The reply to a call that succeeded."""
    if protocol is Protocol.JSON:
        body = json_form.body(operation.output_shape, document)
        return Reply(200, _json_headers(operation.service_model, request_id), body)
    serializer = _serializer(protocol, operation, request_id)
    made = serializer.serialize(document)
    body = made["body"]
    if isinstance(body, str):
        body = _NO_XML.sub("\ufffd", body).encode()
    status = 206 if "ContentRange" in document else made["status_code"]
    if protocol is Protocol.REST_XML:
        headers = {name.lower(): str(value) for name, value in made["headers"].items()}
        if operation.has_streaming_output:
            headers["content-type"] = document.get("ContentType", "binary/octet-stream")
        return Reply(status, {**headers, **_s3_headers(request_id)}, body)
    return Reply(status, _query_headers(request_id), body)


def refusal(protocol: Protocol, model: Any, failed: Failure, request: Request, request_id: str) -> Reply:
    """The reply to a call that failed, in the form recorded from the service; `model` is None for unknown services."""
    if protocol is Protocol.REST_XML:
        return _s3_refusal(failed, request, request_id)
    if protocol is Protocol.QUERY:
        return _query_refusal(model, failed, request_id)
    body = {"__type": _ERROR_NAMESPACES.get(model.service_name if model else "", "") + failed.shape}
    if failed.message:
        body["message"] = failed.message
    if protocol is Protocol.CBOR:
        return Reply(failed.status, {**_CBOR_HEADERS, "x-amzn-requestid": request_id}, _cbor_texts(body))
    headers = _json_headers(model, request_id)
    if protocol is Protocol.OTHER:
        headers |= {"x-amzn-errortype": failed.shape, "content-type": "application/json"}
    if model is not None and "awsQueryCompatible" in model.metadata:
        headers["x-amzn-query-error"] = f"{failed.code};{'Sender' if failed.sender else 'Receiver'}"
    return Reply(failed.status, {**headers, "connection": "close"}, msgspec.json.encode(body))


# Reading


class _StrictJson(JSONParser):  # type: ignore[misc]
    """moto's JSON parser, which takes whatever is iterable for a list; the service says what it cannot convert."""

    def _parse_body_as_json(self, body_contents: bytes) -> Any:
        return msgspec.json.decode(body_contents or b"{}")

    def _parse_structure(self, shape: Any, value: Any) -> Any:
        _expect(value, dict)
        return super()._parse_structure(shape, value)

    def _parse_list(self, shape: Any, node: Any) -> Any:
        _expect(node, list)
        return super()._parse_list(shape, node)

    def _parse_map(self, shape: Any, value: Any) -> Any:
        _expect(value, dict)
        return super()._parse_map(shape, value)

    def _parse_integer(self, shape: Any, value: Any) -> Any:
        return value  # not converted: the check of the input tells "5" from 5

    _parse_long = _parse_integer
    _parse_float = _parse_integer
    _parse_double = _parse_integer


_PARSERS: dict[Protocol, type[RequestParser]] = {
    Protocol.JSON: _StrictJson,
    Protocol.QUERY: QueryParser,
    Protocol.REST_XML: RestXMLParser,
}


def _expect(value: Any, wanted: type[dict[str, Any]] | type[list[Any]]) -> None:
    if not isinstance(value, wanted):
        name = "list" if wanted is list else "structure or map"
        raise ServiceError("SerializationException", f"{type(value).__name__} value where a {name} is expected")


def _moment(value: str | float) -> datetime:
    if isinstance(value, bool):
        raise ValueError(f"{value} is no time")  # Python takes it for a number
    try:
        return moment.to_datetime(moment.parse(value) if isinstance(value, (int, float)) else _parse_time(value))
    except OverflowError as error:
        raise ValueError(f"{value} is no time within the years 1 to 9999") from error


def _parse_time(text: str) -> moment.Moment:
    """ISO 8601, or the RFC 822 form of HTTP headers."""
    try:
        return moment.parse(text)
    except ValueError:
        return moment.from_datetime(parsedate_to_datetime(text))


def _headers(request: Request) -> Message:
    message = Message()
    for name, value in request.headers.items():
        message[name] = value
    return message


def _unreadable(protocol: Protocol, error: Exception) -> ServiceError:
    if protocol is Protocol.REST_XML:
        if isinstance(error, RequestParserError):
            return ServiceError(
                "MalformedXML",
                "The XML you provided was not well-formed or did not validate against our published schema",
            )
        return ServiceError("InvalidArgument", "An argument in the path, query or headers cannot be read")
    if protocol is Protocol.QUERY:
        return ServiceError("MalformedInput", str(error))
    if isinstance(error, RecursionError):
        return ServiceError("SerializationException", "JSON is malformed: it is nested too deeply")
    return ServiceError("SerializationException", str(error))


# Writing


class _S3Xml(S3Serializer):  # type: ignore[misc]
    """S3's XML with the service's own root elements."""

    def _serialize_body(self, body: Any) -> str:
        root = _ROOTS.get(self.operation_name)
        return str(super()._serialize_body({root: next(iter(body.values()))} if root and body else body))


def _serializer(protocol: Protocol, operation: Any, request_id: str) -> ResponseSerializer:
    kinds: dict[Protocol, type[ResponseSerializer]] = {
        Protocol.REST_XML: _S3Xml,
        Protocol.QUERY: SqsQuerySerializer if operation.service_model.service_name == "sqs" else QuerySerializer,
    }
    return kinds[protocol](operation, SerializationContext(request_id))


def _json_headers(model: Any, request_id: str) -> dict[str, str]:
    version = model.metadata.get("jsonVersion", "1.1") if model is not None else "1.1"
    return {
        "x-amzn-requestid": request_id,
        "strict-transport-security": "max-age=86400",
        "content-type": f"application/x-amz-json-{version}",
    }


def _query_headers(request_id: str) -> dict[str, str]:
    return {"x-amzn-requestid": request_id, "content-type": "text/xml"}


def _s3_headers(request_id: str) -> dict[str, str]:
    return {"x-amz-request-id": _s3_id(request_id), "x-amz-id-2": request_id, "server": "AmazonS3"}


def _s3_id(request_id: str) -> str:
    """S3's request ids are 16 hex digits."""
    return request_id.replace("-", "")[:16].upper()


def _s3_refusal(failed: Failure, request: Request, request_id: str) -> Reply:
    headers = {**_s3_headers(request_id), "content-type": "application/xml", "connection": "close"}
    if request.method == "HEAD" or failed.status == 304:
        return Reply(failed.status, headers)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{_text(failed.code)}</Code><Message>{_text(failed.message)}</Message>"
        f"<Resource>{_text(request.path)}</Resource>"
        f"<RequestId>{_s3_id(request_id)}</RequestId><HostId>{request_id}</HostId></Error>"
    )
    return Reply(failed.status, headers, body.encode())


def _query_refusal(model: Any, failed: Failure, request_id: str) -> Reply:
    namespace = model.metadata.get("xmlNamespace", "") if model is not None else ""
    body = (
        f'<ErrorResponse xmlns="{_text(namespace)}">'
        f"<Error><Type>{'Sender' if failed.sender else 'Receiver'}</Type>"
        f"<Code>{_text(failed.code)}</Code><Message>{_text(failed.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Reply(failed.status, {**_query_headers(request_id), "connection": "close"}, body.encode())


def _text(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", text), {'"': "&quot;"})


_CBOR_HEADERS = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor", "connection": "close"}


def _cbor_texts(texts: dict[str, str]) -> bytes:
    """A CBOR map of texts (RFC 8949), all that an error needs; below 24 entries."""

    def text(value: str) -> bytes:
        data = value.encode()
        size = len(data)
        head = bytes([0x60 + size]) if size < 24 else b"\x79" + size.to_bytes(2, "big")
        return head + data

    return bytes([0xA0 + len(texts)]) + b"".join(text(key) + text(value) for key, value in texts.items())
