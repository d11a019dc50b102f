"""GET /api/v1/merchant/audit: who did what, when, from where, under which reference, and what became of it."""

from __future__ import annotations

import csv
import io
from typing import Any

import jwt
import pytest
import requests

from tests.api.counter import ISSUE, REDEEM, data, refusal
from tests.api.events.administrators import administrator
from tests.api.gateway_parties import Party, charge, fresh, parent, transaction  # noqa: F401 - a fixture
from tests.api.shops import Shop, open_shop  # noqa: F401 - a fixture

AUDIT = "/api/v1/merchant/audit"
RULES = "/api/v1/merchant/earning-rules"


@pytest.fixture
def shop(open_shop: Any) -> Shop:  # noqa: F811
    made: Shop = open_shop()
    return made


def trail(client: Any, **query: Any) -> Any:
    return data(client.get(AUDIT, params=query))


def key_of(shop: Shop, mode: str = "live") -> str:
    return next(key.id for key in shop.tenant.keys.values() if (key.kind, key.mode) == ("jwt", mode))


def test_moves_refusals_refused_callers_and_acts_stand_in_one_list_by_time(shop: Shop, phone: str) -> None:
    sale = {"phone": phone, "coins": 10, "reference": f"A-{phone}"}
    made = data(shop.live.post(ISSUE, sale, headers={"X-Request-ID": f"sold-{phone}"}))
    refused = shop.live.post(REDEEM, {"phone": phone, "coins": 11, "reference": f"B-{phone}"})
    refusal(refused, 409, "insufficient_balance")
    denied = shop.live.put(RULES, {"rules": []}, headers={"X-Request-ID": f"denied-{phone}"})
    refusal(denied, 403, "forbidden")
    changed = shop.admin.put(RULES, {"rules": []}, headers={"X-Request-ID": f"changed-{phone}"})
    assert changed.status_code == 200
    undone = data(shop.live.post(f"/api/v1/merchant/coins/{made['transaction_id']}/reverse", {}))
    lines = trail(shop.live)
    assert [(line["what"], line["outcome"]) for line in lines] == [
        ("reverse_issue", "done"),
        ("earning rules replaced", "done"),
        ("PUT /api/v1/merchant/earning-rules", "forbidden"),
        ("redeem", "insufficient_balance"),
        ("issue", "done"),
    ]
    assert [line["at"] for line in lines] == sorted((line["at"] for line in lines), reverse=True)
    assert lines[4] == {
        "id": made["transaction_id"],
        "at": made["created_at"],
        "who": key_of(shop),
        "claimed_user": None,
        "address": "127.0.0.1",
        "what": "issue",
        "outcome": "done",
        "reference": f"A-{phone}",
        "customer_id": made["customer_id"],
        "coins": 10,
        "amount": None,
        "asset": None,
        "request_id": f"sold-{phone}",
    }
    assert (lines[0]["id"], lines[0]["coins"]) == (undone["transaction_id"], 10)
    assert (lines[1]["who"][:4], lines[1]["request_id"]) == ("usr_", f"changed-{phone}")
    assert (lines[2]["who"], lines[2]["request_id"], lines[2]["id"][:4]) == (key_of(shop), f"denied-{phone}", "aud_")
    assert (lines[3]["reference"], lines[3]["coins"], lines[3]["who"]) == (f"B-{phone}", None, key_of(shop))


def test_no_phone_number_and_no_secret_stands_in_the_trail(shop: Shop, phone: str) -> None:
    data(shop.live.post(ISSUE, {"phone": phone, "coins": 10}))
    refusal(shop.live.post(REDEEM, {"phone": phone, "coins": 11}), 409, "insufficient_balance")
    text = shop.live.get(AUDIT).text
    assert phone.removeprefix("+91") not in text
    assert "eyJ" not in text


def test_reads_and_bad_requests_leave_no_line(shop: Shop, phone: str) -> None:
    refusal(shop.live.get("/api/v1/merchant/customers/balance", params={"phone": phone}), 404, "customer_not_found")
    refusal(shop.live.post(ISSUE, {"phone": phone, "coins": 0}), 400, "validation_error")
    data(shop.live.get("/api/v1/merchant/stats"))
    data(shop.live.post(f"{ISSUE}/calculate", {"phone": phone, "coins": 5}))
    assert trail(shop.live) == []


def test_a_replay_leaves_no_second_line(shop: Shop, phone: str) -> None:
    for _ in range(2):
        data(shop.live.post(ISSUE, {"phone": phone, "coins": 10, "reference": f"A-{phone}"}))
        body = {"phone": phone, "coins": 11, "idempotency_key": f"B-{phone}"}
        refusal(shop.live.post(REDEEM, body), 409, "insufficient_balance")
    assert len(trail(shop.live)) == 2


def test_a_refused_bill_can_be_corrected_and_tried_again_under_its_reference(shop: Shop, phone: str) -> None:
    bill = f"BILL-{phone}"
    data(shop.live.post(ISSUE, {"phone": phone, "coins": 50}))
    refusal(shop.live.post(REDEEM, {"phone": phone, "coins": 60, "reference": bill}), 409, "insufficient_balance")
    assert data(shop.live.post(REDEEM, {"phone": phone, "coins": 50, "reference": bill}))["balance"] == 0
    other = f"{bill}-2"
    refusal(shop.live.post(REDEEM, {"phone": phone, "coins": 60, "reference": other}), 409, "insufficient_balance")
    data(shop.live.post(ISSUE, {"phone": phone, "coins": 60}))
    first = data(shop.live.post(REDEEM, {"phone": phone, "coins": 60, "reference": other}))
    again = shop.live.post(REDEEM, {"phone": phone, "coins": 60, "reference": other})
    assert (data(again)["transaction_id"], again.headers["Idempotency-Replayed"]) == (first["transaction_id"], "true")
    listed = [row["reference"] for row in trail(shop.live) if row["outcome"] == "insufficient_balance"]
    assert listed == [other, bill]


def test_a_key_from_outside_the_networks_is_refused_and_recorded_by_its_own_reason(
    open_shop: Any,  # noqa: F811
) -> None:
    from batua.store import keys
    from batua.store.store import store
    from batua.store.writes import Update

    shop = open_shop()
    place = keys.tenant_key(shop.tenant.id)
    store().write(Update(place, set={"nets": ["192.0.2.0/24"]}))
    answer = shop.live.get("/api/v1/merchant/stats")
    assert refusal(answer, 401, "unauthenticated")["message"] == "Authentication required. Send a valid credential."
    refusal(shop.live.get("/api/v1/merchant/stats"), 401, "unauthenticated")
    store().write(Update(place, set={"nets": ["127.0.0.0/8"]}))
    lines = trail(shop.live)
    assert [(line["what"], line["outcome"]) for line in lines] == [
        ("GET /api/v1/merchant/stats", "outside_networks")
    ] * 2


def test_pages_go_through_all_three_places_without_gap_or_repeat(shop: Shop, phone: str) -> None:
    for number in range(4):
        data(shop.live.post(ISSUE, {"phone": phone, "coins": 1, "reference": f"{number}"}))
        refusal(shop.live.post(REDEEM, {"phone": phone, "coins": 100 + number}), 409, "insufficient_balance")
        assert shop.admin.put(RULES, {"rules": []}).status_code == 200
    whole = [line["id"] for line in trail(shop.live, limit=100)]
    assert len(set(whole)) == 12
    for limit in (1, 5, 12):
        found, cursor = [], None
        while True:
            query = {"limit": limit, **({"cursor": cursor} if cursor else {})}
            answer = shop.live.get(AUDIT, params=query)
            found += [line["id"] for line in data(answer)]
            cursor = answer.json()["meta"]["next_cursor"]
            if len(found) == 2 * limit:
                data(shop.live.post(ISSUE, {"phone": phone, "coins": 1}))  # comes after what is being read
            if cursor is None:
                break
        assert found[-12:] == whole
        assert len(set(found)) == len(found)
        whole = [line["id"] for line in trail(shop.live, limit=100)][-12:]


def test_filters_choose_by_who_what_reference_and_customer_page_by_page(shop: Shop, phone: str) -> None:
    for number in range(3):
        made = data(shop.live.post(ISSUE, {"phone": phone, "coins": 1, "reference": f"bill {number}"}))
        refusal(shop.live.post(REDEEM, {"phone": phone, "coins": 100}), 409, "insufficient_balance")
        assert shop.admin.put(RULES, {"rules": []}).status_code == 200
    assert len(trail(shop.live, what="issue")) == 3
    assert [line["reference"] for line in trail(shop.live, reference="bill 1")] == ["bill 1"]
    assert {line["what"] for line in trail(shop.live, who=key_of(shop))} == {"issue", "redeem"}
    assert [line["what"] for line in trail(shop.live, who=key_of(shop), reference="bill 2")] == ["issue"]
    for customer in (phone, made["customer_id"]):
        assert {line["what"] for line in trail(shop.live, customer=customer)} == {"issue", "redeem"}
    assert trail(shop.live, what="hold") == []
    first = shop.live.get(AUDIT, params={"what": "issue", "limit": 2})
    rest = trail(shop.live, what="issue", limit=2, cursor=first.json()["meta"]["next_cursor"])
    assert [line["reference"] for line in (*data(first), *rest)] == ["bill 2", "bill 1", "bill 0"]
    assert "who" in refusal(shop.live.get(AUDIT, params={"who": ""}), 400, "validation_error")["errors"]
    assert "by" in refusal(shop.live.get(AUDIT, params={"by": "x"}), 400, "validation_error")["errors"]


def test_the_trail_is_exported_as_csv_page_by_page_and_computes_nothing(shop: Shop, phone: str) -> None:
    for reference in ("=1+1", "a;=2", "plain"):
        data(shop.live.post(ISSUE, {"phone": phone, "coins": 1, "reference": reference}))
    answer = shop.live.get(AUDIT, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["reference"] for row in rows] == ["plain", "a;'=2", "'=1+1"]
    first = shop.live.get(AUDIT, params={"format": "csv", "limit": 2})
    rest = shop.live.get(AUDIT, params={"format": "csv", "limit": 2, "cursor": first.headers["X-Next-Cursor"]})
    assert "X-Next-Cursor" not in rest.headers
    pages = [row["id"] for page in (first, rest) for row in csv.DictReader(io.StringIO(page.text))]
    assert pages == [row["id"] for row in rows]
    refusal(shop.live.get(AUDIT, params={"limit": 101}), 400, "validation_error")


def test_money_of_a_tenant_without_a_coin_program_is_in_its_trail_and_the_credential_is_the_actor(
    parent: Party,  # noqa: F811
) -> None:
    body = transaction(charge("2.50"))
    person = administrator(parent.url, parent.id).headers["Authorization"].removeprefix("Bearer ")
    headers = {"X-Request-ID": fresh("audit"), "Authorization": f"Bearer {person}"}
    answer = parent.call("POST", "/create-transaction", body, headers=headers)
    assert answer.ok, answer.text
    trace = {"Authorization": parent.headers["Authorization"]}
    found = requests.get(parent.url + AUDIT, params={"reference": body["referenceId"]}, headers=trace, timeout=30)
    (line,) = data(found)
    who = jwt.decode(person, options={"verify_signature": False})["sub"]
    assert (line["who"], line["claimed_user"]) == (who, None), "a person speaks for themselves alone"
    assert (line["amount"], line["asset"], line["request_id"]) == (2.5, "INR", headers["X-Request-ID"])
    # A key that may speak for its users records whom it named, beside itself.
    body = transaction(charge("2.50"))
    assert parent.post("/create-transaction", body).ok
    found = requests.get(parent.url + AUDIT, params={"reference": body["referenceId"]}, headers=trace, timeout=30)
    (line,) = data(found)
    assert (line["who"], line["claimed_user"]) == (parent.credential, "poi-123-user")
    found = requests.get(parent.url + AUDIT, params={"who": "poi-123-user"}, headers=trace, timeout=30)
    assert line["id"] in [each["id"] for each in data(found)]


def test_qr_codes_revoked_are_in_the_trail(shop: Shop, phone: str) -> None:
    customer = data(shop.live.post(ISSUE, {"phone": phone, "coins": 1}))["customer_id"]
    data(shop.live.post(f"/api/v1/merchant/customers/{customer}/qr", {}))
    assert [line["what"] for line in trail(shop.live, reference=customer)] == ["qr codes revoked"]


def test_both_bounds_are_within(shop: Shop, phone: str) -> None:
    moments = [f"2027-05-01T06:00:0{second}.000Z" for second in range(3)]
    for moment in moments:
        data(shop.test.at(moment).post(ISSUE, {"phone": phone, "coins": 1}))
        refusal(shop.test.at(moment).post(REDEEM, {"phone": phone, "coins": 100}), 409, "insufficient_balance")
    between = trail(shop.test, **{"from": moments[1], "to": moments[1]})
    assert [line["at"] for line in between] == [moments[1]] * 2
    assert len(trail(shop.test, **{"from": moments[1]})) == 4
    assert len(trail(shop.test, to=moments[1])) == 4
    assert trail(shop.test, **{"from": moments[2], "to": moments[0]}) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [({"from": "x"}, "from"), ({"to": "x"}, "to"), ({"limit": "0"}, "limit"), ({"limit": "101"}, "limit")],
)
def test_a_query_that_makes_no_sense_names_the_field(shop: Shop, query: dict[str, str], field: str) -> None:
    assert field in refusal(shop.live.get(AUDIT, params=query), 400, "validation_error")["errors"]


def test_a_cursor_of_another_tenant_or_another_period_is_refused(shop: Shop, open_shop: Any, phone: str) -> None:  # noqa: F811
    for _ in range(2):
        data(shop.live.post(ISSUE, {"phone": phone, "coins": 1}))
    cursor = shop.live.get(AUDIT, params={"limit": 1}).json()["meta"]["next_cursor"]
    assert len(trail(shop.live, cursor=cursor)) == 1
    refusal(open_shop().live.get(AUDIT, params={"cursor": cursor}), 400, "invalid_cursor")
    refusal(shop.test.get(AUDIT, params={"cursor": cursor}), 400, "invalid_cursor")
    refusal(shop.live.get(AUDIT, params={"cursor": cursor, "from": "2026-01-01"}), 400, "invalid_cursor")
    refusal(shop.live.get(AUDIT, params={"cursor": f"{cursor}x"}), 400, "invalid_cursor")


def test_a_trail_is_its_tenants_alone(shop: Shop, open_shop: Any, phone: str) -> None:  # noqa: F811
    data(shop.live.post(ISSUE, {"phone": phone, "coins": 1}))
    assert trail(open_shop().live) == []
    assert trail(shop.test) == []
