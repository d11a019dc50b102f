"""What the audit trail shows is written in words, in every language."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from batua.openapi.inventory import endpoint_inventory

ROOT = Path(__file__).resolve().parents[2]
_WRITERS = {"audit_entry": 1, "tenant_audit_entry": 1, "gateway_audit_entry": 1}
_OF_SOMETHING = {"account_audit_entry": 2, "recorded_refusal": 2, "prefund_audit_entry": 2}
"""What writes a line -> the place of the argument that names the act."""


def words(language: str) -> set[str]:
    """The acts and kinds of entries that the portal has words for."""
    found: set[str] = set()
    for file in (ROOT / "portal/messages" / language).glob("*.js"):
        found |= set(re.findall(r"^  '(?:act|type)\.([^']+)'", file.read_text(encoding="utf-8"), re.MULTILINE))
    return found


def named_acts() -> set[str]:
    """The acts that stand as texts in the calls that write the trail."""
    acts = set()
    for file in (ROOT / "layers/core/batua").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            place = (_WRITERS | _OF_SOMETHING).get(name)
            if place is None:
                continue
            given = [each.value for each in call.keywords if each.arg == "what"] or call.args[place : place + 1]
            prefix = "prefund." if name == "prefund_audit_entry" else ""
            acts |= {
                f"{prefix}{each.value}"
                for each in given
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            }
    return acts


@pytest.mark.parametrize("language", ["en", "hi"])
def test_every_act_has_words(language: str) -> None:
    acts = named_acts()
    assert len(acts) > 60
    assert not acts - words(language)


@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_route_that_is_refused_without_a_fresh_proof_or_to_a_customer_has_words(language: str) -> None:
    """The line of a refusal has its route. Good callers meet these."""
    routes = set()
    for endpoint in endpoint_inventory(ROOT):
        caller = endpoint.declaration.caller
        if caller.kind == "customer" or caller.step_up or caller.live_only:
            routes.add(endpoint.declaration.route)
    assert len(routes) > 100
    assert not routes - words(language)
