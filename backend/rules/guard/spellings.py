"""Other spellings of a property's name: Guard finds `bucketName` for `BucketName` and `bucket_name`, too.

It also tries the singular of a plural name; that is left out, for a policy on `Tags` must not read a `Tag`.
"""

from __future__ import annotations


def spellings(name: str) -> tuple[str, ...]:
    """What a name is looked for as when it is not there as it is, in this order."""
    found = (
        _capitals(name, first=False),
        _capitals(name, first=True),
        _lower(name, "-"),
        _lower(name, "_"),
        _capitals(name, first=True, between=" "),
        _capitals(name, first=True, between="-"),
    )
    return tuple(dict.fromkeys(each for each in found if each and each != name))


def _capitals(name: str, *, first: bool, between: str = "") -> str:
    """Words that begin with a capital; within a word, only a change from lower to upper case begins a new one."""
    out = ""
    begins, before = first, ""
    for sign in _trimmed(name):
        if not sign.isalnum():
            begins = begins or bool(out)
        elif sign.isnumeric():
            begins = True
            out += sign
        elif begins or (before.islower() and sign.isupper()):
            begins = False
            out += (between if out else "") + sign.upper()
        else:
            before = sign
            out += sign.lower()
    return out


def _lower(name: str, between: str) -> str:
    """Small letters, with a sign between words; digits begin a word as capitals do."""
    out, fresh = "", True
    for at, sign in enumerate(_trimmed(name)):
        if not sign.isalnum():
            if not fresh:
                out += between
            fresh = True
            continue
        beside = name[at + 1 : at + 2].islower() or (at > 0 and name[at - 1].islower())
        if not fresh and not sign.islower() and beside:
            out += between
        out += sign.lower()
        fresh = False
    return out


def _trimmed(name: str) -> str:
    end = len(name)
    while end and not name[end - 1].isalnum():
        end -= 1
    return name[:end]
