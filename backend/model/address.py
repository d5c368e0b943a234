"""Addresses of what lies in a bucket, as they are typed: `s3://BUCKET/PREFIX`."""

from __future__ import annotations

import msgspec

from backend.model.problem import BadInput

SCHEME = "s3://"
JSON_FILES = (".json", ".json.gz")
"""How the names of files end that can hold configuration items."""


class S3Address(msgspec.Struct, frozen=True):
    """An object, a folder, or all objects whose keys begin alike."""

    bucket: str
    key: str = ""
    """That of an object, a folder with or without its `/`, or the beginning of keys; empty for the whole bucket."""

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"

    @property
    def names_file(self) -> bool:
        """Whether it reads as the key of one file."""
        return self.key.endswith(JSON_FILES)


def read_address(text: str) -> S3Address | None:
    """The address that a text spells; None for what is none of S3. Raises `BadInput` for one without a bucket."""
    if not text.lower().startswith(SCHEME):
        return None
    bucket, _, key = text[len(SCHEME) :].partition("/")
    if not bucket:
        raise BadInput(f"{text} names no bucket", remedy="Write s3://BUCKET, or s3://BUCKET/FOLDER")
    return S3Address(bucket, key)
