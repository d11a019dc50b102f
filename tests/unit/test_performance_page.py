"""The page of figures has a cold start for each call of verification, support, notifications and public content."""

from __future__ import annotations

import re

from local.host import ROOT

PREFIXES = ("/tenant/cashfree", "/pincode/", "/tickets", "/notifications", "/admin-messages", "/landing/")


def catalogued_functions() -> set[str]:
    """The functions behind RuCoin's calls under these prefixes, as the compatibility page lists them."""
    page = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    calls = {
        (method, f"/api/v1{path}")
        for methods, path in re.findall(r"`([A-Z/]+) (/[^`]*)`", page)
        for method in methods.split("/")
        if path.startswith(PREFIXES)
    }
    found = set()
    for file in ROOT.glob("functions/*/*.py"):
        route = re.match(r'"""([A-Z]+) (\S+)"""', file.read_text(encoding="utf-8"))
        if route and (route[1], route[2]) in calls:
            found.add(f"{file.parent.name}/{file.stem}")
    return found


def test_every_call_of_the_office_has_a_measured_cold_start() -> None:
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    measured = dict(re.findall(r"^\| ((?:[a-z]+)/(?:[a-z_]+)) +\| \d+ +\| (\d+\.\d+)", page, re.M))
    wanted = catalogued_functions()
    assert len(wanted) >= 40
    assert wanted - set(measured) == set(), "measure them: make bench ARGS=--office-only"
