"""Issuing and redeeming coins, and what calculate_issue and calculate_redeem tell, as a billing system does it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.counter import BALANCE, ISSUE, REDEEM, data, refusal


def test_coins_left_out_are_computed_from_the_bill(live: Any, phone: str) -> None:
    issued = data(live.post(ISSUE, {"phone": phone, "bill_amount": 499.5, "reference": f"INV-{phone}"}))
    assert issued["coins_issued"] == 24
    assert issued["previous_balance"] == 0
    assert issued["balance"] == 24
    assert issued["bill_amount"] == 499.5
    assert issued["rule"]["how"] == "5.00% of the bill"
    assert issued["reference"] == f"INV-{phone}"
    assert issued["mode"] == "live"
    assert issued["expires_at"].endswith("T18:29:59.999Z")
    assert issued["transaction_id"].startswith("txn_")


def test_the_rule_that_gives_most_wins(live: Any, phone: str) -> None:
    issued = data(live.post(ISSUE, {"phone": phone, "bill_amount": "2000.00"}))
    assert issued["coins_issued"] == 120
    assert issued["rule"]["how"] == "slab from 2000"


def test_coins_given_are_issued_as_told(live: Any, phone: str) -> None:
    issued = data(live.post(ISSUE, {"phone": phone, "coins": 75}))
    assert issued["coins_issued"] == 75
    assert issued["rule"] is None
    assert issued["bill_amount"] is None


def test_a_redemption_takes_the_coins_and_tells_what_is_left_to_pay(live: Any, phone: str) -> None:
    data(live.post(ISSUE, {"phone": phone, "coins": 100}))
    taken = data(live.post(REDEEM, {"phone": phone, "coins": "40", "bill_amount": "250.75"}))
    assert taken["coins_redeemed"] == 40
    assert taken["value"] == 40
    assert taken["previous_balance"] == 100
    assert taken["balance"] == 60
    assert taken["payable"] == 210.75
    assert [lot["coins"] for lot in taken["lots"]] == [40]
    assert taken["mir"]["ratio"] == 3
    balance = data(live.get(BALANCE, params={"phone": phone}))
    assert (balance["balance"], balance["available"], balance["held"], balance["value"]) == (60, 60, 0, 60)


def test_a_redemption_over_the_balance_is_refused_with_the_balance(live: Any, phone: str) -> None:
    data(live.post(ISSUE, {"phone": phone, "coins": 10}))
    body = refusal(live.post(REDEEM, {"phone": phone, "coins": 11}), 409, "insufficient_balance")
    assert body["meta"]["balance"] == 10
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 10


def test_coins_worth_more_than_the_bill_are_refused(live: Any, phone: str) -> None:
    data(live.post(ISSUE, {"phone": phone, "coins": 50}))
    refusal(live.post(REDEEM, {"phone": phone, "coins": 50, "bill_amount": 49}), 422, "coins_exceed_bill")


def test_nobody_redeems_from_a_customer_that_is_not_there(live: Any, phone: str) -> None:
    refusal(live.post(REDEEM, {"phone": phone, "coins": 1}), 404, "customer_not_found")


def test_no_rule_and_no_coins_is_refused(keyed: Any, phone: str) -> None:
    bakery = keyed("closed_loop_live_key")
    refusal(bakery.post(ISSUE, {"phone": phone, "bill_amount": 99}), 422, "no_rule_matches")


def test_a_closed_loop_has_no_ceiling(keyed: Any, phone: str) -> None:
    bakery = keyed("closed_loop_test_key")
    data(bakery.post(ISSUE, {"phone": phone, "coins": 500}))
    taken = data(bakery.post(REDEEM, {"phone": phone, "coins": 500}))
    assert taken["mir"] is None
    stats = data(bakery.get("/api/v1/merchant/stats"))
    assert stats["ceiling"] is None
    assert stats["status"] == "healthy"


@pytest.mark.parametrize("how", ["header", "body", "reference"])
def test_the_same_request_again_gives_the_first_answer_and_moves_nothing(live: Any, phone: str, how: str) -> None:
    body: dict[str, Any] = {"phone": phone, "coins": 10}
    headers = {}
    if how == "header":
        headers["Idempotency-Key"] = f"once-{phone}"
    else:
        body["idempotency_key" if how == "body" else "reference"] = f"once-{phone}"
    first = live.post(ISSUE, body, headers=headers)
    again = live.post(ISSUE, body, headers=headers)
    assert data(first) == data(again)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 10


def test_a_key_with_another_payload_is_refused(live: Any, phone: str) -> None:
    headers = {"Idempotency-Key": f"reused-{phone}"}
    data(live.post(ISSUE, {"phone": phone, "coins": 10}, headers=headers))
    refusal(live.post(ISSUE, {"phone": phone, "coins": 11}, headers=headers), 422, "idempotency_key_reused")
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 10


def test_a_redemption_that_emptied_the_wallet_is_replayed_as_the_success_it_was(live: Any, phone: str) -> None:
    data(live.post(ISSUE, {"phone": phone, "coins": 10}))
    headers = {"Idempotency-Key": f"all-{phone}"}
    first = live.post(REDEEM, {"phone": phone, "coins": 10}, headers=headers)
    again = live.post(REDEEM, {"phone": phone, "coins": 10}, headers=headers)
    assert data(first) == data(again)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_refusal_is_an_outcome_and_stands_under_its_key(live: Any, phone: str) -> None:
    data(live.post(ISSUE, {"phone": phone, "coins": 5}))
    headers = {"Idempotency-Key": f"refused-{phone}"}
    refusal(live.post(REDEEM, {"phone": phone, "coins": 6}, headers=headers), 409, "insufficient_balance")
    data(live.post(ISSUE, {"phone": phone, "coins": 5}))
    again = live.post(REDEEM, {"phone": phone, "coins": 6}, headers=headers)
    refusal(again, 409, "insufficient_balance")
    assert again.headers["Idempotency-Replayed"] == "true"


def test_without_key_and_reference_each_call_counts(live: Any, phone: str) -> None:
    for _ in range(2):
        data(live.post(ISSUE, {"phone": phone, "coins": 10}))
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 20


def test_calculate_decides_as_the_real_thing_and_writes_nothing(live: Any, phone: str) -> None:
    calculation = data(live.post(f"{ISSUE}/calculate", {"phone": phone, "bill_amount": "499.50"}))
    assert (calculation["coins"], calculation["balance"]) == (24, 24)
    refusal(live.get(BALANCE, params={"phone": phone}), 404, "customer_not_found")
    data(live.post(ISSUE, {"phone": phone, "coins": 30}))
    calculation = data(live.post(f"{REDEEM}/calculate", {"phone": phone, "coins": 30, "bill_amount": 100}))
    assert (calculation["coins"], calculation["balance"], calculation["payable"]) == (30, 0, 70)
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 30
    refusal(live.post(f"{REDEEM}/calculate", {"phone": phone, "coins": 31}), 409, "insufficient_balance")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"phone": "not a number"}, "phone"),
        ({"phone": None}, "phone"),
        ({"wallet_id": "wal_1"}, "wallet_id"),
        ({"phone": None, "wallet_id": "wal_1"}, "wallet_id"),
        ({"coins": 0}, "coins"),
        ({"coins": -5}, "coins"),
        ({"coins": "1.5"}, "coins"),
        ({"coins": "NaN"}, "coins"),
        ({"coins": "1e3"}, "coins"),
        ({"coins": True}, "coins"),
        ({"coins": 10**16}, "coins"),
        ({"coins": None, "bill_amount": "10.001"}, "bill_amount"),
        ({"coins": None}, "bill_amount"),
        ({"reference": ""}, "reference"),
        ({"reference": "x" * 129}, "reference"),
        ({"reference": "a\nb"}, "reference"),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(
    live: Any, phone: str, change: dict[str, Any], field: str
) -> None:
    body = {name: value for name, value in {"phone": phone, "coins": 10, **change}.items() if value is not None}
    said = refusal(live.post(ISSUE, body), 400, "validation_error")
    assert field in said["errors"], said
    refusal(live.get(BALANCE, params={"phone": phone}), 404, "customer_not_found")


def test_numbers_are_exact_and_never_pass_through_a_float(live: Any, phone: str) -> None:
    answer = live.call(
        "POST",
        ISSUE,
        data=f'{{"phone": "{phone}", "coins": 1, "bill_amount": 9999999999999.99}}',
        headers={"Content-Type": "application/json"},
    )
    assert '"bill_amount":9999999999999.99' in answer.text
    digits = f'{{"phone": "{phone}", "coins": 1, "bill_amount": 0.1000000000000000055}}'
    refused = live.call("POST", ISSUE, data=digits, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400


@pytest.mark.parametrize("body", ["{", "[]", "NaN", '{"coins": NaN}', "\x00", '{"coins": 1' + "0" * 5000 + "}"])
def test_what_is_not_a_json_object_is_refused(live: Any, body: str) -> None:
    answer = live.call("POST", ISSUE, data=body.encode(), headers={"Content-Type": "application/json"})
    refusal(answer, 400, "invalid_json")


def test_the_wallet_and_the_qr_code_name_the_same_customer_as_the_phone(live: Any, phone: str) -> None:
    issued = data(live.post(ISSUE, {"phone": phone, "coins": 10}))
    by_wallet = data(live.post(ISSUE, {"wallet_id": issued["wallet_id"], "coins": 5}))
    assert by_wallet["balance"] == 15
    assert by_wallet["customer_id"] == issued["customer_id"]
    unknown = "wal_00000000000000000000000000"
    refusal(live.post(ISSUE, {"wallet_id": unknown, "coins": 5}), 404, "customer_not_found")


def test_a_note_is_stored_with_an_issue_and_shown_in_the_ledger(live: Any, phone: str) -> None:
    body = {"phone": phone, "coins": 5, "note": "Diwali offer", "reference": f"note-{phone}"}
    first = data(live.post(ISSUE, body))
    assert first["note"] == "Diwali offer"
    assert data(live.post(ISSUE, body)) == first
    (line,) = data(live.get("/api/v1/merchant/ledger", params={"customer": phone}))
    assert line["note"] == "Diwali offer"
    refusal(live.post(ISSUE, {**body, "note": "Another offer"}), 422, "idempotency_key_reused")
    without = data(live.post(ISSUE, {"phone": phone, "coins": 5}))
    assert without["note"] is None
    too_long = refusal(live.post(ISSUE, {"phone": phone, "coins": 5, "note": "x" * 2000}), 400, "validation_error")
    assert list(too_long["errors"]) == ["note"]


def test_an_issue_says_when_the_sale_happened_and_wrong_clocks_are_moved_into_bounds(sandbox: Any, phone: str) -> None:
    at = sandbox.at("2040-03-20T10:00:00Z")
    body = {"phone": phone, "coins": 5, "occurred_at": "2040-03-18T20:30:00+05:30"}
    key = {"Idempotency-Key": f"queued-{phone}"}
    first = data(at.post(ISSUE, body, headers=key))
    assert (first["occurred_at"], first["created_at"][:13]) == ("2040-03-18T15:00:00.000Z", "2040-03-20T10")
    later = sandbox.at("2040-03-25T10:00:00Z")
    # The time decides nothing, so an attempt that did not say it, or says another, is the same request.
    assert data(later.post(ISSUE, {"phone": phone, "coins": 5}, headers=key)) == first
    assert data(later.post(ISSUE, {**body, "occurred_at": "2040-03-19T00:00:00Z"}, headers=key)) == first
    ahead = data(later.post(ISSUE, {**body, "occurred_at": "2041-01-01T00:00:00Z"}))
    behind = data(later.post(ISSUE, {**body, "occurred_at": "1999-01-01T00:00:00Z"}))
    assert ahead["occurred_at"] == ahead["created_at"]
    assert behind["occurred_at"][:13] == "2040-02-24T10"
    assert data(later.post(ISSUE, {"phone": phone, "coins": 5}))["occurred_at"] is None
    lines = data(later.get("/api/v1/merchant/ledger", params={"customer": phone}))
    assert [line["occurred_at"] for line in lines] == [None, *(each["occurred_at"] for each in (behind, ahead, first))]
    for wrong in ("yesterday", "2040-03-18T20:30:00", "2040-13-01T00:00:00Z", ""):
        refused = refusal(later.post(ISSUE, {**body, "occurred_at": wrong}), 400, "validation_error")
        assert list(refused["errors"]) == ["occurred_at"]
        assert "with its offset" in refused["errors"]["occurred_at"][0]


def test_the_same_bill_number_in_the_next_years_series_is_another_bill(live: Any, phone: str) -> None:
    bill = {"phone": phone, "coins": 10, "reference": f"INV-1-{phone}"}
    first = data(live.post(ISSUE, {**bill, "series": "2025-26"}))
    again = live.post(ISSUE, {**bill, "series": "2025-26"})
    assert (data(again), again.headers["idempotency-replayed"]) == (first, "true")
    following = data(live.post(ISSUE, {**bill, "series": "2026-27"}))
    unnamed = data(live.post(ISSUE, bill))
    assert [each["balance"] for each in (first, following, unnamed)] == [10, 20, 30]
    spent = {"phone": phone, "coins": 1, "reference": f"INV-1-{phone}"}
    balances = [data(live.post(REDEEM, {**spent, "series": year}))["balance"] for year in ("2025-26", "2026-27")]
    assert balances == [29, 28]
