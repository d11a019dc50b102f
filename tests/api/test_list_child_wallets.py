"""GET /api/v1/wallets/children: what a parent reads of its children's balances."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from typing import Any

from tests.api.signed_in import SignedIn, SignIn, admin, fund, signed_in  # noqa: F401

PATH = "/api/v1/wallets/children"


def balances(who: SignedIn) -> dict[str, Any]:
    answer = who.get(f"{PATH}?limit=30")
    assert answer.status_code == 200, answer.text
    return {row["name"]: row for row in answer.json()["data"]}


def test_a_parent_reads_its_childrens_balances_and_nobody_elses(signed_in: SignIn) -> None:
    parent, child = signed_in("tenant_admin"), signed_in("merchant_tenant_admin")
    before = balances(parent)["Kaveri Stores"]
    fund(child.tenant, "live", "250.50")
    after = balances(parent)["Kaveri Stores"]
    assert after["tenant_id"] == child.tenant
    assert (after["kind"], after["status"]) == ("merchant", "active")
    assert after["available"] == before["available"] + 250.5
    assert after["balance"] == after["available"] + after["held"]
    assert "Kaveri Stores" not in balances(signed_in("other_tenant_admin"))
    assert balances(child) == {}, "a child sees neither itself nor its siblings"


def test_children_come_by_page(signed_in: SignIn) -> None:
    parent = signed_in("tenant_admin")
    found, cursor = [], ""
    while True:
        page = parent.get(f"{PATH}?limit=1" + (f"&cursor={cursor}" if cursor else "")).json()
        found += [row["name"] for row in page["data"]]
        cursor = page["meta"]["next_cursor"]
        if cursor is None:
            break
    assert sorted(found) == sorted(balances(parent))
    assert parent.get(f"{PATH}?limit=1&cursor=nonsense").status_code == 400
