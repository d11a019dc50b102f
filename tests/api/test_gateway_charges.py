"""The gateway's caller and style, the balance, transactions made of charges, and their list."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.api.gateway_parties import (  # noqa: F401
    BASE,
    Party,
    charge,
    child,
    fresh,
    parent,
    sandboxed,
    spent,
    transaction,
)
from tests.api.signed_in import fund


def test_ping_answers_the_bare_object(parent: Party) -> None:  # noqa: F811
    answer = requests.get(parent.url + BASE + "/ping", timeout=30)
    assert (answer.status_code, answer.json()) == (200, {"message": "Wallet controller is working!"})


@pytest.mark.parametrize("header", ["X-Api-Key", "api-key"])
def test_an_api_key_in_its_header_is_as_good_as_a_bearer_token(parent: Party, header: str) -> None:  # noqa: F811
    headers = {header: parent.known["api_key"], "X-Tenant-Id": parent.id}
    answer = requests.get(parent.url + BASE + "/balance", headers=headers, timeout=30)
    assert answer.status_code == 200
    assert answer.json()["data"]["tenantId"] == parent.id


def test_the_balance_has_the_names_and_types_of_the_reference(parent: Party) -> None:  # noqa: F811
    body = parent.get("/balance").json()
    assert body["success"] is True
    assert {"balance", "tenantId", "lastUpdated"} <= set(body["data"])
    assert isinstance(body["data"]["balance"], int | float)
    assert body["data"]["lastUpdated"].endswith("Z")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"Authorization": "Bearer x"}, 401, "unauthenticated"),
        ({"X-Tenant-Id": ""}, 400, "validation_error"),
        ({"X-Tenant-Id": "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"}, 403, "forbidden"),
        ({"X-User-Id": "two words"}, 400, "validation_error"),
    ],
)
def test_who_calls_must_be_who_they_say(parent: Party, change: dict[str, str], status: int, code: str) -> None:  # noqa: F811
    answer = parent.call("POST", "/create-transaction", transaction(charge(1)), headers=change)
    body = answer.json()
    assert (answer.status_code, body["code"], body["success"], body["data"]) == (status, code, False, None)
    assert {"message", "timestamp", "requestId"} <= set(body)


def test_another_tenants_credential_may_not_name_this_tenant(parent: Party, child: Party) -> None:  # noqa: F811
    assert child.call("GET", "/balance", headers={"X-Tenant-Id": parent.id}).status_code == 403


def test_a_transaction_is_answered_as_in_the_reference(parent: Party) -> None:  # noqa: F811
    body = {
        "customerId": "cust_1234567890",
        "entityType": "order",
        "referenceId": fresh("REF123456"),
        "currency": "INR",
        "charges": [
            {
                "head": "GST",
                "amount": 10050,
                "hsnOrSac": "998314",
                "isBillable": True,
                "absorbedBy": "merchant",
                "transactionType": "debit",
                "metadata": [{"key": "tax_rate", "value": "18%"}],
            }
        ],
        "metadata": [{"key": "source", "value": "web"}],
    }
    before = parent.balance()
    answer = parent.post("/create-transaction", body)
    data = answer.json()
    assert (answer.status_code, data["success"], data["message"]) == (200, True, "Transaction created successfully")
    assert set(data["data"]) == {"transactionId", "status"}
    assert data["data"]["status"] == "SUCCESS"
    assert data["wallet"]["balance"] == parent.balance() == before - 10050


def test_debits_take_and_credits_give_all_of_one_call_or_none(parent: Party) -> None:  # noqa: F811
    before = parent.balance()
    assert parent.post("/create-transaction", transaction(charge("100.25"), charge(40, direction="credit"))).ok
    assert parent.balance() == pytest.approx(before - 60.25)
    refused = parent.post("/create-transaction", transaction(charge(1), charge(10**9)))
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_balance")
    assert parent.balance() == pytest.approx(before - 60.25)


def _credit(party: Party, amount: Any, **more: Any) -> requests.Response:
    return party.post("/create-transaction", transaction(charge(amount, direction="credit"), **more))


def test_a_credit_charge_creates_no_money(parent: Party, child: Party) -> None:  # noqa: F811
    """A tenant raised its own balance from 22,500 to 900,022,500 by a single credit charge."""
    for party in (parent, child):
        before = party.balance()
        refused = _credit(party, 900_000_000)
        assert (refused.status_code, refused.json()["code"]) == (409, "credit_exceeds_debits")
        assert party.balance() == before


def test_credits_give_back_what_debits_of_the_same_reference_took_and_no_more(parent: Party) -> None:  # noqa: F811
    before = parent.balance()
    order = spent(parent, 100)
    assert _credit(parent, 60, **order).ok
    refused = _credit(parent, "40.01", **{**order, "entityType": "second refund"})
    assert (refused.status_code, refused.json()["code"]) == (409, "credit_exceeds_debits")
    assert _credit(parent, 40, **{**order, "entityType": "corrected refund"}).ok
    assert parent.balance() == before
    assert not _credit(parent, "0.01", **{**order, "entityType": "third refund"}).ok
    assert not _credit(parent, 1, referenceId=fresh("REF")).ok, "another reference has no debits"
    mixed = transaction(charge(10), charge("10.01", direction="credit"))
    assert parent.post("/create-transaction", mixed).json()["code"] == "credit_exceeds_debits"
    assert parent.balance() == before


def test_credits_of_one_reference_at_once_never_exceed_its_debits(parent: Party) -> None:  # noqa: F811
    before = parent.balance()
    order = spent(parent, 100)
    with ThreadPoolExecutor(8) as pool:
        refunds = [{**order, "entityType": f"refund {number}"} for number in range(8)]
        answers = list(pool.map(lambda more: _credit(parent, 30, **more), refunds))
    assert sum(answer.ok for answer in answers) == 3
    assert parent.balance() == before - 10


def test_the_reference_makes_a_transaction_idempotent(parent: Party) -> None:  # noqa: F811
    body = transaction(charge(10))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: parent.post("/create-transaction", body), range(8)))
    assert {answer.json()["data"]["transactionId"] for answer in answers} == {
        answers[0].json()["data"]["transactionId"]
    }
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    other = parent.post("/create-transaction", {**body, "charges": [charge(11)]})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert parent.post("/create-transaction", {**body, "entityType": "return"}).ok


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (transaction(charge(10, breakup=[{"head": "CGST", "amount": 4}, {"head": "SGST", "amount": 5}])), "breakup"),
        (transaction(charge("1.001")), "amount"),
        (transaction(charge(0)), "amount"),
        (transaction(charge(1, chargedAt="tomorrow")), "chargedAt"),
        (transaction(charge(1, chargedAt="2999-01-01")), "chargedAt"),
        (transaction(charge(1), currency="USD"), "currency"),
        (transaction(), "charges"),
        ({**transaction(charge(1)), "referenceId": None}, "referenceId"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(parent: Party, body: dict[str, Any], field: str) -> None:  # noqa: F811
    answer = parent.post("/create-transaction", body)
    assert answer.status_code == 400
    assert any(field in name for name in answer.json()["errors"])


def test_the_list_fits_its_filters_and_counts_right(parent: Party) -> None:  # noqa: F811
    customer = fresh("cust")
    for number in range(1, 8):
        direction = "credit" if number == 3 else "debit"
        more = spent(parent, 3) if direction == "credit" else {}
        body = transaction(charge(number, head="Freight" if number % 2 else "GST", direction=direction), **more)
        assert parent.post("/create-transaction", {**body, "customerId": customer}).ok

    def listed(charges: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        query = {"transactionFilters": {"customerIds": [customer]}, "chargeFilters": charges or {}, **more}
        body: dict[str, Any] = parent.post("/transactions/filter", query).json()
        return body

    body = listed(limit=3, page=2, sorting={"sortBy": "amount", "sortOrder": "ASC"})
    assert body["pagination"] == {
        "page": 2,
        "limit": 3,
        "total": 7,
        "totalPages": 3,
        "hasNext": True,
        "hasPrev": True,
    }
    assert [row["totalDebit"] for row in body["data"]] == [4, 5, 6]
    assert listed({"heads": ["GST"]})["pagination"]["total"] == 3
    assert listed({"transactionTypes": ["credit"]})["data"][0]["totalCredit"] == 3
    assert listed({"minAmount": 2, "maxAmount": "5"})["pagination"]["total"] == 4
    assert listed({"chargeDateRange": {"end": "2020-01-01"}})["pagination"]["total"] == 0
    assert listed()["data"][0]["totalDebit"] == 7  # the newest first
    assert "charges" not in listed()["data"][0] or listed()["data"][0]["charges"] is None
    shown = listed(includeOptions={"includeCharges": True})["data"][0]["charges"]
    assert shown[0]["head"] == "Freight"
    assert listed(limit=101)["code"] == "validation_error"


def test_the_sandbox_touches_nothing_live(parent: Party, sandboxed: Party) -> None:  # noqa: F811
    before = parent.balance()
    fund(sandboxed.id, "test", "500")
    debit = transaction(charge(500))
    assert sandboxed.post("/create-transaction", debit).ok
    assert parent.balance() == before
    query = {"transactionFilters": {"referenceIds": [debit["referenceId"]]}}
    assert parent.post("/transactions/filter", query).json()["pagination"]["total"] == 0
