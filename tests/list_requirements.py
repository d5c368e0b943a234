"""`make requirements`: which numbered requirements have a test, and which have none.

Marks are read from the source of the tests, so that the list needs no imports and no test run.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FAMILIES = {
    "REC": 12, "ITM": 22, "HIS": 12, "SNP": 16, "STR": 11, "CHN": 20, "RUL": 16, "REL": 8, "PRM": 5, "INV": 20,
    "TRE": 35, "TRL": 37, "TRV": 7, "MET": 35, "ALM": 24, "LOG": 12, "AGT": 3, "EVB": 35, "SNS": 10, "SQS": 11, "S3": 7,
}  # fmt: skip
"""How many requirements each family numbers, from 01 on."""

TESTS = Path(__file__).parent


def known() -> list[str]:
    return [f"{family}-{number:02d}" for family, count in FAMILIES.items() for number in range(1, count + 1)]


def marks(folder: Path = TESTS) -> Iterator[tuple[str, str]]:
    """Every (requirement, `file::test`) pair that a mark names."""
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.requirement":
                        for argument in decorator.args:
                            yield str(ast.literal_eval(argument)), f"{path.relative_to(folder)}::{node.name}"


def main() -> int:
    shown: dict[str, list[str]] = {}
    for requirement, test in marks():
        shown.setdefault(requirement, []).append(test)
    every = known()
    if "-v" in sys.argv:
        for requirement in every:
            print(requirement, *shown.get(requirement, ["-"]))
    for family, count in FAMILIES.items():
        missing = [name for name in every if name.startswith(f"{family}-") and name not in shown]
        print(f"{family:4} {count - len(missing):3} of {count:3}   without a test: {' '.join(missing) or '-'}")
    print(f"{len(shown.keys() & set(every))} of {len(every)} requirements have a test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
