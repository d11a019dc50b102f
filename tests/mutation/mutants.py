"""Small faults put into a module's source, one at a time: what a test must notice.

A mutant is one edit of the syntax tree. What says nothing about behaviour is left alone: annotations, docstrings,
decorators, imports, `__all__`, assertions (they tell mypy what holds), `strict` of `zip`, the words of an exception.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType
from typing import Final

from tests.mutation.operators import edits_of, is_words

LIBRARY: Final = Path("layers/core")


@dataclass(frozen=True, slots=True)
class Edit:
    """Puts `new` at a field of a node, or into its list there; None takes the element out of the list."""

    parent: ast.AST
    field: str
    index: int | None
    new: ast.AST | None

    def apply(self) -> None:
        """Changes the tree, for good."""
        if self.index is None:
            setattr(self.parent, self.field, self.new)
            return
        there = getattr(self.parent, self.field)
        if self.new is None:
            del there[self.index]
            if isinstance(self.parent, ast.Dict):
                del self.parent.keys[self.index]
        else:
            there[self.index] = self.new


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault. `function` is empty where the fault is there as soon as the module is imported."""

    module: str
    function: str
    line: str
    change: str
    first: int
    last: int
    edit: Edit

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What it is known by, wherever in its file it comes to stand."""
        return self.module, self.function, self.line, self.change

    def __str__(self) -> str:
        return f"{self.module}:{self.first} {self.function or '(import)'}\n    {self.line}\n    {self.change}"


class Source:
    """A module of the library as a tree, and all its mutants."""

    def __init__(self, module: str, root: Path = LIBRARY) -> None:
        self.module = module
        self.name = "batua." + module.replace("/", ".")
        self.path = root / "batua" / f"{module}.py"
        text = self.path.read_text("utf-8")
        self.lines = text.splitlines()
        self.tree = ast.parse(text)
        self.mutants = list(_numbered(self._mutants(self.tree, "", (1, 1))))

    def code(self, mutant: Mutant) -> CodeType:
        """The module with the fault. The tree keeps it: for processes that end after one mutant."""
        mutant.edit.apply()
        return compile(ast.fix_missing_locations(self.tree), str(self.path.resolve()), "exec")

    def _mutants(self, node: ast.AST, function: str, span: tuple[int, int]) -> Iterator[Mutant]:
        if isinstance(node, ast.Assert):
            return
        for field, index, child in _children(node):
            if _declares(node, field) or is_words(node, child):
                continue
            where, lines = function, span
            if isinstance(child, ast.stmt):
                lines = (child.lineno, _head(child))
            for change, new in edits_of(node, field, child):
                yield self._mutant(where, lines, child, change, Edit(node, field, index, new))
            if isinstance(child, ast.FunctionDef) and not function:
                yield from self._function(node, child)
            else:
                yield from self._mutants(child, where, lines)

    def _function(self, owner: ast.AST, node: ast.FunctionDef) -> Iterator[Mutant]:
        """Defaults take effect when the module is imported, the body when the function is called."""
        yield from self._mutants(node.args, "", (node.lineno, node.body[0].lineno - 1))
        name = f"{owner.name}.{node.name}" if isinstance(owner, ast.ClassDef) else node.name
        body = ast.Module(node.body, [])
        for mutant in self._mutants(body, name, (node.lineno, node.lineno)):
            edit = mutant.edit if mutant.edit.parent is not body else replace(mutant.edit, parent=node)
            yield replace(mutant, edit=edit)

    def _mutant(self, function: str, span: tuple[int, int], node: ast.AST, change: str, edit: Edit) -> Mutant:
        at = getattr(node, "lineno", span[0])
        return Mutant(self.module, function, self.lines[at - 1].strip(), change, *span, edit)


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield field, None, value
        elif isinstance(value, list):
            for index, part in enumerate(value):
                if isinstance(part, ast.AST):
                    yield field, index, part


def _declares(node: ast.AST, field: str) -> bool:
    if field in ("annotation", "returns", "decorator_list", "bases", "type_params", "ctx", "targets", "format_spec"):
        return not (field == "targets" and isinstance(node, ast.Delete))
    if field != "value" or not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    return _is_type(node.value) or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")


def _is_type(node: ast.AST | None) -> bool:
    """`Literal[...]`, `Mapping[int, int]`, `A | B`: the right side of an alias."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _is_type(node.left) or (isinstance(node.left, ast.Name) and node.left.id[:1].isupper())
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id[:1].isupper()


def _head(node: ast.stmt) -> int:
    """The last line of a statement, without the statements inside it."""
    inside = getattr(node, "body", None)
    if isinstance(inside, list) and inside:
        return max(node.lineno, inside[0].lineno - 1)
    return node.end_lineno or node.lineno


def _numbered(mutants: Iterator[Mutant]) -> Iterator[Mutant]:
    """The second of two that would have the same name says so."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for mutant in mutants:
        seen[mutant.name] += 1
        count = seen[mutant.name]
        yield mutant if count == 1 else replace(mutant, change=f"{mutant.change} ({count})")
