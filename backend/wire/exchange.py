"""An HTTP request and its reply, free of any server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl


class Query:
    """A query string; a name may come several times."""

    def __init__(self, text: str) -> None:
        self._pairs = parse_qsl(text, keep_blank_values=True)

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self._pairs)

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._pairs)

    def get(self, name: str, default: str | None = None) -> str | None:
        return next((value for key, value in self._pairs if key == name), default)

    def getlist(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]

    def to_dict(self, *, flat: bool = True) -> dict[str, str] | dict[str, list[str]]:
        if flat:
            return dict(reversed(self._pairs))  # the first of a name wins
        return {key: self.getlist(key) for key in self}


@dataclass(frozen=True)
class Request:
    """What came in; header names in lower case, `path` still percent-encoded."""

    method: str
    path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer: str = "127.0.0.1"

    @cached_property
    def query(self) -> Query:
        return Query(self.query_string)

    @cached_property
    def form(self) -> Query:
        """The fields of a query-protocol request: query string and form body together."""
        return Query("&".join(filter(None, (self.query_string, self.body.decode("utf-8", "replace")))))

    @property
    def host(self) -> str:
        """The host asked for, in lower case and without port; an IPv6 address without brackets."""
        host = self.headers.get("host", "").lower().strip()
        if host.startswith("["):
            return host[1:].partition("]")[0]
        return host.rpartition(":")[0] if ":" in host else host


@dataclass(frozen=True)
class Reply:
    """What goes out."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
