"""Which S3 operation a method, path and query mean, read from the service model."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from backend.wire.exchange import Request


class _Route(NamedTuple):
    operation: str
    literals: tuple[tuple[str, str], ...]
    """Query fields with the value they must have; "" for any."""
    headers: tuple[str, ...]
    retired: bool

    def fits(self, request: Request) -> bool:
        return all(
            name in request.query and value in ("", request.query.get(name)) for name, value in self.literals
        ) and all(header in request.headers for header in self.headers)


class RestRoutes:
    """The routes of a REST service (S3): the most demanding one that fits a request wins."""

    def __init__(self, service_model: Any) -> None:
        self._routes: dict[tuple[str, str], list[_Route]] = {}
        for name in service_model.operation_names:
            operation = service_model.operation_model(name)
            path, _, literals = operation.http["requestUri"].partition("?")
            fields = parse_qsl(literals, keep_blank_values=True)
            headers = []
            for member in operation.input_shape.required_members if operation.input_shape else ():
                where = operation.input_shape.members[member].serialization
                if where.get("location") == "querystring":
                    fields.append((where["name"], ""))
                elif where.get("location") == "header":
                    headers.append(where["name"].lower())
            route = _Route(name, tuple(fields), tuple(headers), bool(operation.deprecated))
            self._routes.setdefault((operation.http["method"], path), []).append(route)
        for routes in self._routes.values():
            routes.sort(key=lambda route: (-len(route.literals) - len(route.headers), route.retired, route.operation))

    def find(self, request: Request) -> tuple[str | None, dict[str, str]]:
        """The operation (None when nothing fits) and what the path names, decoded."""
        bucket, key = bucket_and_key(request)
        path = "/{Bucket}/{Key+}" if key else "/{Bucket}" if bucket else "/"
        for route in self._routes.get((request.method, path), ()):
            if route.fits(request):
                return route.operation, {"Bucket": bucket, "Key": key}
        return None, {"Bucket": bucket, "Key": key}


def bucket_and_key(request: Request) -> tuple[str, str]:
    """Bucket and key from the path; or the bucket from the host `b.localhost`, `b.s3.localhost`, `b.s3.R.localhost`."""
    path = request.path[1:]
    host = request.host
    if host.endswith(".localhost"):
        name, found, _ = f".{host}".rpartition(".s3.")
        bucket = name[1:] if found else host.removesuffix(".localhost")
        if bucket not in ("", "s3"):
            return bucket, unquote(path)
    bucket, _, key = path.partition("/")
    return unquote(bucket), unquote(key)
