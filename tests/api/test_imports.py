"""Moving in over HTTP: a CSV file announced, uploaded, checked, applied and taken back.

create_import, list_imports, read_import, list_import_rows, check_import, apply_import, reverse_import; the workflow
run_import with begin_import, check_import_part, post_import_part, finish_import and fail_import.
"""

from __future__ import annotations

import csv
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from batua import clock
from batua.audit.verify import verify_wallet
from batua.imports import record as records
from batua.imports import requests as use_cases
from batua.store import import_keys, keys
from batua.store.store import store
from tests.api.conftest import Client
from tests.api.import_fixtures import *  # noqa: F403 - fixtures
from tests.api.import_fixtures import IMPORTS, Shop, file_of, phones
from tests.api.program_fixtures import SignIn, change, made, tenant


def test_a_file_is_checked_applied_and_in_the_customers_wallets(shop: Shop, phone: str) -> None:
    one, two, three = phones(3, phone)
    content = (
        f'Customer,Mobile No,Points,Valid till,Bill no\r\nAsha,{one[3:]},"1,200",31/03/2090,A-1\r\n'
        f"Birbal,'{two},80,never,\r\nNobody,{three},0,,\r\nWrong,12345,5,,\r\n"
    )
    seen = shop.checked(content, sha256=hashlib.sha256(content.encode()).hexdigest())
    assert (seen["status"], seen["mapping"]["phone"], seen["mapping"]["expires_on"]) == (
        "checked",
        "Mobile No",
        "Valid till",
    )
    counts = seen["counts"]
    assert (counts["rows"], counts["ready"], counts["problems"], counts["coins"]) == (4, 3, 1, 1280)
    assert (counts["new_customers"], counts["known_customers"]) == (3, 0)
    assert seen["expiring"] == [{"month": "2090-03", "coins": 1200}, {"month": "never", "coins": 80}]
    assert shop.balance(one) is None, "a check changes nothing"
    [problem] = shop.rows(seen["id"], status="problem")
    assert (problem["line"], problem["phone"]) == (5, "12345")
    assert problem["message"].startswith("phone is a placeholder")
    seen = shop.run(seen["id"], "apply")
    assert (seen["status"], seen["counts"]["imported"], seen["counts"]["coins_imported"]) == ("applied", 3, 1280)
    assert [shop.balance(each) for each in (one, two)] == [1200, 80]
    assert shop.till.get("/api/v1/merchant/customers/lookup", params={"phone": three}).status_code == 200
    balance = shop.till.get("/api/v1/merchant/customers/balance", params={"phone": one}).json()["data"]
    assert [(lot["month"], lot["coins"]) for lot in balance["expiring"]] == [("2090-03", 1200)]
    ledger = shop.till.get("/api/v1/merchant/ledger", params={"type": "import"})
    lines = ledger.json()["data"]
    assert {(line["coins"], line["reference"]) for line in lines} == {(1200, "A-1"), (80, None)}
    assert all(line["note"].startswith(seen["id"]) for line in lines)
    report = requests.get(seen["report"]["url"], timeout=30)
    rows = list(csv.DictReader(io.StringIO(report.text)))
    assert [(row["line"], row["status"]) for row in rows] == [
        ("2", "imported"), ("3", "imported"), ("4", "imported"), ("5", "problem"),
    ]  # fmt: skip
    scope = keys.scope("live", shop.tenant_id)
    for row in shop.rows(seen["id"], status="imported"):
        if row["transaction_id"]:
            entry = store().read([keys.transaction_key(scope, row["transaction_id"])])
            wallet = next(iter(entry.values()))["g1p"].rpartition("#")[2]  # type: ignore[index]
            assert verify_wallet(store(), scope, wallet).findings == []


def test_the_same_file_under_another_name_is_not_brought_in_again(shop: Shop, phone: str) -> None:
    content = file_of(phones(3, phone))
    first = shop.run(shop.checked(content)["id"], "apply")
    second = shop.checked(content, file_name="other.csv")
    refused = shop.admin.post(f"{IMPORTS}/{second['id']}/apply", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "file_already_imported")
    assert refused.json()["meta"]["import_id"] == first["id"]
    assert [shop.balance(each) for each in phones(3, phone)] == [100, 101, 102]


def test_a_part_that_is_run_again_gives_nothing_twice(shop: Shop, phone: str, platform: Any) -> None:
    seen = shop.run(shop.checked(file_of(phones(4, phone)))["id"], "apply")
    scope = keys.scope("live", shop.tenant_id)
    key = import_keys.import_key(scope, shop.tenant_id, seen["id"])
    record = records.load_import(store(), key)
    assert record
    again = records.changed(record, status="apply_failed", applied_at=None)
    assert records.commit_import(store(), record, again)
    repeated = shop.run(seen["id"], "apply")
    assert (repeated["status"], repeated["counts"]["imported"]) == ("applied", 4)
    assert [shop.balance(each) for each in phones(4, phone)] == [100, 101, 102, 103]


def test_an_import_is_taken_back_as_a_whole_as_far_as_it_was_not_spent(shop: Shop, phone: str) -> None:
    one, two = phones(2, phone)
    content = file_of([one, two])
    seen = shop.run(shop.checked(content)["id"], "apply")
    spent = shop.till.post("/api/v1/merchant/coins/redeem", {"phone": one, "coins": 30})
    assert spent.status_code == 200, spent.text
    seen = shop.run(seen["id"], "reverse")
    counts = seen["counts"]
    assert (seen["status"], counts["reversed"], counts["reversed_short"]) == ("reversed", 1, 1)
    assert counts["coins_reversed"] == 70 + 101
    assert [shop.balance(one), shop.balance(two)] == [0, 0]
    [short] = shop.rows(seen["id"], status="short")
    assert "30 of the coins had been spent" in short["message"]
    assert shop.admin.post(f"{IMPORTS}/{seen['id']}/reverse", {}).status_code == 409
    scope = keys.scope("live", shop.tenant_id)
    for row in shop.rows(seen["id"]):
        key = keys.transaction_key(scope, row["transaction_id"])
        entry = store().read([key])[key]
        assert entry
        assert entry["kind"] == "reverse_import"
        assert verify_wallet(store(), scope, entry["g1p"].rpartition("#")[2]).findings == []
    # After the reversal the same file may come again, and gives its coins once more.
    again = shop.run(shop.checked(content)["id"], "apply")
    assert again["counts"]["coins_imported"] == 201
    assert [shop.balance(one), shop.balance(two)] == [100, 101]


def test_after_a_day_an_import_is_no_longer_reversed_as_a_whole(
    shop: Shop, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = shop.run(shop.checked(file_of([phone]))["id"], "apply")
    monkeypatch.setattr(use_cases, "REVERSIBLE_MS", -clock.DAY_MS)
    late = shop.admin.post(f"{IMPORTS}/{seen['id']}/reverse", {})
    assert (late.status_code, late.json()["code"]) == (409, "import_reversal_closed")


def test_lines_that_say_the_same_are_shown_and_skipped_or_kept(shop: Shop, phone: str) -> None:
    content = f"phone,coins\n{phone},50\n{phone[3:]},50\n{phone},20\n"
    seen = shop.checked(content)
    assert (seen["counts"]["ready"], seen["counts"]["duplicates"], seen["counts"]["coins"]) == (2, 1, 70)
    [duplicate] = shop.rows(seen["id"], status="duplicate")
    assert (duplicate["line"], duplicate["message"]) == (3, "says the same as line 2")
    kept = shop.run(seen["id"], "check", {"duplicates": "keep"})
    assert (kept["counts"]["ready"], kept["counts"]["repeated"], kept["counts"]["coins"]) == (3, 1, 120)
    shop.run(seen["id"], "apply")
    assert shop.balance(phone) == 120


def test_coins_are_issued_in_bulk_by_the_earning_rules(shop: Shop, phone: str) -> None:
    one, two = phones(2, phone)
    content = f"Mobile,Bill amount,Coins,Bill no\n{one},1000,,B-1\n{two},,25,B-2\n{two},1,,B-3\n"
    seen = shop.run(shop.checked(content, kind="issue")["id"], "apply")
    assert (seen["counts"]["imported"], seen["counts"]["refused"]) == (2, 1)
    assert [shop.balance(one), shop.balance(two)] == [50, 25]
    [refused] = shop.rows(seen["id"], status="refused")
    assert refused["message"].startswith("No earning rule gives coins for this bill.")
    seen = shop.run(seen["id"], "reverse")
    assert (seen["counts"]["reversed"], seen["counts"]["not_reversed"]) == (2, 1)
    assert [shop.balance(one), shop.balance(two)] == [0, 0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"phone,coins\n\xff\xfe,5\n", "Line 2 is not in UTF-8"),
        (b"PK\x03\x04\x00\x00", "not a CSV file"),
        (b"phone,coins\n", "a header but no rows"),
        (b"name,coins\nAsha,5\n", "No column holds the phone number"),
        (b'phone,coins\n"98450,5\n', "Line 2 cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_rejected_with_the_reason(shop: Shop, content: bytes, reason: str) -> None:
    seen = shop.checked(content)
    assert seen["status"] == "rejected"
    assert reason in seen["reason"]
    refused = shop.admin.post(f"{IMPORTS}/{seen['id']}/apply", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "import_not_in_state")


def test_a_column_that_is_not_there_is_named(shop: Shop, phone: str) -> None:
    created = shop.uploaded(f"tel,pts\n{phone},5\n")
    seen = shop.run(created["id"], "check", {"mapping": {"phone": "telephone"}})
    assert (
        seen["reason"]
        == "The column 'telephone', mapped to phone, is not in the file. The file's columns are tel, pts."
    )
    seen = shop.run(created["id"], "check", {"mapping": {"phone": "tel", "coins": "pts"}})
    assert (seen["status"], seen["counts"]["ready"]) == ("checked", 1)
    wrong = shop.admin.post(f"{IMPORTS}/{created['id']}/check", {"mapping": {"phone": "tel", "bill_amount": "pts"}})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["mapping.bill_amount"])


def test_an_import_is_created_once_for_a_key_and_listed(shop: Shop) -> None:
    body = {"file_name": "a.csv", "size": 10, "idempotency_key": "one"}
    first = made(shop.admin.post(IMPORTS, body))
    again = shop.admin.post(IMPORTS, body)
    assert (again.json()["data"]["id"], again.headers["idempotency-replayed"]) == (first["id"], "true")
    other = shop.admin.post(IMPORTS, {**body, "size": 11})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    second = made(shop.admin.post(IMPORTS, {"file_name": "b.csv", "size": 10}))
    page = shop.admin.get(IMPORTS, params={"limit": 1}).json()
    assert [one["id"] for one in page["data"]] == [second["id"]]
    rest = shop.admin.get(IMPORTS, params={"limit": 1, "cursor": page["meta"]["next_cursor"]}).json()
    assert [one["id"] for one in rest["data"]] == [first["id"]]
    assert rest["meta"]["next_cursor"] is None


def test_nobody_else_sees_an_import_or_brings_balances_into_a_network(
    shop: Shop, newcomer: Any, sign_in: SignIn, credentials: dict[str, Any], platform: Any
) -> None:
    created = made(shop.admin.post(IMPORTS, {"file_name": "a.csv", "size": 10}))
    stranger = sign_in(newcomer())
    assert stranger.get(f"{IMPORTS}/{created['id']}").status_code == 404
    for phase in ("check", "apply", "reverse"):
        assert stranger.post(f"{IMPORTS}/{created['id']}/{phase}", {}).status_code == 404
    cashier = sign_in(shop.tenant_id, "cashier")
    assert cashier.post(IMPORTS, {"file_name": "a.csv", "size": 10}).status_code == 403
    unproven = Client(shop.admin.url, {"Authorization": shop.admin.headers["Authorization"]})
    refused = unproven.post(f"{IMPORTS}/{created['id']}/apply", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "reauthentication_required")
    member = Client(platform.url, {"Authorization": f"Bearer {credentials['merchant_tenant_admin']['token']}"})
    refused = member.post(IMPORTS, {"file_name": "a.csv", "size": 10})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_program_owner")
    assert member.post(IMPORTS, {"file_name": "a.csv", "size": 10, "kind": "issue"}).status_code == 201


def test_rows_of_a_paused_program_are_refused_and_follow_when_it_is_active_again(shop: Shop, phone: str) -> None:
    seen = shop.checked(file_of([phone]))
    assert change(shop.admin, shop.program, {"status": "paused"}).status_code == 200
    seen = shop.run(seen["id"], "apply")
    assert (seen["counts"]["imported"], seen["counts"]["refused"]) == (0, 1)
    assert "paused" in shop.rows(seen["id"], status="refused")[0]["message"]
    assert tenant(shop.tenant_id).program is not None


def test_one_key_sent_at_once_makes_one_import(shop: Shop) -> None:
    body = {"file_name": "a.csv", "size": 10, "idempotency_key": "at-once"}
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: shop.admin.post(IMPORTS, body), range(12)))
    assert [answer.status_code for answer in answers] == [201] * 12
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
