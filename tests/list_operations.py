"""`make conformance`: which operations of AWS Config's model are answered, and which are tried with a stock client.

Writes the table into the README; with `--check` it only says whether the table there is the present one. The marks
are read from the source of the tests, the operations from the engine's parts and from botocore's model.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import botocore.session

from backend.engine.parts import local_aws

TESTS = Path(__file__).parent
README = TESTS.parent / "README.md"

LEFT_OUT: dict[str, str] = {}
"""Why an operation of the model is not answered, by its name; a new model may bring some."""

CLIENTS = {"conformance": "boto3", "labs": "aws"}
"""Where tests call through a stock client over loopback, and which."""

_TABLE = re.compile(r"(?<=<!-- operations: written by make conformance -->\n).*?(?=<!-- /operations -->)", re.DOTALL)


class Mark(NamedTuple):
    """A test that calls an operation through a stock client."""

    operation: str
    test: str
    client: str
    """Empty where tests have none."""


def operations() -> list[str]:
    """All operations of botocore's model."""
    return sorted(botocore.session.get_session().get_service_model("config").operation_names)


def answered() -> set[str]:
    """The operations that the local AWS Config has."""
    return set(local_aws().operations["config"])


def marks(folder: Path = TESTS) -> Iterator[Mark]:
    """Every `@pytest.mark.operation("…")`, with the client that its folder's tests have."""
    for path in sorted(folder.rglob("test_*.py")):
        where = path.relative_to(folder)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.operation":
                    for argument in decorator.args:
                        client = CLIENTS.get(where.parts[0], "")
                        yield Mark(str(ast.literal_eval(argument)), f"{where}::{node.name}", client)


def table() -> str:
    """The README's table, a row for each operation of the model."""
    tried: dict[str, set[str]] = defaultdict(set)
    for mark in marks():
        tried[mark.operation].add(mark.client)
    have = answered()
    rows = []
    for name in operations():
        implemented = "yes" if name in have else f"no: {LEFT_OUT.get(name, '?')}"
        rows.append(f"| {name} | {implemented} | {', '.join(sorted(tried[name]))} |")
    count = len(have.intersection(operations()))
    head = [f"{count} of the {len(rows)} operations of the model are answered.", ""]
    return "\n".join([*head, "| operation | implemented | tested through |", "| --- | --- | --- |", *rows, ""])


def main() -> int:
    wanted = table()
    text = README.read_text(encoding="utf-8")
    found = _TABLE.search(text)
    if found is None:
        print(f"{README.name} has no place for the table", file=sys.stderr)
        return 1
    if found[0] == wanted:
        return 0
    if "--check" in sys.argv:
        print(f"The table in {README.name} is not the present one: run make conformance", file=sys.stderr)
        return 1
    README.write_text(_TABLE.sub(lambda _: wanted, text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
