"""The security page says what the code does: every route that moves value, and tests that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from batua.openapi.inventory import endpoint_inventory

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


MONEY = re.compile(
    r"(^|_)(points|coins|fee|rate|ratio|percent|cost|budget|stock|credits?|limits?|floor|minimum|maximum|multiplier|"
    r"value|plan|rules|account|funding|discount|worth)(_|$)|amount|price"
)
"""Names of fields that set an amount, a price, a rate, a limit, or where money goes."""


def table(title: str) -> dict[str, list[str]]:
    """The rows of a section's table by route."""
    section = PAGE.partition(f"## {title}")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "| `" in line]
    assert len({row[0] for row in rows}) == len(rows), "each route once"
    return {row[0].strip("`"): row for row in rows}


def fields(kind: Any, seen: set[Any]) -> Iterator[str]:
    """The names of all fields of a model, those of the models in it included."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if kind in seen:
            return
        seen.add(kind)
        for name, field in kind.model_fields.items():
            yield name
            yield from fields(field.annotation, seen)
    for part in get_args(kind):
        yield from fields(part, seen)


def test_the_page_says_of_every_route_that_sets_money_whether_it_takes_a_proof() -> None:
    """A new route that names an amount fails here until somebody has decided, and written down why."""
    documented = table("Who sets prices and terms")
    declared = {each.declaration.route: each.declaration for each in endpoint_inventory(ROOT)}
    setting = {
        route
        for route, each in declared.items()
        if not route.startswith("GET ") and not each.moves_value
        if each.caller.kind not in ("public", "signature")
        if any(MONEY.search(name) for name in fields(each.request, set()))
    }
    assert setting - set(documented) == set()
    assert len(setting) > 30
    wrong = [r for r, row in documented.items() if row[2] != ("yes" if declared[r].caller.step_up else "no")]
    assert wrong == []
    assert all(row[1] and row[3] for row in documented.values()), "each says what it sets, and why"


def test_the_page_says_of_every_route_that_moves_value_from_whose_account() -> None:
    documented = table("From whose account")
    moving = {each.declaration.route for each in endpoint_inventory(ROOT) if each.declaration.moves_value}
    assert sorted(documented) == sorted(moving)
    assert all(row[1] and row[3] for row in documented.values()), "each says whence, and whose consent"


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    sources = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").glob("*/**/test_*.py"))
    existing = set(re.findall(r"^def (test_\w+)", sources, re.MULTILINE))
    assert named - existing == set()
    assert len(named) > 30
