"""A merchant's name for a customer: PATCH /api/v1/merchant/customers/{id} (update_customer)."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from typing import Any

import pytest

from batua.coins import naming
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Update
from tests.api.counter import CUSTOMERS, ISSUE, data, listed, refusal, rename
from tests.api.import_fixtures import *  # noqa: F403 - fixtures
from tests.api.import_fixtures import Shop
from tests.api.signed_in import SignIn, signed_in  # noqa: F401


@pytest.fixture
def customer(shop: Shop, phone: str) -> str:
    return str(data(shop.till.post(ISSUE, {"phone": phone, "coins": 10}))["customer_id"])


def name_at(shop: Shop, phone: str) -> Any:
    return data(shop.till.get(f"{CUSTOMERS}/lookup", params={"phone": phone}))["customer"]["name"]


def test_a_name_is_set_changed_and_removed(shop: Shop, customer: str, phone: str) -> None:
    assert data(rename(shop.admin, customer, "  Asha   Rao ")) == {"customer_id": customer, "name": "Asha Rao"}
    assert name_at(shop, phone) == "Asha Rao"
    assert [row["name"] for row in listed(shop.till, q="rao")] == ["Asha Rao"]
    assert data(rename(shop.admin, customer, "Asha Rao"))["name"] == "Asha Rao", "again changes nothing"
    data(rename(shop.admin, customer, "आशा"))
    assert (name_at(shop, phone), listed(shop.till, q="rao")) == ("आशा", [])
    assert [row["name"] for row in listed(shop.till, q="आ")] == ["आशा"]
    recent = data(shop.till.get(f"{CUSTOMERS}/recent"))
    assert recent[0]["name"] == "आशा"
    assert data(rename(shop.admin, customer, None))["name"] is None
    assert (name_at(shop, phone), listed(shop.till, q="आ")) == (None, [])
    assert data(rename(shop.admin, customer, None))["name"] is None


def test_the_audit_trail_says_who_and_not_which_name(shop: Shop, customer: str) -> None:
    data(rename(shop.admin, customer, "Tara Bose"))
    data(rename(shop.admin, customer, None))
    trail = shop.admin.get("/api/v1/merchant/audit?limit=20").text
    assert "customer renamed" in trail
    assert "customer name removed" in trail
    assert "Tara Bose" not in trail, "a name goes with its customer's data"


NO_NAMES = ["", "   ", "a" * 81, "🙂" * 81, "a\nb", "a\0b", "\u202eoaR ahsA", "Asha\u200b", "\u200d\u200d", 7, ["Asha"]]


@pytest.mark.parametrize("body", [{}, *({"name": name} for name in NO_NAMES)])
def test_what_is_no_name_is_refused_by_field(shop: Shop, customer: str, body: Any) -> None:
    answer = shop.admin.call("PATCH", f"{CUSTOMERS}/{customer}", json=body)
    assert list(refusal(answer, 400, "validation_error")["errors"]) == ["name"]


@pytest.mark.parametrize(
    ("name", "q"),
    [
        ("<img src=x onerror=alert(1)>", "onerror"),
        ("=HYPERLINK(1)", "hyperlink"),
        ("محمد علي", "علي"),
        ("👩\u200d👧 Asha", "asha"),
        ("क्\u200dष राव", "राव"),
        ("🙂", None),
        ("a" * 80, "aaaa"),
        ("İstanbul ﬁne", "fine"),
        ("L#T#C#LISTED", "listed"),
        ("a b c d e f g h", "f"),
    ],
)
def test_a_name_is_text_whatever_stands_in_it(shop: Shop, customer: str, name: str, q: str | None) -> None:
    assert data(rename(shop.admin, customer, name))["name"] == name
    assert [row["name"] for row in listed(shop.admin)] == [name]
    if q:
        assert [row["name"] for row in listed(shop.admin, q=q)] == [name]
    assert listed(shop.admin, q="zzz") == []
    data(rename(shop.admin, customer, None))
    if q:
        assert listed(shop.admin, q=q) == []


def test_a_request_that_comes_again_writes_nothing(shop: Shop, customer: str) -> None:
    for _ in range(3):
        assert data(rename(shop.admin, customer, "Tara Bose"))["name"] == "Tara Bose"
    for _ in range(2):
        assert data(rename(shop.admin, customer, None))["name"] is None
    trail = shop.admin.get("/api/v1/merchant/audit?limit=20").text
    assert (trail.count("customer renamed"), trail.count("customer name removed")) == (1, 1)


def test_nobody_else_names_a_customer(shop: Shop, customer: str, signed_in: SignIn) -> None:
    refusal(rename(shop.admin, "cust_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "Asha"), 404, "customer_not_found")
    refusal(rename(shop.admin, "nobody", "Asha"), 404, "customer_not_found")
    refusal(rename(signed_in("other_tenant_admin"), customer, "Asha"), 404, "customer_not_found")
    refusal(rename(signed_in("cashier"), customer, "Asha"), 403, "forbidden")
    refusal(rename(shop.till, customer, "Asha"), 403, "forbidden")


def test_of_two_at_once_the_words_are_those_of_the_name(
    shop: Shop, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else names the customer between the read and the write."""
    data(rename(shop.admin, customer, "Asha Rao"))
    about = keys.customer_key(keys.scope("live", shop.tenant_id), customer)
    original, met = naming._rename, []

    def late(call: Any, found: Any, name: Any) -> None:
        if not met:
            met.append(name)
            store().write(Update(about, set={"name": "Meera"}))
        original(call, found, name)

    monkeypatch.setattr(naming, "_rename", late)
    data(rename(shop.admin, customer, "Ravi"))
    assert [row["name"] for row in listed(shop.till)] == ["Ravi"]
    assert [row["name"] for row in listed(shop.till, q="ravi")] == ["Ravi"]


def test_a_name_of_an_import_that_was_changed_stays_when_the_import_goes(shop: Shop, phone: str) -> None:
    made = shop.run(shop.checked(f"Mobile,Name\n{phone},Meera Nair\n", kind="customers")["id"], "apply")
    id = str(data(shop.till.post(ISSUE, {"phone": phone, "coins": 10}))["customer_id"])
    data(rename(shop.admin, id, "Meera Iyer"))
    shop.run(made["id"], "reverse")
    assert [row["name"] for row in listed(shop.till, q="iyer")] == ["Meera Iyer"]
    assert listed(shop.till, q="nair") == []
