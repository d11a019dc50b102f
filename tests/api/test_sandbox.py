"""The sandbox: real answers for a test key, at a time of its choosing, and not one live item touched."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from batua.store.store import store
from tests.api.counter import BALANCE, ISSUE, LEDGER, REDEEM, STATS, data, refusal
from tests.api.shops import Shop, open_shop  # noqa: F401 - a fixture

LOOKUP = "/api/v1/merchant/customers/lookup"
RECENT = "/api/v1/merchant/customers/recent"
AUDIT = "/api/v1/merchant/audit"
RULES = "/api/v1/merchant/earning-rules"
SANDBOX = re.compile(r"([A-Z]+#)?T#ten_|(USED|RATE)#")
"""What the sandbox may write: its own books and trail, when a key was last used, and its rate limit."""


@pytest.fixture(scope="module")
def shop(open_shop: Any) -> Shop:  # noqa: F811
    made: Shop = open_shop()
    return made


@pytest.fixture
def sample(shop: Shop, phone: str) -> dict[str, str]:
    """A customer with coins, live and in the sandbox, and what names them there."""
    data(shop.live.post(ISSUE, {"phone": phone, "coins": 100}))
    made = data(shop.test.post(ISSUE, {"phone": phone, "coins": 100}))
    return {"phone": phone, "customer": made["customer_id"], "issue": made["transaction_id"]}


def live_items(platform: Any) -> dict[tuple[str, str, str], str]:
    """The stored items of both tables, except the sandbox's own. Read where they are kept: a scan takes seconds."""
    aws = platform.embedded_aws
    found = {}
    for name in (os.environ["LEDGER_TABLE"], os.environ["DIRECTORY_TABLE"]):
        storage = aws.dynamodb.table(name).storage
        for pk, sk, body in aws.database.rows(f"SELECT pk, sk, body FROM {storage}"):  # noqa: S608
            if not SANDBOX.match(pk):
                found[(name, pk, sk)] = body
    return found


@contextmanager
def nothing_live_is_touched(platform: Any) -> Iterator[None]:
    platform.embedded_aws.drain()
    before = live_items(platform)
    yield
    platform.embedded_aws.drain()
    after = live_items(platform)
    changed = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    assert not changed, f"changed outside the sandbox: {changed}"


ROUTES = {
    "issue": lambda shop, of: shop.post(ISSUE, {"phone": of["phone"], "coins": 5, "reference": f"S-{of['phone']}"}),
    "issue, computed": lambda shop, of: shop.post(f"{ISSUE}/calculate", {"phone": of["phone"], "coins": 10}),
    "redeem": lambda shop, of: shop.post(REDEEM, {"phone": of["phone"], "coins": 5}),
    "redeem, computed": lambda shop, of: shop.post(f"{REDEEM}/calculate", {"phone": of["phone"], "coins": 5}),
    "reverse": lambda shop, of: shop.post(f"/api/v1/merchant/coins/{of['issue']}/reverse", {"coins": 5}),
    "balance": lambda shop, of: shop.get(BALANCE, params={"phone": of["phone"]}),
    "lookup": lambda shop, of: shop.get(LOOKUP, params={"phone": of["phone"]}),
    "recent": lambda shop, of: shop.get(RECENT),
    "qr": lambda shop, of: shop.get(f"/api/v1/merchant/customers/{of['customer']}/qr"),
    "renew qr": lambda shop, of: shop.post(f"/api/v1/merchant/customers/{of['customer']}/qr"),
    "tags": lambda shop, of: shop.put(f"/api/v1/merchant/customers/{of['customer']}/tags", {"tags": ["vip"]}),
    "customers": lambda shop, of: shop.get("/api/v1/merchant/customers", params={"q": of["phone"][-4:]}),
    "name": lambda shop, of: shop.patch(f"/api/v1/merchant/customers/{of['customer']}", {"name": "Asha Rao"}),
    "imported history": lambda shop, of: shop.get(f"/api/v1/merchant/customers/{of['customer']}/imported-history"),
    "ledger": lambda shop, of: shop.get(LEDGER),
    "stats": lambda shop, of: shop.get(STATS),
    "audit": lambda shop, of: shop.get(AUDIT),
    "rules": lambda shop, of: shop.get(RULES),
}


def test_every_route_of_the_counter_is_tried_here(platform: Any) -> None:
    in_person = {  # these take no key at all
        "PUT /api/v1/merchant/earning-rules",
        "POST /api/v1/merchant/coins/{id}/reassign",
        "POST /api/v1/merchant/coins/{id}/undo",
        "POST /api/v1/merchant/customers/{id}/merge",
    }
    routes = {
        f"{event.properties['Method'].upper()} {event.properties['Path']}"
        for function in platform.platform.functions.values()
        if function.domain == "coins"
        for event in function.events
        if event.type == "HttpApi" and event.properties["Method"] != "OPTIONS"
    }
    assert in_person <= routes
    assert len(routes - in_person) == len(ROUTES)


def test_the_comparison_notices_a_live_write_and_a_live_update(platform: Any, shop: Shop, phone: str) -> None:
    for coins in (5, 6):  # the first creates the customer, the second updates it
        with pytest.raises(AssertionError, match=f"L#{shop.tenant.id}.*BAL"), nothing_live_is_touched(platform):
            data(shop.live.post(ISSUE, {"phone": phone, "coins": coins}))


@pytest.mark.parametrize("route", ROUTES)
def test_a_test_key_touches_nothing_live(platform: Any, shop: Shop, sample: dict[str, str], route: str) -> None:
    with nothing_live_is_touched(platform):
        answer = ROUTES[route](shop.test, sample)
        assert answer.status_code == 200, answer.text
        later = ROUTES[route](shop.test.at("2031-01-01T00:00:00Z"), sample)
        assert later.status_code < 500, later.text


def test_what_is_refused_in_the_sandbox_leaves_its_traces_there(platform: Any, shop: Shop, phone: str) -> None:
    with nothing_live_is_touched(platform):
        data(shop.test.post(ISSUE, {"phone": phone, "coins": 5}))
        refusal(shop.test.post(REDEEM, {"phone": phone, "coins": 6}), 409, "insufficient_balance")
        refusal(shop.test.put(RULES, {"rules": []}), 403, "forbidden")
    outcomes = {line["outcome"] for line in data(shop.test.get(AUDIT, params={"limit": 100}))}
    assert {"insufficient_balance", "forbidden"} <= outcomes


def test_an_application_in_the_sandbox_touches_nothing_live(platform: Any, shop: Shop) -> None:
    wallet = shop.application.post("/wallets", {"wallet_name": "Points"}).json()["wallet_id"]
    with nothing_live_is_touched(platform):
        client = shop.application_test
        assert client.put("/wallets/customer/someone").status_code == 200
        path = f"/wallets/customer/someone/transactions/{wallet}"
        assert client.put(path, {"points": 5, "type": "credit"}).status_code == 200
        assert client.put(path, {"points": 6, "type": "debit"}).status_code == 400
        assert client.get("/wallets/customer/someone").json()[0]["loyalty_points"] == 5
        assert client.get("/wallets").status_code == 200


def test_the_sandbox_has_its_own_customers_balances_lists_and_keys(shop: Shop, phone: str) -> None:
    headers = {"Idempotency-Key": f"both-{phone}"}
    live = data(shop.live.post(ISSUE, {"phone": phone, "coins": 5}, headers=headers))
    test = data(shop.test.post(ISSUE, {"phone": phone, "coins": 7}, headers=headers))
    for name in ("transaction_id", "customer_id", "wallet_id"):
        assert live[name] != test[name]
    assert (live["mode"], test["mode"]) == ("live", "test")
    for client, balance in ((shop.live, 5), (shop.test, 7)):
        assert data(client.get(BALANCE, params={"phone": phone}))["balance"] == balance
    for one, other in ((shop.live, test), (shop.test, live)):
        refusal(one.get(BALANCE, params={"wallet_id": other["wallet_id"]}), 404, "customer_not_found")
        refusal(one.get(f"/api/v1/merchant/customers/{other['customer_id']}/qr"), 404, "customer_not_found")
        refusal(one.post(f"/api/v1/merchant/coins/{other['transaction_id']}/reverse", {}), 404, "transaction_not_found")
        assert other["transaction_id"] not in {row["transaction_id"] for row in data(one.get(LEDGER))}
        assert other["transaction_id"] not in {row["id"] for row in data(one.get(AUDIT))}


# -- Its clock -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
def test_a_live_key_that_sends_a_clock_is_refused(shop: Shop, sample: dict[str, str], route: str) -> None:
    answer = ROUTES[route](shop.live.at("2027-01-01T00:00:00Z"), sample)
    assert "X-Test-Clock" in refusal(answer, 400, "validation_error")["errors"]


@pytest.mark.parametrize(
    "told",
    [
        *("", "tomorrow", "2027-02-30T00:00:00Z", "1700000000", "0001-01-01T00:00:00+14:00"),
        *("9999-12-31T23:59:59-14:00", "9999-12-01T00:00:00Z", "1999-12-31T23:59:59Z", "3000-01-01T00:00:00Z"),
    ],
)
def test_a_clock_that_tells_no_usable_time_is_refused(shop: Shop, phone: str, told: str) -> None:
    for answer in (shop.test.at(told).post(ISSUE, {"phone": phone, "coins": 1}), shop.test.at(told).get(STATS)):
        assert "X-Test-Clock" in refusal(answer, 400, "validation_error")["errors"]


@pytest.mark.parametrize("told", ["2000-01-01", "2999-12-31T23:59:59.999Z", "2027-01-01T05:30:00+05:30"])
def test_the_clock_works_at_both_ends_of_its_years(shop: Shop, phone: str, told: str) -> None:
    clock = shop.test.at(told)
    data(clock.post(ISSUE, {"phone": phone, "coins": 1}))
    data(clock.get(STATS))
    assert data(clock.get(BALANCE, params={"phone": phone}))["balance"] == 1


def test_time_never_runs_backwards_for_a_wallet(shop: Shop, phone: str) -> None:
    later, earlier = shop.test.at("2027-06-02T00:00:00Z"), shop.test.at("2027-06-01T00:00:00Z")
    data(later.post(ISSUE, {"phone": phone, "coins": 1}))
    assert data(earlier.post(ISSUE, {"phone": phone, "coins": 1}))["created_at"] == "2027-06-02T00:00:00.000Z"


# -- Expiry ----------------------------------------------------------------------------------------------------------


def lots(client: Any, phone: str) -> list[tuple[str, int]]:
    shown = data(client.get(BALANCE, params={"phone": phone}))["expiring"]
    return [(lot["month"], lot["coins"]) for lot in shown]


def test_coins_that_expire_first_are_spent_first(shop: Shop, phone: str) -> None:
    for month, coins in (("2027-03", 30), ("2027-01", 10), ("2027-02", 20)):
        # A wallet's time does not run backwards: so March is in the lot of March whoever comes after it.
        data(shop.test.at(f"{month}-05T06:00:00Z").post(ISSUE, {"phone": phone, "coins": coins}))
    assert lots(shop.test.at("2027-03-06T06:00:00Z"), phone) == [("2028-03", 60)]
    other = f"{phone[:-1]}{(int(phone[-1]) + 3) % 10}"
    for month, coins in (("2027-01", 10), ("2027-02", 20), ("2027-03", 30)):
        data(shop.test.at(f"{month}-05T06:00:00Z").post(ISSUE, {"phone": other, "coins": coins}))
    march = shop.test.at("2027-03-06T06:00:00Z")
    assert lots(march, other) == [("2028-01", 10), ("2028-02", 20), ("2028-03", 30)]
    taken = data(march.post(REDEEM, {"phone": other, "coins": 15}))
    assert [(lot["month"], lot["coins"]) for lot in taken["lots"]] == [("2028-01", 10), ("2028-02", 5)]
    assert lots(march, other) == [("2028-02", 15), ("2028-03", 30)]


def test_coins_are_good_to_the_last_millisecond_of_their_month_and_then_gone(shop: Shop, phone: str) -> None:
    data(shop.test.at("2027-01-05T06:00:00Z").post(ISSUE, {"phone": phone, "coins": 10}))
    last, gone = shop.test.at("2028-01-31T18:29:59.999Z"), shop.test.at("2028-01-31T18:30:00Z")
    assert data(last.get(BALANCE, params={"phone": phone}))["balance"] == 10
    assert data(last.post(f"{REDEEM}/calculate", {"phone": phone, "coins": 10}))["balance"] == 0
    shown = data(gone.get(BALANCE, params={"phone": phone}))
    assert (shown["balance"], shown["available"], shown["value"], shown["expiring"]) == (0, 0, 0, [])
    assert data(gone.get(LOOKUP, params={"phone": phone}))["wallets"][0]["balance"] == 0
    refusal(gone.post(f"{REDEEM}/calculate", {"phone": phone, "coins": 1}), 409, "insufficient_balance")
    refused = refusal(gone.post(REDEEM, {"phone": phone, "coins": 1}), 409, "insufficient_balance")
    assert refused["meta"] == {"balance": 0, "available": 0, "requested": 1}


def test_expired_coins_leave_as_breakage_with_the_next_movement_and_the_books_balance(shop: Shop, phone: str) -> None:
    from batua.audit.verify import verify_wallet
    from batua.ledger.queries import coin_entries

    early, late = shop.test.at("2027-01-05T06:00:00Z"), shop.test.at("2028-02-01T06:00:00Z")
    data(early.post(ISSUE, {"phone": phone, "coins": 10}))
    data(shop.test.at("2027-02-05T06:00:00Z").post(ISSUE, {"phone": phone, "coins": 4}))
    made = data(late.post(ISSUE, {"phone": phone, "coins": 5}))
    assert (made["previous_balance"], made["balance"]) == (4, 9)
    row = data(late.get(LEDGER, params={"customer": phone, "limit": 1}))[0]
    assert (row["previous_balance"], row["expired"], row["coins"], row["balance"]) == (14, 10, 5, 9)
    scope = f"T#{shop.tenant.id}"
    entry = next(
        iter(coin_entries.read_entries(coin_entries.wallet_statement(store(), scope, made["wallet_id"], limit=1)))
    )
    assert {leg.account: leg.amount for leg in entry.legs if leg.account == "breakage"} == {"breakage": 10}
    assert sum(leg.amount for leg in entry.legs) == 0
    assert verify_wallet(store(), scope, made["wallet_id"]).findings == []


def test_a_program_whose_coins_do_not_expire_says_so(open_shop: Any, phone: str) -> None:  # noqa: F811
    shop = open_shop(expiry_months=None)
    made = data(shop.test.at("2027-01-05T06:00:00Z").post(ISSUE, {"phone": phone, "coins": 10}))
    assert made["expires_at"] is None
    shown = data(shop.test.at("2090-01-01T00:00:00Z").get(BALANCE, params={"phone": phone}))
    assert (shown["balance"], shown["expiring"]) == (10, [{"month": "never", "coins": 10, "expires_at": None}])
