"""A merchant's name for a customer: PATCH /api/v1/merchant/customers/{id} (update_customer)."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from typing import Any

import pytest

from batua.coins import naming
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Update
from tests.api.counter import ISSUE, data, refusal
from tests.api.import_fixtures import *  # noqa: F403 - fixtures
from tests.api.import_fixtures import Shop
from tests.api.signed_in import SignIn, signed_in  # noqa: F401
from tests.api.test_list_customers import CUSTOMERS, listed, rename


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


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "   "}, {"name": "a" * 81}, {"name": "a\nb"}, {"name": 7}])
def test_what_is_no_name_is_refused_by_field(shop: Shop, customer: str, body: Any) -> None:
    answer = shop.admin.call("PATCH", f"{CUSTOMERS}/{customer}", json=body)
    assert list(refusal(answer, 400, "validation_error")["errors"]) == ["name"]


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
