"""The security page says what the code does: every route that moves value, and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

from batua.openapi.inventory import endpoint_inventory

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_the_page_says_of_every_route_that_moves_value_from_whose_account() -> None:
    section = PAGE.partition("## From whose account")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "| `" in line]
    documented = {row[0].strip("`"): row for row in rows}
    moving = {each.declaration.route for each in endpoint_inventory(ROOT) if each.declaration.moves_value}
    assert sorted(documented) == sorted(moving)
    assert all(row[1] and row[3] for row in documented.values()), "each says whence, and whose consent"


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    sources = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").glob("*/**/test_*.py"))
    existing = set(re.findall(r"^def (test_\w+)", sources, re.MULTILINE))
    assert named - existing == set()
    assert len(named) > 30
