"""Redemptions through the gateway.

POST /api/v1/rewards/{id}/redeem
GET  /api/v1/rewards/redemptions, /api/v1/rewards/my-redemptions, /api/v1/rewards/redemptions/{id}
POST /api/v1/rewards/redemptions/{id}/approve, …/fulfill, …/reject, …/cancel
(redeem_reward, list_redemptions, list_my_redemptions, read_redemption, approve_redemption, fulfill_redemption,
reject_redemption, cancel_redemption)
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from batua.phone import masked
from local.host import LocalPlatform
from tests.api.conftest import Client
from tests.api.rewarding import (
    REDEMPTIONS,
    URL,
    code,
    coins,
    customer,
    decide,
    left,
    redeem,
    redeemed,
    redemption,
    reward,
)
from tests.api.signed_in import SignedIn, SignIn, name, signed_in  # noqa: F401

ADDRESS = {"name": "Asha Rao", "line1": "12 Lake Road", "city": "Mysuru", "state": "Karnataka", "postal_code": "570001"}


@pytest.fixture(scope="module")
def owner(signed_in: SignIn) -> SignedIn:
    return signed_in("merchant_tenant_admin")


@pytest.fixture(scope="module")
def cashier(signed_in: SignIn) -> SignedIn:
    return signed_in("cashier")


def test_an_instant_reward_takes_the_coins_and_gives_its_code_to_who_redeemed(
    owner: SignedIn, cashier: SignedIn, live: Client, phone: str
) -> None:
    secret = name("CODE")
    id = reward(owner, code={"source": "pool", "valid_days": 30}, codes=[secret])
    done = redeemed(cashier, id, customer(live, phone))
    assert (done["state"], done["has_code"], done["code_shown"], done["due_at"]) == ("fulfilled", True, False, None)
    assert coins(live, phone)[:2] == (90, 0)
    assert left(owner, id) == 0
    assert redemption(cashier, done["id"])["code"] is None
    assert code(owner.get(f"{REDEMPTIONS}/{done['id']}?reveal=true")) == (403, "forbidden")
    assert redemption(cashier, done["id"], reveal="true")["code"] == secret
    shown = redemption(cashier, done["id"], reveal="true")
    assert (shown["code"], shown["code_shown"], shown["valid_until"] is not None) == (secret, True, True)
    assert code(redeem(cashier, id, phone)) == (409, "reward_sold_out")


def test_a_code_is_in_no_list_no_event_no_audit_entry_and_not_in_the_table(
    owner: SignedIn, live: Client, phone: str
) -> None:
    secret = name("LEAK")
    pool = reward(owner, code={"source": "pool"}, codes=[secret])
    static = reward(owner, code={"source": "static", "value": secret})
    customer(live, phone)
    first, second = redeemed(owner, pool, phone), redeemed(owner, static, phone)
    for id in (first["id"], second["id"]):
        assert redemption(owner, id, reveal="true")["code"] == secret
    said = [str(first), str(second), str(redemption(owner, first["id"]))]
    said += [owner.get(f"{path}?limit=100").text for path in (URL, REDEMPTIONS, f"{URL}/my-redemptions")]
    said.append(owner.get(REDEMPTIONS, headers={"Accept": "text/csv"}).text)
    audited = live.get("/api/v1/merchant/audit?limit=100")
    assert audited.status_code == 200, audited.text
    assert audited.text.count("redemption code shown") >= 2
    said.append(audited.text)
    from batua.store.store import store

    for table, beginning in (("directory", "RE"), ("ledger", "L#")):
        said += [repr(item) for item in store().scan_all(table, beginning=beginning)]  # type: ignore[arg-type]
    assert not [text[:200] for text in said if secret in text]


def test_a_manual_reward_holds_the_coins_until_it_is_fulfilled(owner: SignedIn, live: Client, phone: str) -> None:
    id = reward(owner, type="physical", stock=3)
    customer(live, phone)
    wrong = redeem(owner, id, phone)
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["address"])
    done = redeemed(owner, id, phone, address=ADDRESS, note="Gift wrap")
    assert (done["state"], done["note"], left(owner, id)) == ("approved", "Gift wrap", 2)
    assert coins(live, phone)[:2] == (90, 10)
    assert "Lake Road" not in str(done)
    assert redemption(owner, done["id"])["address"]["line1"] == "12 Lake Road"
    gone = redeemed(owner, id, phone, address=ADDRESS)
    decide(owner, gone["id"], "cancel")
    assert redemption(owner, gone["id"])["address"] is None
    shipment = {"carrier": "India Post", "tracking_number": "EK1"}
    sent = decide(owner, done["id"], "fulfill", {"shipment": shipment}).json()["data"]
    assert (sent["state"], sent["shipment"]["tracking_number"]) == ("fulfilled", "EK1")
    assert coins(live, phone)[:2] == (90, 0)
    ledger = live.get("/api/v1/merchant/ledger", params={"customer": phone}).json()["data"]
    assert [entry["type"] for entry in ledger] == ["capture", "void", "hold", "hold", "issue"]
    assert ledger[0]["transaction_id"] == sent["settlement_transaction_id"]


def test_a_code_may_be_handed_over_when_it_is_fulfilled(owner: SignedIn, live: Client, phone: str) -> None:
    id = reward(owner, type="gift_card", benefit={"amount": 100, "provider": "BookBarn"})
    done = redeemed(owner, id, customer(live, phone))
    assert code(owner.get(f"{REDEMPTIONS}/{done['id']}?reveal=true")) == (409, "redemption_not_in_state")
    assert decide(owner, done["id"], "fulfill", {"code": "GC-12345"}).json()["data"]["has_code"] is True
    assert redemption(owner, done["id"], reveal="true")["code"] == "GC-12345"
    own = reward(owner, delivery="manual", code={"source": "generated", "prefix": "KAV-"})
    made = redeemed(owner, own, phone)
    refused = decide(owner, made["id"], "fulfill", {"code": "X-1"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["code"])
    decide(owner, made["id"], "fulfill")
    assert redemption(owner, made["id"], reveal="true")["code"].startswith("KAV-")


@pytest.mark.parametrize("act", ["reject", "cancel"])
def test_what_is_rejected_or_cancelled_gives_back_the_same_lots_stock_limit_and_code(
    owner: SignedIn, live: Client, phone: str, act: str
) -> None:
    id = reward(owner, approval_required=True, code={"source": "pool"}, codes=["ONLY-1"], limits={"ever": 1, "day": 1})
    before = coins(live, customer(live, phone))
    done = redeemed(owner, id, phone)
    assert (done["state"], left(owner, id), coins(live, phone)[:2]) == ("pending", 0, (90, 10))
    ended = decide(owner, done["id"], act, {"reason": "Not today"}).json()["data"]
    assert (ended["state"], ended["reason"]) == ("rejected" if act == "reject" else "cancelled", "Not today")
    assert coins(live, phone) == before
    assert left(owner, id) == 1
    again = redeemed(owner, id, phone)
    assert decide(owner, again["id"], "approve").json()["data"]["state"] == "fulfilled"
    assert redemption(owner, again["id"], reveal="true")["code"] == "ONLY-1"
    assert code(decide(owner, again["id"], act)) == (409, "redemption_not_in_state")


def test_an_approved_manual_reward_waits_to_be_fulfilled(owner: SignedIn, live: Client, phone: str) -> None:
    id = reward(owner, approval_required=True)
    done = redeemed(owner, id, customer(live, phone))
    assert code(decide(owner, done["id"], "fulfill")) == (409, "redemption_not_in_state")
    key = name("approve")
    first = decide(owner, done["id"], "approve", {"note": "Fine"}, key)
    assert first.json()["data"]["state"] == "approved"
    again = decide(owner, done["id"], "approve", {"note": "Fine"}, key)
    assert (again.headers["Idempotency-Replayed"], again.json()["data"]) == ("true", first.json()["data"])
    assert code(decide(owner, done["id"], "approve", {"note": "Other"}, key)) == (422, "idempotency_key_reused")
    assert code(decide(owner, done["id"], "approve")) == (409, "redemption_not_in_state")
    assert coins(live, phone)[:2] == (90, 10)
    key = name("fulfil")
    assert decide(owner, done["id"], "fulfill", key=key).json()["data"]["state"] == "fulfilled"
    assert decide(owner, done["id"], "fulfill", key=key).headers["Idempotency-Replayed"] == "true"
    assert code(decide(owner, done["id"], "cancel")) == (409, "redemption_not_in_state")
    assert coins(live, phone)[:2] == (90, 0)


def test_the_same_key_redeems_once_even_when_nothing_is_left(owner: SignedIn, live: Client, phone: str) -> None:
    id, key = reward(owner, stock=1, limits={"ever": 1}), name("redeem")
    customer(live, phone)
    first = redeem(owner, id, phone, key=key)
    again = redeem(owner, id, phone, key=key)
    assert (first.status_code, again.status_code, again.headers["Idempotency-Replayed"]) == (201, 201, "true")
    assert again.json()["data"] == first.json()["data"]
    assert (coins(live, phone)[:2], left(owner, id)) == ((90, 10), 0)
    decide(owner, first.json()["data"]["id"], "fulfill", {"note": "Done", "code": "C-1"})
    assert redeem(owner, id, phone, key=key).json()["data"] == first.json()["data"]
    at_once, key = reward(owner, code={"source": "generated", "valid_days": 3}), name("redeem")
    first = redeem(owner, at_once, phone, key=key)
    redemption(owner, first.json()["data"]["id"], reveal="true")
    assert redeem(owner, at_once, phone, key=key).json()["data"] == first.json()["data"]
    other = reward(owner)
    assert code(redeem(owner, other, phone, key=key, note="Other")) == (422, "idempotency_key_reused")
    by_reference = name("order")
    one = redeemed(owner, other, phone, reference=by_reference)
    assert redeemed(owner, other, phone, reference=by_reference)["id"] == one["id"]


def test_each_refusal_changes_nothing(owner: SignedIn, live: Client, phone: str) -> None:
    customer(live, phone, 25)
    limited = reward(owner, limits={"day": 1, "month": 5})
    redeemed(owner, limited, phone)
    refused = redeem(owner, limited, phone)
    assert code(refused) == (409, "reward_limit_reached")
    assert refused.json()["meta"] == {"limit": 1, "period": "day"}
    dear = redeem(owner, reward(owner, points=16), phone)
    assert code(dear) == (409, "insufficient_balance")
    assert dear.json()["meta"] == {"balance": 25, "available": 15, "requested": 16}
    priced = redeem(owner, reward(owner), phone, expected_points=9)
    assert code(priced) == (409, "reward_price_changed")
    assert priced.json()["meta"] == {"points": 10, "expected": 9}
    assert code(redeem(owner, reward(owner, stock=0), phone)) == (409, "reward_sold_out")
    for fields in (
        {"status": "paused"},
        {"active_from": "2999-01-01T00:00:00Z"},
        {"active_until": "2020-01-01T00:00:00Z"},
        {"visible_from": "2999-01-01T00:00:00Z"},
    ):
        assert code(redeem(owner, reward(owner, **fields), phone)) == (409, "reward_not_active")
    retired = reward(owner)
    owner.call("DELETE", f"{URL}/{retired}")
    assert code(redeem(owner, retired, phone)) == (409, "reward_not_active")
    assert code(redeem(owner, limited, "+919900000001")) == (404, "customer_not_found")
    assert code(redeem(owner, "rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA", phone)) == (404, "reward_not_found")
    assert coins(live, phone)[:2] == (15, 10)


def test_a_change_of_the_reward_changes_no_open_redemption(owner: SignedIn, live: Client, phone: str) -> None:
    id = reward(owner, title="Old name")
    done = redeemed(owner, id, customer(live, phone))
    owner.call("PATCH", f"{URL}/{id}", json={"title": "New name", "points": 99})
    owner.call("DELETE", f"{URL}/{id}")
    sent = decide(owner, done["id"], "fulfill").json()["data"]
    assert (sent["title"], sent["points"], sent["reward_version"]) == ("Old name", 10, 1)
    assert coins(live, phone)[:2] == (90, 0)


def test_a_reversal_of_all_coins_gives_back_stock_limit_and_a_code_that_nobody_saw(
    owner: SignedIn, live: Client, phone: str
) -> None:
    id = reward(owner, code={"source": "pool"}, codes=["SEEN-1", "SEEN-2"], limits={"ever": 2})
    before = coins(live, customer(live, phone))
    first, second = redeemed(owner, id, phone), redeemed(owner, id, phone)
    redemption(owner, second["id"], reveal="true")
    part = live.post(f"/api/v1/merchant/coins/{first['transaction_id']}/reverse", {"coins": 4})
    assert part.status_code == 200, part.text
    assert (redemption(owner, first["id"])["state"], left(owner, id)) == ("fulfilled", 0)
    for done in (first, second):
        answer = live.post(f"/api/v1/merchant/coins/{done['transaction_id']}/reverse", {})
        assert answer.status_code == 200, answer.text
        assert redemption(owner, done["id"])["state"] == "reversed"
    assert (coins(live, phone), left(owner, id)) == (before, 1)
    assert "not returned to the pool" in redemption(owner, second["id"])["reason"]
    assert redeemed(owner, id, phone)["has_code"] is True


def test_the_reversal_of_a_capture_ends_its_redemption(owner: SignedIn, live: Client, phone: str) -> None:
    id = reward(owner, delivery="manual", code={"source": "pool"}, codes=["BACK-1"])
    done = redeemed(owner, id, customer(live, phone))
    sent = decide(owner, done["id"], "fulfill").json()["data"]
    refund = owner.post(f"/api/v1/transactions/{sent['settlement_transaction_id']}/refund", {})
    assert refund.status_code == 200, refund.text
    assert (redemption(owner, done["id"])["state"], left(owner, id)) == ("reversed", 1)
    assert coins(live, phone)[:2] == (100, 0)


def test_what_nobody_fulfils_expires_and_gives_everything_back(
    owner: SignedIn, live: Client, phone: str, platform: LocalPlatform
) -> None:
    from batua import clock
    from batua.store.keys import Key
    from batua.store.store import store
    from batua.store.writes import Update

    id = reward(owner, approval_required=True, code={"source": "pool"}, codes=["LATE-1"], limits={"ever": 1})
    before = coins(live, customer(live, phone))
    done = redeemed(owner, id, phone)
    hold = done["id"].replace("rdm_", "hold_")
    (held,) = [item for item in store().scan_all("ledger", beginning="L#") if item["pk"].endswith(f"#H#{hold}")]
    platform.runner.invoke("ExpireHolds", {})
    assert redemption(owner, done["id"])["state"] == "pending"
    past = clock.system() - 1
    store().write(Update(Key("ledger", held["pk"], held["sk"]), set={"exp": past, "g3s": f"{clock.iso(past)}#{hold}"}))
    assert platform.runner.invoke("ExpireHolds", {})["failed"] == 0
    ended = redemption(owner, done["id"])
    assert (ended["state"], ended["due_at"], left(owner, id)) == ("expired", None, 1)
    assert coins(live, phone) == before
    assert code(decide(owner, done["id"], "approve")) == (409, "redemption_not_in_state")
    again = redeemed(owner, id, phone)
    assert decide(owner, again["id"], "approve").json()["data"]["state"] == "fulfilled"


def test_the_counters_look_up_says_what_the_customer_can_have_now(owner: SignedIn, live: Client, phone: str) -> None:
    customer(live, phone, 1_000)
    best = reward(owner, points=990, featured=True, limits={"ever": 1})
    hidden = [
        reward(owner, points=990, status="paused"),
        reward(owner, points=990, stock=0),
        reward(owner, points=990, visible_from="2999-01-01T00:00:00Z"),
        reward(owner, points=1_001),
    ]

    def redeemable() -> list[str]:
        answer = live.get("/api/v1/merchant/customers/lookup", params={"phone": phone})
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["data"]["redeemable"]]

    assert redeemable()[0] == best
    assert not set(redeemable()) & set(hidden)
    done = redeemed(owner, best, phone)
    decide(owner, done["id"], "fulfill")
    live.post("/api/v1/merchant/coins/issue", {"phone": phone, "coins": 1_000, "reference": name("sale")})
    assert best not in redeemable()


def test_lists_filter_page_and_come_as_csv(owner: SignedIn, cashier: SignedIn, live: Client, phone: str) -> None:
    id = reward(owner, title="=1+1")
    customer(live, phone)
    made = [redeemed(who, id, phone)["id"] for who in (owner, cashier, owner)]
    decide(owner, made[2], "reject")

    def listed(client: SignedIn, path: str, **query: Any) -> list[str]:
        answer = client.get(path, params={"limit": 100, **query})
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["data"] if one["reward_id"] == id]

    assert listed(owner, REDEMPTIONS, reward_id=id) == made[::-1]
    assert listed(owner, REDEMPTIONS, reward_id=id, state="approved") == made[1::-1]
    assert listed(owner, REDEMPTIONS, reward_id=id, type="physical") == []
    assert listed(owner, REDEMPTIONS, reward_id=id, to="2020-01-01T00:00:00Z") == []
    assert listed(owner, f"{URL}/my-redemptions") == [made[2], made[0]]
    assert listed(owner, f"{URL}/my-redemptions", state="rejected") == [made[2]]
    assert listed(cashier, f"{URL}/my-redemptions") == [made[1]]
    first = owner.get(REDEMPTIONS, params={"reward_id": id, "limit": 2}).json()
    cursor = first["meta"]["next_cursor"]
    rest = owner.get(REDEMPTIONS, params={"reward_id": id, "limit": 2, "cursor": cursor}).json()
    assert [one["id"] for one in first["data"] + rest["data"]] == made[::-1]
    assert code(owner.get(REDEMPTIONS, params={"cursor": cursor})) == (400, "invalid_cursor")
    assert code(owner.get(f"{URL}/my-redemptions", params={"cursor": cursor})) == (400, "invalid_cursor")
    # Their number, as the counter knows it, is for the list that people look at; a file names customers by their ids.
    assert {one["customer_phone"] for one in first["data"] + rest["data"]} == {masked(phone)}
    assert redemption(owner, made[0])["customer_phone"] == masked(phone)
    table = owner.get(REDEMPTIONS, params={"reward_id": id, "format": "csv"})
    assert "customer_phone" not in table.text.splitlines()[0]
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["id"] for row in rows] == made[::-1]
    assert {row["title"] for row in rows} == {"'=1+1"}
    assert owner.get(REDEMPTIONS, params={"limit": 101}).status_code == 400


def test_roles_and_other_tenants_reach_nothing(
    owner: SignedIn, cashier: SignedIn, signed_in: SignIn, live: Client, phone: str
) -> None:
    id = reward(owner, approval_required=True)
    done = redeemed(owner, id, customer(live, phone))
    for act in ("approve", "fulfill", "reject"):
        assert code(decide(cashier, done["id"], act)) == (403, "forbidden")
    assert code(decide(cashier, done["id"], "cancel")) == (403, "forbidden")
    assert code(cashier.get(f"{REDEMPTIONS}/{done['id']}")) == (404, "redemption_not_found")
    assert code(cashier.get(REDEMPTIONS)) == (403, "forbidden")
    for who in ("other_tenant_admin", "tenant_admin"):
        other = signed_in(who)
        for act in ("approve", "fulfill", "reject", "cancel"):
            assert code(decide(other, done["id"], act)) == (404, "redemption_not_found")
        assert code(other.get(f"{REDEMPTIONS}/{done['id']}")) == (404, "redemption_not_found")
        assert code(redeem(other, id, phone))[0] == 404
    assert code(owner.get(f"{REDEMPTIONS}/rdm_1")) == (404, "redemption_not_found")
    assert code(redeem(signed_in("viewer"), id, phone)) == (403, "forbidden")
    assert redemption(owner, done["id"])["state"] == "pending"
    mine = redeemed(cashier, id, phone)
    assert decide(cashier, mine["id"], "cancel").json()["data"]["state"] == "cancelled"


def test_the_counters_look_up_says_what_keeps_the_customer_from_the_other_rewards(
    owner: SignedIn, live: Client, phone: str
) -> None:
    customer(live, phone, 1_000)
    picture = "https://cdn.example/mug.webp"
    able = reward(owner, points=995, featured=True, stock=3, images=[picture], limits={"ever": 1})
    dear = reward(owner, points=1_001, featured=True, approval_required=True)
    gone = reward(owner, points=1, featured=True, stock=0)
    hidden = [
        reward(owner, points=1, featured=True, status="paused"),
        reward(owner, points=1, featured=True, active_from="2999-01-01T00:00:00Z"),
        reward(owner, points=1, featured=True, visible_from="2999-01-01T00:00:00Z"),
    ]

    def looked_up() -> dict[str, Any]:
        answer = live.get("/api/v1/merchant/customers/lookup", params={"phone": phone})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    found = looked_up()
    shown = found["redeemable"][0]
    assert (shown["id"], shown["image"], shown["left"]) == (able, picture, 3)
    assert (shown["type"], shown["needs_address"], shown["needs_approval"]) == ("voucher", False, False)
    why = {one["id"]: one["obstacle"] for one in found["unavailable"]}
    assert (why[dear], why[gone]) == ("insufficient_balance", "reward_sold_out")
    assert {one["id"]: one["needs_approval"] for one in found["unavailable"]}[dear] is True
    assert not {able, *hidden} & set(why)

    redeemed(owner, able, phone)
    live.post("/api/v1/merchant/coins/issue", {"phone": phone, "coins": 1_000, "reference": name("sale")})
    assert {one["id"]: one["obstacle"] for one in looked_up()["unavailable"]}[able] == "reward_limit_reached"
