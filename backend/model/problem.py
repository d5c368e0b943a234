"""Errors of the domain, as values that reach the person as a sentence.

Problem
├── BadInput          a file, argument or configuration that cannot be used
├── Denied            the credentials lack a permission
├── NotSignedIn       no, wrong or expired credentials
├── Missing           something named does not exist
├── ReadOnly          a change asked for where changes are not allowed
├── Unreachable       nobody answers at the endpoint
└── Refused           the service answered with any other error
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class Problem(Exception):
    """What failed, why, and what to do about it.

    `code` is AWS's own error code and `request_id` what AWS knows the call by, where there are any.
    """

    what: str
    why: str = ""
    remedy: str = ""
    code: str = ""
    request_id: str = ""

    def __str__(self) -> str:
        failed = f"{self.what}: {self.why}" if self.why else self.what
        return " ".join(_sentence(part) for part in (failed, self.remedy) if part)


class BadInput(Problem):
    """A file, argument or configuration that cannot be used."""


class Denied(Problem):
    """The credentials lack a permission; `why` names the action."""


class NotSignedIn(Problem):
    """No, wrong or expired credentials."""


class Missing(Problem):
    """Something named does not exist."""


class ReadOnly(Problem):
    """A change was asked for where changes are not allowed."""


class Unreachable(Problem):
    """Nobody answers at the endpoint."""


class Refused(Problem):
    """The service answered with an error that has no class of its own here."""


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", ":")) else text + "."
