"""What a handler can come to: the errors of the catalogue that it may raise, as far as the text of the code tells.

From the handler on, every function of the library that is named is followed: a call, an argument, a decorator alike.
Methods of an object that comes from elsewhere are not, since nothing in the text says whose they are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from batua import errors

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "layers" / "core"
CONSTANTS = {name: kind.code for name, kind in vars(errors).items() if isinstance(kind, errors.ErrorKind)}


@dataclass(eq=False)
class Module:
    """`names`: what a name of the module stands for elsewhere; `bodies`: its own functions, classes and values."""

    name: str
    names: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    bodies: dict[str, ast.AST] = field(default_factory=dict)


def raised(file: Path) -> set[str]:
    """The codes that the handler in this file can raise."""
    return set().union(*(_named_in(module, name)[0] for module, name in _reached(file)))


def reads_idempotency_key(file: Path) -> bool:
    """Whether the handler in this file comes to read `call.idempotency_key`."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "idempotency_key" and _is_call(node.value)
        for module, name in _reached(file)
        for node in _inner(module.bodies[name])
    )


def _is_call(node: ast.AST) -> bool:
    """`call` or `self.call`: of a body the attribute tells only what was sent."""
    return (node.id if isinstance(node, ast.Name) else getattr(node, "attr", None)) == "call"


def _reached(file: Path) -> Iterator[tuple[Module, str]]:
    """Everything of the library that the handler in this file comes to, itself included."""
    start = _parsed(f"functions.{file.parent.name}.{file.stem}", file)
    seen: set[tuple[str, str]] = set()
    left = [(start, "handler")]
    while left:
        module, name = left.pop()
        body = module.bodies.get(name)
        if body is None or (module.name, name) in seen:
            continue
        seen.add((module.name, name))
        yield module, name
        left += _named_in(module, name)[1]


def refusals() -> Iterator[tuple[Path, str]]:
    """Every code that a decision of the ledger names, and where."""
    for file in sorted(CORE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            for code in _named(node, "Refusal"):
                yield file, code


def _inner(body: ast.AST) -> Iterator[ast.AST]:
    """What runs: a function with its parameters, without its decorators and annotations, which tell what it is."""
    if isinstance(body, ast.FunctionDef):
        yield from (each for each in ast.walk(body.args) if isinstance(each, ast.arg))
        for statement in body.body:
            yield from ast.walk(statement)
    else:
        yield from ast.walk(body)


@cache
def _named_in(module: Module, name: str) -> tuple[set[str], list[tuple[Module, str]]]:
    """What one function, class or value names: most of the library is reached from most handlers."""
    return _look(module, list(_inner(module.bodies[name])))


def _look(module: Module, nodes: list[ast.AST]) -> tuple[set[str], list[tuple[Module, str]]]:
    codes: set[str] = set()
    followed: list[tuple[Module, str]] = []
    own = {node.arg for node in nodes if isinstance(node, ast.arg)}
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in nodes:
        codes |= {*_named(node, "Refusal"), *_named(node, "define")}
        if isinstance(node, ast.Name) and node.id in own:
            continue
        target = _target(module, node)
        if target is None:
            continue
        where, name = target
        if where == "batua.errors":
            codes |= {CONSTANTS[name]} if name in CONSTANTS else {"validation_error"} if name == "invalid" else set()
        elif found := _library(where):
            followed.append((found, name))
    return codes, followed


def _target(module: Module, node: ast.AST) -> tuple[str, str] | None:
    """The module and name that a name or `module.name` stands for."""
    if isinstance(node, ast.Name):
        where, name = module.names.get(node.id, (module.name, node.id))
        return (where, name) if name is not None else None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in module.names:
        where, name = module.names[node.value.id]
        return (where, node.attr) if name is None else (f"{where}.{name}", node.attr)
    return None


def _named(node: ast.AST, function: str) -> list[str]:
    """The codes of `Refusal("no_rule_matches", ...)`, or of a `define` outside the catalogue's own module."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and node.args):
        return []
    if (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) != function:
        return []
    code = node.args[0]
    choices = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
    return [each.value for each in choices if isinstance(each, ast.Constant)]


@cache
def _library(name: str) -> Module | None:
    path = CORE.joinpath(*name.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    return _parsed(name, file) if name.startswith("batua") and file.exists() else None


@cache
def _parsed(name: str, file: Path) -> Module:
    module = Module(name)
    package = name.split(".") if file.name == "__init__.py" else name.split(".")[:-1]
    for statement in ast.parse(file.read_text()).body:
        if isinstance(statement, ast.ImportFrom):
            above = package[: len(package) - statement.level + 1] if statement.level else []
            where = ".".join([*above, *filter(None, [statement.module])])
            for each in statement.names:
                whole = f"{where}.{each.name}"
                module.names[each.asname or each.name] = (whole, None) if _is_module(whole) else (where, each.name)
        elif isinstance(statement, ast.FunctionDef | ast.ClassDef):
            module.bodies[statement.name] = statement
        elif isinstance(statement, ast.Assign):
            module.bodies |= {at.id: statement.value for at in statement.targets if isinstance(at, ast.Name)}
    return module


def _is_module(name: str) -> bool:
    path = CORE.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()
