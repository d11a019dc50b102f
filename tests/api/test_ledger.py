"""GET /api/v1/merchant/ledger: what the merchant did, filtered, in pages, as JSON and as CSV.

In the sandbox, each test in a month of its own, where nothing else happens.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.api.counter import ISSUE, LEDGER, REDEEM, data, refusal

AUDIT = "/api/v1/merchant/audit"
MORNING = "T06:00:00.000Z"


def month(name: str) -> dict[str, str]:
    """The filters that take in one month's first hours."""
    return {"from": f"{name}-01T00:00:00Z", "to": f"{name}-02T00:00:00Z"}


def pages(client: Any, limit: int, **filters: Any) -> list[list[Any]]:
    """Every page of a list, as following its cursors gives them."""
    found, cursor = [], None
    while True:
        answer = client.get(LEDGER, params={**filters, "limit": limit, **({"cursor": cursor} if cursor else {})})
        found.append(data(answer))
        cursor = answer.json()["meta"]["next_cursor"]
        if cursor is None:
            return found


def issue(client: Any, at: str, phone: str, coins: int = 1, **more: Any) -> Any:
    return data(client.at(at).post(ISSUE, {"phone": phone, "coins": coins, **more}))


@pytest.fixture(scope="module")
def day(sandbox: Any) -> dict[str, Any]:
    """A morning at the counter, a minute between movements."""
    phones = ["+919800000101", "+919800000102"]
    shop = [sandbox.at(f"2040-01-01T06:0{minute}:00Z") for minute in range(6)]
    one = data(shop[0].post(ISSUE, {"phone": phones[0], "coins": 50, "bill_amount": "99.95", "reference": "L-1"}))
    two = data(shop[1].post(ISSUE, {"phone": phones[1], "coins": 20, "reference": "L-2"}))
    out = data(shop[2].post(REDEEM, {"phone": phones[0], "coins": 30, "bill_amount": 200, "reference": "L-3"}))
    back = data(shop[3].post(f"/api/v1/merchant/coins/{out['transaction_id']}/reverse", {"reason": "wrong till"}))
    none = data(shop[4].post(f"/api/v1/merchant/coins/{two['transaction_id']}/reverse", {"coins": 5}))
    return {"phones": phones, "one": one, "two": two, "out": out, "back": back, "none": none}


def lines(client: Any, **filters: Any) -> list[str]:
    return [row["transaction_id"] for row in data(client.get(LEDGER, params={**month("2040-01"), **filters}))]


def test_movements_stand_newest_first_with_all_that_they_say(sandbox: Any, day: dict[str, Any]) -> None:
    rows = data(sandbox.get(LEDGER, params=month("2040-01")))
    assert [row["type"] for row in rows] == ["reverse_issue", "reverse_redeem", "redeem", "issue", "issue"]
    assert rows[2] == {
        "transaction_id": day["out"]["transaction_id"],
        "type": "redeem",
        "customer_id": day["one"]["customer_id"],
        "wallet_id": day["one"]["wallet_id"],
        "coins": 30,
        "previous_balance": 50,
        "balance": 20,
        "bill_amount": 200,
        "expired": 0,
        "reference": "L-3",
        "note": None,
        "occurred_at": None,
        "reversed_transaction_id": None,
        "created_at": "2040-01-01T06:02:00.000Z",
        "by": rows[0]["by"],
        "customer_phone": "+91••••••0101",
        "customer_name": None,
    }
    assert rows[0]["by"].startswith("key_")
    assert (rows[1]["note"], rows[1]["reversed_transaction_id"]) == ("wrong till", day["out"]["transaction_id"])
    assert (rows[0]["coins"], rows[0]["previous_balance"], rows[0]["balance"]) == (5, 20, 15)
    assert rows[4]["bill_amount"] == 99.95


def test_the_filters_take_what_they_name_and_together_what_all_of_them_name(sandbox: Any, day: dict[str, Any]) -> None:
    id = {name: day[name]["transaction_id"] for name in ("one", "two", "out", "back", "none")}
    of_one = [id["back"], id["out"], id["one"]]
    for customer in (day["phones"][0], "98000 00101", day["one"]["customer_id"], day["one"]["wallet_id"]):
        assert lines(sandbox, customer=customer) == of_one
    assert lines(sandbox, type="issue") == [id["two"], id["one"]]
    assert lines(sandbox, type="reverse_redeem") == [id["back"]]
    assert lines(sandbox, type="hold") == []
    assert lines(sandbox, reference="L-3") == [id["out"]]
    assert lines(sandbox, reference="L-4") == []
    assert lines(sandbox, customer=day["phones"][0], type="redeem", reference="L-3") == [id["out"]]
    assert lines(sandbox, customer=day["phones"][1], reference="L-3") == []
    assert lines(sandbox, customer="+919800000199") == []


def test_both_bounds_are_within_to_the_millisecond(sandbox: Any, day: dict[str, Any]) -> None:
    out = [day["out"]["transaction_id"]]
    exact = {"from": "2040-01-01T06:02:00Z", "to": "2040-01-01T06:02:00.000Z"}
    for customer in ({}, {"customer": day["phones"][0]}):
        assert lines(sandbox, **exact, **customer) == out
        assert (
            lines(sandbox, **{"from": "2040-01-01T06:01:59.999Z", "to": exact["to"]}, type="redeem", **customer) == out
        )
        assert lines(sandbox, **{**exact, "from": "2040-01-01T06:02:00.001Z"}, **customer) == []
        assert lines(sandbox, **{**exact, "to": "2040-01-01T06:01:59.999Z"}, **customer) == []
        assert lines(sandbox, **{"from": "2040-01-01T11:32:00+05:30", "to": exact["to"]}, **customer) == out
        assert lines(sandbox, **{"from": "2040-01-01T06:05:00Z", "to": "2040-01-01T06:00:00Z"}, **customer) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-13-01"}, "to"),
        ({"from": ""}, "from"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "to"),
        ({"type": "refused"}, "type"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "3001", "format": "csv"}, "limit"),
        ({"customer": "nobody"}, "customer"),
        ({"customer": "9" * 129}, "customer"),
        ({"reference": ""}, "reference"),
        ({"reference": "a\tb"}, "reference"),
        ({"format": "xml"}, "format"),
        ({"cursor": "x" * 1025}, "cursor"),
    ],
)
def test_a_query_that_makes_no_sense_names_the_field(sandbox: Any, query: dict[str, str], field: str) -> None:
    assert field in refusal(sandbox.get(LEDGER, params=query), 400, "validation_error")["errors"]


def test_a_parameter_given_twice_is_refused(sandbox: Any) -> None:
    assert "type" in refusal(sandbox.get(f"{LEDGER}?type=issue&type=redeem"), 400, "validation_error")["errors"]


def test_pages_have_no_gap_and_no_repeat_while_new_entries_arrive(sandbox: Any) -> None:
    phone, filters = "+919800000111", {"from": "2040-02-01T00:00:00Z", "to": "2040-02-28T00:00:00Z"}
    for number in range(11):
        # Two to a millisecond: the order of those is by their ids.
        issue(sandbox, f"2040-02-01T06:00:{number // 2:02d}Z", phone, reference=f"P-{number}")
    whole = [row["transaction_id"] for row in data(sandbox.get(LEDGER, params={**filters, "limit": 100}))]
    assert len(set(whole)) == 11
    for more in ({}, {"customer": phone}, {"type": "issue"}):
        for limit in (1, 3, 11, 12):
            parts = pages(sandbox, limit, **filters, **more)
            assert [len(part) for part in parts[:-1]] == [limit] * (len(parts) - 1)
            found = [row["transaction_id"] for part in parts for row in part]
            # One wallet's entries go by their number, the merchant's by time and id.
            assert found == whole if "customer" not in more else sorted(found) == sorted(whole)

    first = sandbox.get(LEDGER, params={**filters, "limit": 4}).json()
    for number in range(3):
        issue(sandbox, f"2040-02-02T06:00:0{number}Z", phone, reference=f"P-late-{number}")
    rest, cursor = [], first["meta"]["next_cursor"]
    while cursor:
        answer = sandbox.get(LEDGER, params={**filters, "limit": 4, "cursor": cursor})
        rest += data(answer)
        cursor = answer.json()["meta"]["next_cursor"]
    assert [row["transaction_id"] for row in [*first["data"], *rest]] == whole


def test_a_page_may_be_longer_than_the_one_before(sandbox: Any, day: dict[str, Any]) -> None:
    first = sandbox.get(LEDGER, params={**month("2040-01"), "limit": 1}).json()
    rest = data(sandbox.get(LEDGER, params={**month("2040-01"), "limit": 50, "cursor": first["meta"]["next_cursor"]}))
    assert len(first["data"] + rest) == 5


def test_a_cursor_is_good_for_its_tenant_its_mode_its_list_and_its_filters_alone(
    sandbox: Any, live: Any, keyed: Any, day: dict[str, Any]
) -> None:
    def cursor(path: str = LEDGER, **filters: Any) -> str:
        return str(sandbox.get(path, params={**filters, "limit": 1}).json()["meta"]["next_cursor"])

    filters = month("2040-01")
    given = cursor(**filters)
    assert data(sandbox.get(LEDGER, params={**filters, "cursor": given}))
    for stranger in (keyed("second_merchant_test_key"), keyed("closed_loop_test_key"), keyed("other_tenant_key"), live):
        refusal(stranger.get(LEDGER, params={**filters, "cursor": given}), 400, "invalid_cursor")
    for others in ({}, {**filters, "type": "issue"}, {**filters, "to": "2041-01-01T00:00:00Z"}):
        refusal(sandbox.get(LEDGER, params={**others, "cursor": given}), 400, "invalid_cursor")
    refusal(sandbox.get(AUDIT, params={**filters, "cursor": given}), 400, "invalid_cursor")
    refusal(sandbox.get(LEDGER, params={**filters, "cursor": cursor(AUDIT, **filters)}), 400, "invalid_cursor")
    by_customer = {"customer": day["phones"][0]}
    refusal(live.get(LEDGER, params={**by_customer, "cursor": cursor(**by_customer)}), 400, "invalid_cursor")


@pytest.mark.parametrize("cursor", ["x", "AAAA", "é", "=" * 8, "%00", "A" * 1024, "null", "🙂"])
def test_a_cursor_that_nobody_was_given_is_refused(sandbox: Any, cursor: str) -> None:
    refusal(sandbox.get(LEDGER, params={"cursor": cursor}), 400, "invalid_cursor")


def test_a_changed_cursor_is_refused(sandbox: Any, day: dict[str, Any]) -> None:
    given = sandbox.get(LEDGER, params={**month("2040-01"), "limit": 1}).json()["meta"]["next_cursor"]
    for place in (0, len(given) // 2, len(given) - 3):
        other = "A" if given[place] != "A" else "B"
        changed = given[:place] + other + given[place + 1 :]
        refusal(sandbox.get(LEDGER, params={**month("2040-01"), "cursor": changed}), 400, "invalid_cursor")


def test_a_neighbour_in_the_network_sees_its_own_movements_alone(sandbox: Any, keyed: Any) -> None:
    """Both serve the same customer; a customer's statement shows a merchant only what that merchant did."""
    neighbour, phone = keyed("second_merchant_test_key"), "+919800000121"
    mine = issue(sandbox, f"2040-03-01{MORNING}", phone)
    theirs = issue(neighbour, f"2040-03-01{MORNING}", phone)
    for filters in (month("2040-03"), {**month("2040-03"), "customer": phone}):
        assert [row["transaction_id"] for row in data(sandbox.get(LEDGER, params=filters))] == [mine["transaction_id"]]
        seen = [row["transaction_id"] for row in data(neighbour.get(LEDGER, params=filters))]
        assert seen == [theirs["transaction_id"]]


# -- CSV -------------------------------------------------------------------------------------------------------------

FORMULAS = [
    '=HYPERLINK("http://example.com","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "＝1＋1",  # full width, as a Japanese spreadsheet reads it
    'quote " comma , semicolon ;',
    "राम की दुकान 🙂",
]


def rows(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_csv_has_the_same_lines_as_json(sandbox: Any, day: dict[str, Any]) -> None:
    answer = sandbox.get(LEDGER, params=month("2040-01"), headers={"Accept": "text/csv"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ledger.csv"'
    assert answer.content.count(b"\r\n") == 6
    lines_as_json = data(sandbox.get(LEDGER, params=month("2040-01")))
    written = rows(answer)
    # Whose number it is, is for the list that people look at: a file names customers by their ids.
    assert list(written[0]) == [name for name in lines_as_json[0] if name not in ("customer_phone", "customer_name")]
    assert [row["transaction_id"] for row in written] == [row["transaction_id"] for row in lines_as_json]
    assert written[4]["bill_amount"] == "99.95"
    assert (written[2]["note"], written[1]["note"]) == ("", "wrong till")


def test_no_cell_of_the_csv_is_taken_for_a_formula(sandbox: Any) -> None:
    phone = "+919800000131"
    for number, text in enumerate(FORMULAS):
        issue(sandbox, f"2040-04-01T06:00:0{number}Z", phone, reference=text)
    made = issue(sandbox, "2040-04-01T06:00:08Z", phone)["transaction_id"]
    note = "\n=1+1"
    data(sandbox.at("2040-04-01T06:00:09Z").post(f"/api/v1/merchant/coins/{made}/reverse", {"reason": note}))
    written = rows(sandbox.get(LEDGER, params={**month("2040-04"), "format": "csv"}))
    for row in written:
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")), cell
    assert [row["reference"].removeprefix("'") for row in reversed(written)] == [*FORMULAS, "", ""]
    assert written[0]["note"] == f"'{note}"


def test_csv_goes_on_where_the_header_says(sandbox: Any, day: dict[str, Any]) -> None:
    asked = {**month("2040-01"), "format": "csv", "limit": 2}
    found, headers = [], {}
    for _ in range(3):
        answer = sandbox.get(LEDGER, params={**asked, **headers})
        found += [row["transaction_id"] for row in rows(answer)]
        headers = {"cursor": answer.headers.get("X-Next-Cursor")}
    assert headers == {"cursor": None}
    assert found == lines(sandbox)


@pytest.mark.parametrize(
    ("accept", "format", "media"),
    [
        ("text/csv", None, "text/csv; charset=utf-8"),
        ("application/json, text/csv;q=0.5", None, "text/csv; charset=utf-8"),
        ("text/csv;q=0, application/json", None, "application/json"),
        ("*/*", None, "application/json"),
        ("text/csv", "json", "application/json"),
        ("application/json", "csv", "text/csv; charset=utf-8"),
    ],
)
def test_the_format_is_as_asked_else_as_accepted(sandbox: Any, accept: str, format: str | None, media: str) -> None:
    answer = sandbox.get(LEDGER, params={"limit": 1, "format": format}, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, media)


def test_a_list_of_nothing_is_empty_and_no_error(sandbox: Any) -> None:
    answer = sandbox.get(LEDGER, params=month("2039-01"))
    assert (data(answer), answer.json()["meta"]) == ([], {"next_cursor": None, "limit": 20})
    assert rows(sandbox.get(LEDGER, params={**month("2039-01"), "format": "csv"})) == []
