"""What looks like fraud over HTTP: FlagActivity, ListFraudFlags, ReviewFraudFlag."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import jwt
import pytest

from batua import clock, ids
from batua.fraud.model import read_baseline
from batua.fraud.rules import OUTLIERS
from batua.identity.tenant import tenant_item
from batua.store import fraud_keys, keys
from batua.store.store import store
from batua.store.writes import Put
from tests.api.conftest import Client
from tests.api.events.receivers import data
from tests.api.shops import Open, Shop

FLAGS = "/api/v1/fraud-flags"
ISSUE, REDEEM = "/api/v1/merchant/coins/issue", "/api/v1/merchant/coins/redeem"


@dataclass(frozen=True)
class Family:
    """A merchant and the tenant above it."""

    parent: Shop
    shop: Shop


@pytest.fixture
def staff(platform: Any, credentials: dict[str, Any]) -> Client:
    return Client(platform.url, {"Authorization": f"Bearer {credentials['staff']['token']}"})


@pytest.fixture
def family(open_shop: Open, credentials: dict[str, Any]) -> Family:
    parent, shop = open_shop(), open_shop()
    operator = jwt.decode(credentials["staff"]["token"], options={"verify_signature": False})["tid"]
    below = replace(shop.tenant, parent=parent.tenant.id, path=(operator, parent.tenant.id))
    store().write(Put(keys.tenant_key(below.id), tenant_item(below)))
    return Family(parent, replace(shop, tenant=below))


def flags(client: Client, **query: Any) -> Any:
    return data(client.get(FLAGS, params=query))


def issue(client: Client, phone: str, **body: Any) -> Any:
    return data(client.post(ISSUE, {"phone": phone, **body}))


def redeem(client: Client, phone: str, times: int) -> list[str]:
    """The transactions of so many redemptions at once."""
    return [data(client.post(REDEEM, {"phone": phone, "coins": 2}))["transaction_id"] for _ in range(times)]


@pytest.fixture
def flagged(family: Family, phone: str, drain: Callable[[], None]) -> Any:
    """A flag on rapid redemptions at the merchant."""
    issue(family.shop.live, phone, coins=100)
    redeem(family.shop.live, phone, 5)
    drain()
    (flag,) = flags(family.shop.admin)
    return flag


def test_many_redemptions_in_a_short_time_are_flagged_and_none_is_refused(
    family: Family, phone: str, drain: Callable[[], None]
) -> None:
    issue(family.shop.live, phone, coins=100)
    made = redeem(family.shop.live, phone, 4)
    drain()
    assert flags(family.shop.admin) == []
    made += redeem(family.shop.live, phone, 2)
    drain()
    (flag,) = flags(family.shop.admin)
    assert (flag["rule"], flag["rule_version"], flag["status"]) == ("rapid_redemptions", 1, "open")
    assert [each["transaction_id"] for each in flag["movements"]] == made
    assert flag["figures"] == {"movements": 6, "enough_for_a_flag": 5, "within_minutes": 10, "coins": "12.00"}
    assert redeem(family.shop.live, phone, 1), "a flag blocks nothing"


def test_the_same_person_and_customer_again_and_again_are_flagged(
    family: Family, phone: str, drain: Callable[[], None]
) -> None:
    cashier = family.shop.user("cashier")
    for _ in range(6):
        issue(cashier, phone, coins=5)
    drain()
    (flag,) = flags(family.shop.admin)
    assert flag["rule"] == "same_hands"
    assert len({each["by"] for each in flag["movements"]}) == 1
    assert len(flag["movements"]) == 6
    assert cashier.get(FLAGS).status_code == 403


def test_an_issue_far_above_the_usual_is_flagged_with_what_is_usual(
    family: Family, phone: str, drain: Callable[[], None]
) -> None:
    for _ in range(OUTLIERS[1].history):
        issue(family.shop.live, phone, coins=10)
    drain()
    assert flags(family.shop.admin) == []
    made = issue(family.shop.live, phone, coins=900, bill_amount="1000.00")
    drain()
    (flag,) = flags(family.shop.admin)
    assert flag["rule"] == "coins_above_usual"
    assert [each["transaction_id"] for each in flag["movements"]] == [made["transaction_id"]]
    assert flag["figures"] == {
        "coins": "900.00",
        "usual": "10.00",
        "highest_without_a_flag": "80.00",
        "issues_before": OUTLIERS[1].history,
    }


def by_queue(platform: Any, flag: Any) -> None:
    """The events of a flag in another order, as the queue may bring them."""
    bodies = []
    for movement in reversed(flag["movements"]):
        said = {name: movement[name] for name in ("transaction_id", "wallet_id", "customer_id", "coins", "bill_amount")}
        event = {
            "id": movement["event_id"],
            "type": movement["type"],
            "version": 1,
            "created_at": movement["at"],
            "tenant": flag["tenant_id"],
            "mode": "live",
            "subject": movement["wallet_id"],
            "sequence": "1",
            "data": {**said, "by": movement["by"], "program_id": "prg", "rule_id": None},
            "parties": [],
        }
        bodies.append(json.dumps({"detail": event}))
    records = [{"messageId": f"m{n}", "body": body} for n, body in enumerate(bodies)]
    assert platform.runner.invoke("FlagActivity", {"Records": records}) == {"batchItemFailures": []}


def test_events_that_come_again_leave_the_flag_as_it_is(platform: Any, family: Family, flagged: Any) -> None:
    by_queue(platform, flagged)
    assert flags(family.shop.admin) == [flagged]
    assert close(family.shop.admin, flagged).status_code == 200
    by_queue(platform, flagged)
    assert [each["status"] for each in flags(family.shop.admin)] == ["closed"]


def test_movements_that_the_queue_brings_first_are_flagged_all_the_same(
    platform: Any, family: Family, flagged: Any
) -> None:
    """What PublishEvents could not look at. To those above the merchant the flag is shown as any other."""
    wallet = ids.new_id("wal")
    other = [{**each, "event_id": ids.new_id("evt"), "wallet_id": wallet} for each in flagged["movements"]]
    by_queue(platform, {**flagged, "movements": other})
    found = flags(family.parent.admin, below=True)
    assert {each["rule"] for each in found} == {"rapid_redemptions"}
    assert [len(each["movements"]) for each in found] == [5, 5]


def test_a_flag_is_seen_by_its_tenant_those_above_it_and_the_platforms_staff_alone(
    family: Family, flagged: Any, open_shop: Open, staff: Client
) -> None:
    tenant = flagged["tenant_id"]
    parent, stranger = family.parent.admin, open_shop().admin
    assert flags(family.shop.user("viewer"), tenant_id=tenant) == [flagged]
    assert flags(parent) == []
    assert flags(parent, below=True) == flags(parent, tenant_id=tenant) == [flagged]
    assert flagged in flags(staff, limit=100)
    for query in ({}, {"below": True}):
        assert flags(stranger, **query) == []
    assert stranger.get(FLAGS, params={"tenant_id": tenant}).status_code == 404
    assert flags(family.shop.user("merchant_admin", "test")) == [], "the sandbox has its own"
    for answer in (close(stranger, flagged), close(stranger, flagged, tenant_id=tenant), close(parent, flagged)):
        assert answer.status_code == 404
    assert family.shop.live.get(FLAGS).status_code == 403


def test_a_parent_that_a_tenant_has_left_sees_its_flags_no_more(family: Family, flagged: Any) -> None:
    left = replace(family.shop.tenant, parent=None, path=())
    store().write(Put(keys.tenant_key(left.id), tenant_item(left)))
    assert flags(family.parent.admin, below=True) == []
    assert family.parent.admin.get(FLAGS, params={"tenant_id": left.id}).status_code == 404


def close(client: Client, flag: Any, **body: Any) -> Any:
    return client.post(f"{FLAGS}/{flag['id']}/review", {"verdict": "harmless", "note": "A family.", **body})


def test_a_flag_is_closed_once_with_a_verdict_that_stands_in_the_audit_trail(family: Family, flagged: Any) -> None:
    admin = family.shop.admin
    assert close(family.shop.user("viewer"), flagged).status_code == 403
    assert close(family.shop.user("cashier"), flagged).status_code == 403
    stale = close(admin, flagged, version=flagged["version"] + 1)
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    closed = data(close(admin, flagged, version=flagged["version"]))
    assert (closed["status"], closed["verdict"], closed["note"]) == ("closed", "harmless", "A family.")
    replayed = close(admin, flagged)
    assert data(replayed) == closed
    assert replayed.headers["Idempotency-Replayed"] == "true"
    for other in (close(admin, flagged, verdict="fraud"), close(family.shop.user("merchant_admin"), flagged)):
        assert (other.status_code, other.json()["code"]) == (409, "fraud_flag_closed")
    assert flags(admin, status="open") == []
    assert flags(admin, status="closed") == [closed]
    trail = data(admin.get("/api/v1/merchant/audit"))
    (line,) = [line for line in trail if line["what"] == "fraud flag closed"]
    assert line["reference"] == flagged["id"]
    assert line["who"] == closed["reviewed_by"]


@pytest.mark.parametrize("above", ["parent", "staff"])
def test_the_tenant_above_and_the_staff_close_flags_too(
    family: Family, flagged: Any, staff: Client, above: str
) -> None:
    who = staff if above == "staff" else family.parent.admin
    closed = data(close(who, flagged, tenant_id=flagged["tenant_id"], verdict="fraud"))
    assert closed["verdict"] == "fraud"


def test_nobody_closes_a_flag_on_what_they_have_done_themselves(
    family: Family, phone: str, drain: Callable[[], None]
) -> None:
    for _ in range(6):
        issue(family.shop.admin, phone, coins=5)
    drain()
    (flag,) = flags(family.shop.admin)
    refused = close(family.shop.admin, flag)
    assert (refused.status_code, refused.json()["code"]) == (403, "four_eyes")
    assert close(family.shop.user("merchant_admin"), flag).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "verdict"), ({"verdict": "maybe"}, "verdict"), ({"verdict": "fraud", "version": 0}, "version")],
)
def test_a_verdict_that_is_none_is_refused_by_its_field(flagged: Any, family: Family, body: Any, field: str) -> None:
    answer = family.shop.admin.post(f"{FLAGS}/{flagged['id']}/review", body)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_a_flag_that_is_none_is_not_found(family: Family) -> None:
    for id in ("flag_1", "flag_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "txn_01KDC0V6M8W3T4Q9X2Z7N5B1FA"):
        assert close(family.shop.admin, {"id": id}).status_code == 404
    assert close(family.shop.admin, {"id": "flag_01KDC0V6M8W3T4Q9X2Z7N5B1FA"}, tenant_id="kaveri").status_code == 404


def pages(client: Client, **query: Any) -> Iterator[Any]:
    cursor = None
    while True:
        answer = client.get(FLAGS, params={**query, **({"cursor": cursor} if cursor else {})})
        yield from data(answer)
        cursor = answer.json()["meta"]["next_cursor"]
        if cursor is None:
            return


@pytest.mark.parametrize("query", [{}, {"below": True}])
def test_flags_come_page_by_page_the_latest_first(
    family: Family, phone: str, drain: Callable[[], None], query: dict[str, Any]
) -> None:
    for n in range(3):
        mine = f"{phone[:-1]}{n}"
        issue(family.shop.live, mine, coins=50)
        redeem(family.shop.live, mine, 5)
        drain()
    reader = family.parent.admin if query else family.shop.admin
    whole = flags(reader, **query)
    assert [each["raised_at"] for each in whole] == sorted((each["raised_at"] for each in whole), reverse=True)
    assert len(whole) == 3
    assert list(pages(reader, limit=1, **query)) == whole
    assert list(pages(reader, limit=2, rule="rapid_redemptions", status="open", **query)) == whole
    assert list(pages(reader, limit=2, rule="same_hands", **query)) == []
    first = reader.get(FLAGS, params={"limit": 1, **query}).json()["meta"]["next_cursor"]
    assert reader.get(FLAGS, params={"limit": 1, "status": "open", "cursor": first, **query}).status_code == 400


def test_a_normal_month_at_the_counter_raises_no_flag(
    platform: Any, credentials: dict[str, Any], staff: Client, drain: Callable[[], None]
) -> None:
    """The history that the seed plants."""
    drain()
    planted_until = int(platform.credentials.stat().st_mtime * 1000)
    for flag in pages(staff, limit=100):
        assert all(clock.parse_iso(each["at"]) > planted_until for each in flag["movements"]), flag
    merchant = credentials["webhook"]["tenant"]
    place = fraud_keys.baseline_key("live", merchant, "bill")
    assert read_baseline(store().read([place])[place]).count > OUTLIERS[0].history, "the rules have seen that history"
