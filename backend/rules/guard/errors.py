"""What can be wrong with a policy: its text, or what it does on an item."""

from __future__ import annotations

from backend.model.problem import BadInput


class PolicyError(BadInput):
    """A policy text that cannot be read. `line` and `column` count from 1; `message` says what is wrong there."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(f"The policy cannot be read at line {line}, column {column}", message)
        self.line = line
        self.column = column
        self.message = message


class EvaluationError(BadInput):
    """A policy that could not be evaluated on a document. `line` and `column` are 0 where no place is known."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        where = f" at line {line}, column {column}" if line else ""
        super().__init__(f"The policy could not be evaluated{where}", message)
        self.line = line
        self.column = column
        self.message = message
