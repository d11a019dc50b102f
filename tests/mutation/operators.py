"""Which faults a piece of syntax can have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

Edits = Iterator[tuple[str, ast.AST | None]]
"""What changes, in words; and what stands there instead."""

_COMPARED: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COUNTED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_CALLED: Final = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "partition": "rpartition",
    "rpartition": "partition",
    "startswith": "endswith",
    "endswith": "startswith",
    "lower": "upper",
    "upper": "lower",
}


def edits_of(parent: ast.AST, field: str, node: ast.AST) -> Edits:
    """Every single fault at a node (not in its parts)."""
    if isinstance(node, ast.expr):
        yield from _forced(parent, field, node)
        yield from _dropped(parent, field, node)
    for change, new in _of_kind(parent, field, node):
        yield change, None if new is None else ast.copy_location(new, node)


def is_words(parent: ast.AST, node: ast.AST) -> bool:
    """Text for people to read (a docstring, what an exception says), and `strict` of `zip`, which is an assertion."""
    if isinstance(parent, ast.Call) and isinstance(node, ast.keyword):
        return _strict(parent, node)
    if isinstance(node, ast.Expr):
        return ast.unparse(node).startswith("super().__init__(")
    if isinstance(parent, ast.Expr):
        return isinstance(node, ast.Constant)
    return isinstance(parent, ast.Raise) and isinstance(node, ast.Call) and _only_words(node)


def _only_words(call: ast.Call) -> bool:
    text = [isinstance(part, ast.JoinedStr) or _is_text(part) for part in call.args]
    return bool(text) and all(text) and not call.keywords


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _forced(parent: ast.AST, field: str, node: ast.expr) -> Edits:
    """A condition that always or never holds."""
    conditional = isinstance(parent, ast.If | ast.IfExp) and field == "test"
    if conditional or (isinstance(parent, ast.comprehension) and field == "ifs"):
        yield _say(node, "True"), _constant(node, True)
    if conditional or (isinstance(parent, ast.While) and field == "test" and not isinstance(node, ast.Constant)):
        yield _say(node, "False"), _constant(node, False)


def _dropped(parent: ast.AST, field: str, node: ast.expr) -> Edits:
    """A part that is left out of a list, a dictionary or a call."""
    if isinstance(node, ast.Starred) and isinstance(parent, ast.List | ast.Tuple | ast.Set):
        yield f"without {ast.unparse(node)}", None
    if isinstance(parent, ast.Dict) and field == "values" and parent.keys[parent.values.index(node)] is None:
        yield f"without **{ast.unparse(node)}", None


def _of_kind(parent: ast.AST, field: str, node: ast.AST) -> Edits:
    match node:
        case ast.Compare(ops=[operator]):
            for other in _COMPARED[type(operator)]:
                yield _instead(node, ast.Compare(node.left, [other()], node.comparators))
        case ast.BinOp() if type(node.op) in _COUNTED and not _joins_text(node):
            yield _instead(node, ast.BinOp(node.left, _COUNTED[type(node.op)](), node.right))
        case ast.BoolOp():
            yield _instead(node, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))
        case ast.UnaryOp():
            yield _instead(node, node.operand)
        case ast.Constant() if node.value is not None and node.value is not ...:
            yield _instead(node, _constant(node, _other(node.value)))
        case ast.Name() if node.id in _CALLED and field == "func":
            yield _instead(node, ast.Name(_CALLED[node.id], ast.Load()))
        case ast.Attribute() if node.attr in _CALLED and field == "func":
            yield _say(node, _CALLED[node.attr]), ast.Attribute(node.value, _CALLED[node.attr], ast.Load())
        case ast.keyword() if isinstance(parent, ast.Call):
            yield f"without {ast.unparse(node)}", None
        case ast.stmt():
            yield from _of_statement(node)
        case _:
            pass


def _of_statement(node: ast.stmt) -> Edits:
    match node:
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield f"return {ast.unparse(value)} -> return None", ast.Return(_constant(value, None))
        case ast.Expr(value=value) if not isinstance(value, ast.Constant):
            yield f"without {ast.unparse(node)}", ast.Pass()
        case ast.Raise():
            yield f"without {ast.unparse(node)}", ast.Pass()
        case ast.AugAssign():
            yield f"without {ast.unparse(node)}", ast.Pass()
            if type(node.op) in _COUNTED:
                yield _instead(node, ast.AugAssign(node.target, _COUNTED[type(node.op)](), node.value))
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield f"without {ast.unparse(node)}", ast.Pass()
        case ast.Continue():
            yield "continue -> break", ast.Break()
        case ast.Break():
            yield "break -> continue", ast.Continue()
        case ast.Delete():
            yield f"without {ast.unparse(node)}", ast.Pass()
        case _:
            pass


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"XX{value}XX"
    if isinstance(value, bytes):
        return b"XX" + value
    return value + 1


def _joins_text(node: ast.BinOp) -> bool:
    """Text less text is no fault that anybody makes."""
    return any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in (node.left, node.right))


def _strict(call: ast.Call, keyword: ast.keyword) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "zip" and keyword.arg == "strict"


def _constant(at: ast.AST, value: Any) -> ast.expr:
    return ast.copy_location(ast.Constant(value), at)


def _say(old: ast.AST, new: str) -> str:
    return f"{ast.unparse(old)} -> {new}"


def _instead(old: ast.AST, new: ast.AST) -> tuple[str, ast.AST]:
    return f"{ast.unparse(old)} -> {ast.unparse(new)}", new
