"""Which handlers a folder has: RDK folders, and plain files with a `lambda_handler`.

An RDK folder is NAME/NAME.py with a parameters.json beside it, as the Rule Development Kit makes it; several of them
may lie in the folder, or it may be one itself.
"""

from __future__ import annotations

import ast
import platform
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from backend.model.problem import BadInput

FUNCTION = "lambda_handler"
PARAMETERS = "parameters.json"

LAMBDA_TIMEOUT = 3.0
"""Seconds that a function has unless it is told otherwise: Lambda's default."""
RDK_TIMEOUT = 60.0
"""Seconds that the Rule Development Kit gives the functions that it deploys."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOST = 500
"""Handlers of one folder."""
_LARGEST = 4_000_000
"""Bytes of a file that is read for a handler."""


class RuleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a parameters.json says of the rule that its handler is for."""

    name: str = ""
    description: str = ""
    parameters: str = "{}"
    """Input parameters, JSON text."""
    types: tuple[str, ...] = ()
    """The resource types whose changes make it run."""
    period: str = ""
    """AWS's frequency word when it runs on a schedule."""


class Handler(msgspec.Struct, frozen=True, kw_only=True):
    """A Python file that can be called as a Lambda function."""

    name: str
    """Of the function."""
    file: Path
    function: str = FUNCTION
    runtime: str = ""
    timeout: float = LAMBDA_TIMEOUT
    """Seconds."""
    facts: RuleFacts | None = None
    """None for a plain file."""

    def code(self) -> bytes:
        """Its file. Raises OSError when it is gone."""
        return self.file.read_bytes()

    def stamp(self) -> tuple[tuple[str, int, int], ...]:
        """Changes with every change of its file, and of those beside it in an RDK folder; empty when it is gone."""
        files = [self.file] if self.facts is None else sorted(self.file.parent.glob("*.py"))
        try:
            stats = [(file.name, file.stat()) for file in files]
        except OSError:
            return ()
        return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


class Found(msgspec.Struct, frozen=True):
    """The handlers of a folder by name, and a sentence on each file that is none although it looks like one."""

    folder: Path
    handlers: tuple[Handler, ...]
    complaints: tuple[str, ...] = ()


def find(folder: Path) -> Found:
    """The handlers of a folder, or of one file. Raises `BadInput` where there is nothing to look into."""
    folder = folder.absolute()
    handlers: dict[str, Handler] = {}
    complaints: list[str] = []
    for place in _places(folder):
        try:
            handler = _handler(place)
        except BadInput as problem:
            complaints.append(str(problem))
            continue
        if handler is None:
            continue
        if handler.name in handlers:
            complaints.append(f"{place} is left out: {handlers[handler.name].file} has the same name.")
        elif len(handlers) == _MOST:
            complaints.append(f"There are more than {_MOST} handlers in {folder}: the rest is left out.")
            break
        else:
            handlers[handler.name] = handler
    return Found(folder, tuple(sorted(handlers.values(), key=lambda handler: handler.name)), tuple(complaints))


def _places(folder: Path) -> Iterator[Path]:
    """Files and RDK folders by name. Raises `BadInput`."""
    if folder.is_file() or (folder / PARAMETERS).is_file():
        yield folder
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise BadInput(
            f"There are no handlers in {folder}", error.strerror or "", "Name a folder with Python files"
        ) from error
    for entry in entries:
        is_module = entry.suffix == ".py" and entry.is_file()
        if is_module or (entry / PARAMETERS).is_file() or (entry / f"{entry.name}.py").is_file():
            yield entry


def _handler(place: Path) -> Handler | None:
    """The handler of a file or an RDK folder; None for a file that is for something else. Raises `BadInput`."""
    if place.is_dir():
        return _of_folder(place)
    name = place.stem
    if name.endswith("_test") or name.startswith(("test_", "__")):
        return None
    _check_code(place)
    return Handler(name=_checked_name(name, place), file=place, runtime=_own_runtime())


def _of_folder(folder: Path) -> Handler | None:
    told = _read_parameters(folder / PARAMETERS)
    if told.get("SourceIdentifier"):
        return None  # the parameters of a managed rule: there is nothing to call
    key = str(told.get("CodeKey") or "").rpartition(".")[0]
    candidates = [folder / f"{name}.py" for name in dict.fromkeys((folder.name, key, str(told.get("RuleName") or "")))]
    file = next((each for each in candidates if each.is_file()), None)
    if file is None:
        raise BadInput(f"{folder} has no {folder.name}.py", "", "An RDK folder holds the handler under its own name")
    _check_code(file)
    runtime = str(told.get("SourceRuntime") or "").removesuffix("-lib")
    if runtime and not runtime.startswith("python"):
        raise BadInput(f"{folder} is for {runtime}", "only handlers in Python are run")
    return Handler(
        name=_checked_name(folder.name, folder),
        file=file,
        runtime=runtime or _own_runtime(),
        timeout=RDK_TIMEOUT,
        facts=RuleFacts(
            name=str(told.get("RuleName") or folder.name),
            description=str(told.get("Description") or ""),
            parameters=_text(told.get("InputParameters")),
            types=tuple(filter(None, (each.strip() for each in str(told.get("SourceEvents") or "").split(",")))),
            period=str(told.get("SourcePeriodic") or ""),
        ),
    )


def _read_parameters(file: Path) -> dict[str, object]:
    if not file.is_file():
        return {}
    try:
        read = msgspec.json.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{file} cannot be read", str(error)) from error
    told = read.get("Parameters") if isinstance(read, dict) else None
    if not isinstance(told, dict):
        raise BadInput(f"{file} says nothing of a rule", "it has no Parameters")
    return told


def _text(value: object) -> str:
    """Parameters are JSON in a text; some write the object itself."""
    return value if isinstance(value, str) else msgspec.json.encode(value or {}).decode()


def _check_code(file: Path) -> None:
    """Raises `BadInput` for what is no Python, or has no handler. Nothing of it is run."""
    try:
        if file.stat().st_size > _LARGEST:
            raise BadInput(f"{file} is too large for a handler", f"it has more than {_LARGEST:,} bytes")
        tree = ast.parse(file.read_bytes(), file.name)
    except SyntaxError as error:
        raise BadInput(f"{file} is no Python", f"{error.msg} in line {error.lineno}") from error
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"{file} cannot be read", str(error)) from error
    if FUNCTION not in _names(tree):
        raise BadInput(f"{file} has no {FUNCTION}", "", "It is left out")


def _names(tree: ast.Module) -> Iterator[str]:
    """What a module names at its top, be it in a branch."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name


def _checked_name(name: str, place: Path) -> str:
    if not _NAME.fullmatch(name):
        raise BadInput(f"{place} cannot be a function", "a name has up to 64 letters, digits, - and _")
    return name


def _own_runtime() -> str:
    major, minor, _ = platform.python_version_tuple()
    return f"python{major}.{minor}"
