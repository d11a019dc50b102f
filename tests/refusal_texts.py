"""Every sentence with which the server refuses a request, read from its code: `{}` stands for what is filled in."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from batua import errors
from batua.api import expected

LIBRARY: Final = Path(__file__).parents[1] / "layers/core/batua"

WITHOUT_A_CALLER: Final = (
    *("archive/", "audit/", "openapi/", "store/", "passes/accounts.py", "startup.py", "clock.py", "error_kinds.py"),
    *("identity/keyring.py", "platform/health.py", "billing/provider_calls.py", "billing/pdf.py"),
    *("verification/cashfree.py", "marketplace/amounts.py", "integrations/documents.py", "identity/api_keys.py"),
    *("tenants/admin.py", "prefund/receivers.py", "billing/irp.py", "billing/cashfree_pg.py", "api/cursor.py"),
)
"""Modules whose ValueErrors are for programmers, about what another service has answered, or said on a command line.

No request shows them.
"""

_OF_A_FIELD: Final = {
    *("PhoneError", "AmountError", "TargetRefused", "EInvoiceError", "GstinError", "MappingRefused", "ValueError"),
    "FieldsWrong",
}
_PLACES: Final = {"require": 2, "IdentifierError": 1, "fault": 1, "_form": 0, "_require_left_out": 2}
"""Calls that say it in a later argument."""
_BEGINS: Final = re.compile(r"must (be|have|not|begin|name|use|hold|stay|differ|start|end)\b|is required\b")


def _constants(tree: ast.Module) -> dict[str, str]:
    """Names of texts that a module's sentences are made with."""
    found: dict[str, str] = {}
    for each in tree.body:
        target = (
            each.targets[0]
            if isinstance(each, ast.Assign)
            else each.target
            if isinstance(each, ast.AnnAssign)
            else None
        )
        value = getattr(each, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
            found[target.id] = value.value
    return found


def sentences_of(node: ast.expr | None, names: Mapping[str, str]) -> Iterator[str]:
    """What an expression may say, with `{}` for what is not known here."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name) and node.id in names:
        yield names[node.id]
    elif isinstance(node, ast.IfExp):
        yield from sentences_of(node.body, names)
        yield from sentences_of(node.orelse, names)
    elif isinstance(node, ast.JoinedStr):
        parts = (_filled(part, names) for part in node.values)
        yield re.sub(r"(\{\})+", "{}", "".join(parts))


def _filled(part: ast.expr, names: Mapping[str, str]) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    inner = part.value if isinstance(part, ast.FormattedValue) else part
    return names.get(inner.id, "{}") if isinstance(inner, ast.Name) else "{}"


def _no_sentences(tree: ast.Module) -> set[int]:
    """Documentation, and the parts of texts that are read as a whole."""
    parts = {id(part) for each in ast.walk(tree) if isinstance(each, ast.JoinedStr) for part in each.values}
    return parts | {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(LIBRARY.rglob("*.py")):
        yield file.relative_to(LIBRARY).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


class _Two(dict[str, Any]):
    """The context of a fault of pydantic's, whose every limit is a number."""

    def __init__(self, count: int) -> None:
        super().__init__(pattern="", expected="'a' or 'b'")
        self.count = count

    def __missing__(self, key: str) -> int:
        return self.count


def field_texts() -> dict[str, list[str]]:
    """What may be said of a field -> where it stands in the code. A list of choices comes as `must be a or b`."""
    found: dict[str, list[str]] = defaultdict(list)
    for text in expected._EXPECTED.values():
        found[text].append("api/expected.py")
    for kind, words in expected._BY_KIND.items():
        for text in [words] if isinstance(words, str) else [words(_Two(count)) for count in (1, 2)]:
            found[text].append(f"api/expected.py {kind}")
    for file, tree in _trees():
        if file == "api/expected.py" or file.startswith(WITHOUT_A_CALLER):
            continue
        names, parts = _constants(tree), _no_sentences(tree)
        for node in ast.walk(tree):
            for text in _said_of_a_field(node, names, parts):
                found[text].append(f"{file}:{getattr(node, 'lineno', 0)}")
    return dict(found)


def _said_of_a_field(node: ast.AST, names: Mapping[str, str], parts: set[int]) -> Iterator[str]:
    if isinstance(node, ast.Call):
        yield from _said_in_a_call(node, names)
    elif isinstance(node, ast.List):
        for given in node.elts:
            yield from (text for text in sentences_of(given, names) if " " in text and _BEGINS.match(text))
    elif isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in parts:
        yield from (text for text in sentences_of(node, names) if _BEGINS.match(text))


def _said_in_a_call(node: ast.Call, names: Mapping[str, str]) -> Iterator[str]:
    called = ast.unparse(node.func).split(".")[-1]
    said = node.args[1:] if called == "invalid" else node.args[:1] if called in _OF_A_FIELD else []
    if called in _PLACES and len(node.args) > _PLACES[called]:
        said = [node.args[_PLACES[called]]]
    fields = [each.value for each in node.keywords if each.arg == "fields"]
    lists = [inner for value in fields for inner in ast.walk(value) if isinstance(inner, ast.List)]
    for given in [*said, *(each for inner in lists for each in inner.elts)]:
        yield from sentences_of(given, names)


def message_texts() -> dict[str, list[str]]:
    """Messages that say more than their code does: with figures, or in words of their own."""
    found: dict[str, list[str]] = defaultdict(list)
    for kind in errors.CATALOGUE.values():
        if kind.detail:
            found[re.sub(r"\{\w+\}", "{}", kind.detail)].append(kind.code)
    codes = {name: kind.code for name, kind in vars(errors).items() if isinstance(kind, errors.ErrorKind)}
    for file, tree in _trees():
        names = _constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (called := ast.unparse(node.func).split(".")[-1]) in codes:
                for text in sentences_of(node.args[0] if node.args else None, names):
                    found[text].append(f"{codes[called]} {file}")
    return dict(found)
