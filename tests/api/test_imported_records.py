"""Who customers are and what they did elsewhere, from a file: never a coin, once for all, and out again as a whole.

list_imported_history, and the kinds `customers` and `history` of create_import, check_import, apply_import and
reverse_import.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

import requests

from batua.imports import record as records
from batua.store import import_keys, keys
from batua.store.store import store
from tests.api.conftest import Client
from tests.api.import_fixtures import *  # noqa: F403 - fixtures
from tests.api.import_fixtures import IMPORTS, Shop, phones
from tests.api.program_fixtures import SignIn
from tests.waiting import until

HISTORY = "Mobile,Bill Date,Type,Points,Bill amount,Bill no,Outlet\n"


def lookup(shop: Shop, phone: str) -> Any:
    answer = shop.till.get("/api/v1/merchant/customers/lookup", params={"phone": phone})
    return answer.json()["data"] if answer.status_code == 200 else None


def history(shop: Shop, phone: str, **query: Any) -> Any:
    customer = lookup(shop, phone)["customer"]["id"]
    answer = shop.till.get(f"/api/v1/merchant/customers/{customer}/imported-history", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ledger(shop: Shop) -> list[Any]:
    rows: list[Any] = shop.till.get("/api/v1/merchant/ledger").json()["data"]
    return rows


def again(shop: Shop, id: str) -> dict[str, Any]:
    """Applies an import a second time, as a run that broke off at its end would be."""
    key = import_keys.import_key(keys.scope("live", shop.tenant_id), shop.tenant_id, id)
    record = records.load_import(store(), key)
    assert record
    assert records.commit_import(store(), record, records.changed(record, status="apply_failed", applied_at=None))
    return shop.run(id, "apply")


def test_tags_come_with_profiles_and_stay_where_there_are_some(shop: Shop, phone: str) -> None:
    one, two = phones(2, phone)
    first = shop.checked(f"Mobile,Segments\n{one},VIP; Old friends\n{two},v!p\n", kind="customers")
    assert (first["counts"]["ready"], first["counts"]["problems"]) == (1, 1)
    assert "letters a to z" in shop.rows(first["id"], status="problem")[0]["message"]
    first = shop.run(first["id"], "apply")
    assert first["counts"]["imported"] == 1
    assert lookup(shop, one)["customer"]["tags"] == ["vip", "old-friends"]
    second = shop.checked(f"phone,tags\n{one},staff\n", kind="customers")
    second = shop.run(second["id"], "apply")
    assert shop.rows(second["id"], status="unchanged")[0]["message"] == "kept as it was: tags"
    shop.run(first["id"], "reverse")
    assert lookup(shop, one) is None


def test_profiles_fill_in_what_is_not_known_and_replace_nothing(shop: Shop, phone: str) -> None:
    one, two, three = phones(3, phone)
    first = shop.checked(f"Mobile,Customer Name,Language\n{one},Asha Rao,Hindi\n{two},,\n", kind="customers")
    assert (first["counts"]["ready"], first["counts"]["coins"], first["counts"]["new_customers"]) == (2, 0, 2)
    assert lookup(shop, one) is None, "a check changes nothing"
    first = shop.run(first["id"], "apply")
    assert first["counts"]["imported"] == 2
    assert lookup(shop, one)["customer"]["name"] == "Asha Rao"
    assert (lookup(shop, two)["customer"]["name"], lookup(shop, two)["wallets"]) == (None, [])
    content = f"phone,name,sms\n{one},Someone Else,\n{two},Birbal,no\n{two},Birbal Singh,\n{three},Chitra,perhaps\n"
    second = shop.checked(content, {"duplicates": "keep"}, kind="customers")
    assert (second["counts"]["ready"], second["counts"]["duplicates"], second["counts"]["problems"]) == (2, 1, 1)
    assert shop.rows(second["id"], status="duplicate")[0]["message"] == "is about the same customer as line 3"
    assert shop.rows(second["id"], status="problem")[0]["message"] == "messages must be yes or no, and is 'perhaps'"
    second = shop.run(second["id"], "apply")
    assert (second["counts"]["imported"], second["counts"]["unchanged"]) == (1, 1)
    assert shop.rows(second["id"], status="unchanged")[0]["message"] == "kept as it was: name"
    assert [lookup(shop, each)["customer"]["name"] for each in (one, two)] == ["Asha Rao", "Birbal"]
    assert again(shop, second["id"])["counts"]["imported"] == 1
    assert ledger(shop) == []
    # Out again: of `two` what the second import said; the first has made both, and nobody has used them.
    assert shop.run(second["id"], "reverse")["counts"]["reversed"] == 1
    assert [lookup(shop, each)["customer"]["name"] for each in (one, two)] == ["Asha Rao", None]
    assert shop.run(first["id"], "reverse")["counts"]["reversed"] == 2
    assert [lookup(shop, each) for each in (one, two)] == [None, None]


def test_a_customer_who_holds_coins_by_then_stays_without_the_name_when_the_import_is_reversed(
    shop: Shop, phone: str
) -> None:
    seen = shop.run(shop.checked(f"phone,name\n{phone},Asha Rao\n", kind="customers")["id"], "apply")
    issued = shop.till.post("/api/v1/merchant/coins/issue", {"phone": phone, "coins": 30})
    assert issued.status_code == 200, issued.text
    assert shop.run(seen["id"], "reverse")["counts"]["reversed"] == 1
    assert lookup(shop, phone)["customer"]["name"] is None
    assert shop.balance(phone) == 30


def test_history_is_to_be_read_and_moves_no_coin_however_often_it_comes(shop: Shop, phone: str) -> None:
    one, two = phones(2, phone)
    content = (
        f"{HISTORY}{one},31/03/2025,Sale,,2400,A-1,Jayanagar\n{one},2025-04-02 18:20,Earn,120,,A-1,\n"
        f"{one},05/04/2025,,-40,,A-2,\n{one},05/04/2025,,-40,,A-2,\n{two},2025-05-01,visit,,99.50,,\n"
        f"{two},2090-01-01,sale,,10,,\n{two},,sale,,10,,\n{two},2025-05-02,gift,5,,,\n{two},2025-05-02,sale,,,,\n"
    )
    seen = shop.checked(content, kind="history")
    counts = seen["counts"]
    assert (counts["ready"], counts["duplicates"], counts["problems"], counts["coins"]) == (4, 1, 4, 0)
    problems = [row["message"] for row in shop.rows(seen["id"], status="problem")]
    assert [problem.partition(",")[0] for problem in problems] == [
        "date is 2090-01-01",
        "date must be given",
        "type must be one of purchase",
        "coins or bill_amount must be given",
    ]
    seen = shop.run(seen["id"], "apply")
    assert (seen["counts"]["imported"], seen["counts"]["coins_imported"]) == (4, 0)
    assert again(shop, seen["id"])["counts"]["imported"] == 4
    assert (ledger(shop), shop.balance(one)) == ([], None)
    lines = history(shop, one)["data"]
    assert [(line["type"], line["coins"], line["bill_amount"], line["place"]) for line in lines] == [
        ("redeemed", -40, None, None), ("earned", 120, None, None), ("purchase", None, 2400, "Jayanagar"),
    ]  # fmt: skip
    assert lines[1]["occurred_at"] == "2025-04-02T12:50:00.000Z", "18:20 in the program's time zone"
    page = history(shop, one, limit=2)
    rest = history(shop, one, limit=2, cursor=page["meta"]["next_cursor"])
    assert [*page["data"], *rest["data"]] == lines
    assert rest["meta"]["next_cursor"] is None
    # Another export of the same lines, with one that is new.
    more = shop.checked(f"{content}{two},2025-06-01,sale,,500,B-1,\n", kind="history")
    more = shop.run(more["id"], "apply")
    assert (more["counts"]["imported"], more["counts"]["unchanged"]) == (1, 4)
    assert shop.rows(more["id"], status="unchanged")[0]["message"] == f"{seen['id']} has brought in the same line"
    assert shop.run(more["id"], "reverse")["counts"]["reversed"] == 1
    assert len(history(shop, one)["data"]) == 3, "lines of another import stay"
    assert shop.run(seen["id"], "reverse")["counts"]["reversed"] == 4
    assert [lookup(shop, each) for each in (one, two)] == [None, None]


def test_lines_that_say_the_same_are_all_kept_where_the_file_means_it(shop: Shop, phone: str) -> None:
    content = f"{HISTORY}" + f"{phone},05/04/2025,sale,,40,,\n" * 3
    seen = shop.checked(content, {"duplicates": "keep"}, kind="history")
    assert (seen["counts"]["ready"], seen["counts"]["repeated"]) == (3, 2)
    shop.run(seen["id"], "apply")
    assert len(history(shop, phone)["data"]) == 3


def test_a_file_of_history_without_dates_is_rejected(shop: Shop, phone: str) -> None:
    seen = shop.checked(f"phone,amount\n{phone},50\n", kind="history")
    assert (seen["status"], seen["reason"]) == (
        "rejected",
        "No column holds the date: name it in mapping.date. The file's columns are phone, amount.",
    )


def test_only_the_owner_brings_records_into_a_network_and_only_who_knows_a_customer_sees_them(
    shop: Shop, phone: str, newcomer: Any, sign_in: SignIn, credentials: dict[str, Any], platform: Any
) -> None:
    owner = Client(
        platform.url,
        {
            "Authorization": f"Bearer {credentials['tenant_admin']['token']}",
            "X-Reauthentication": credentials["tenant_admin"]["proof"],
        },
    )
    member = Client(platform.url, {"Authorization": f"Bearer {credentials['merchant_tenant_admin']['token']}"})
    for kind in ("customers", "history"):
        refused = member.post(IMPORTS, {"file_name": "a.csv", "size": 10, "kind": kind})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_program_owner")
    network = Shop("", owner, owner, "")
    seen = network.checked(f"phone,name\n{phone},Asha Rao\n", kind="customers")
    network.run(seen["id"], "apply")
    try:
        found = owner.get("/api/v1/merchant/customers/lookup", params={"phone": phone}).json()["data"]["customer"]
        assert found["name"] == "Asha Rao"
        seen_by_member = member.get("/api/v1/merchant/customers/lookup", params={"phone": phone})
        assert seen_by_member.json()["data"]["customer"]["name"] is None
        refused = member.get(f"/api/v1/merchant/customers/{found['id']}/imported-history")
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        stranger = shop.till.get(f"/api/v1/merchant/customers/{found['id']}/imported-history")
        assert stranger.status_code == 404
        assert owner.get("/api/v1/merchant/customers/nobody/imported-history").status_code == 404
    finally:
        network.run(seen["id"], "reverse")


def test_imported_customers_are_exported_with_their_history_without_a_visit(shop: Shop, phone: str) -> None:
    one, two = phones(2, phone)
    shop.run(shop.checked(f"phone,name\n{one},Asha Rao\n", kind="customers")["id"], "apply")
    lines = f"{HISTORY}{one},31/03/2025,Sale,,2400,A-1,Jayanagar\n{two},2025-04-02,Earn,120,,A-1,\n"
    shop.run(shop.checked(lines, kind="history")["id"], "apply")
    exports = "/api/v1/tenant/exports"
    id = made_export(shop, exports)

    def finished() -> dict[str, Any] | None:
        seen: dict[str, Any] = shop.admin.get(f"{exports}/{id}").json()["data"]
        return seen if seen["status"] == "finished" else None

    [file] = until(finished)["files"]
    raw = gzip.decompress(requests.get(file["url"], timeout=30).content).decode()
    rows = {row["phone"]: row for row in map(json.loads, raw.splitlines())}
    assert (rows[one]["name"], [line["reference"] for line in rows[one]["history"]]) == ("Asha Rao", ["A-1"])
    assert [line["coins"] for line in rows[two]["history"]] == [120]


def made_export(shop: Shop, exports: str) -> str:
    answer = shop.admin.post(exports, {"collections": ["imported_customers"]})
    assert answer.status_code in (201, 202), answer.text
    return str(answer.json()["data"]["id"])
