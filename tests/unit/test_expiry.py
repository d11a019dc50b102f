"""Holds whose time is over: each gives back once what it held, whoever else ends it, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from batua import clock, ids
from batua.audit.verify import verify_scope
from batua.identity.tenant import Tenant, program_item, tenant_item
from batua.ledger.decisions import customer_coins, tenant_money
from batua.ledger.decisions.tenant_money import FundsHold
from batua.ledger.model import Hold, Origin, Program, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.ledger.queries import money_entries
from batua.ledger.records.customer_coins import read_wallet
from batua.ledger.records.tenant_money import read_line
from batua.operations import hold_expiry
from batua.operations.hold_expiry import ExpiryReport, expire_due_holds
from batua.store import keys
from batua.store.codec import decode, encode
from batua.store.keys import Mode
from batua.store.store import Contended, Store
from batua.store.writes import Put
from tests.fakes.dynamodb import FakeDynamoDB, Wire

OWNER, SHOP = ids.derived_id("ten", "network"), ids.derived_id("ten", "shop")
NOW = clock.parse_iso("2026-11-21T20:30:00.000Z")
PROGRAM = Program(ids.derived_id("prg", "stars"), OWNER, "Stars", "network", "Asia/Kolkata")
CUSTOMER = Wallet(ids.derived_id("wal", "asha"), ids.derived_id("cust", "asha"))
MERCHANT = customer_coins.Merchant(SHOP, 0)


class Table(FakeDynamoDB):
    """Keeps what it was asked; an index may still name what has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Wire] = []
        self.late: dict[tuple[str, str, str], Wire] = {}

    def query(self, **request: Any) -> Wire:
        self.asked.append(request)
        if request.get("IndexName") != "due":
            return super().query(**request)
        items, self.items = self.items, {**self.items, **self.late}
        try:
            return super().query(**request)
        finally:
            self.items = items


class World:
    """A program and a tenant with holds, live or test."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        self.table = Table()
        self.store = Store(self.table, "ledger", "directory", sleep=lambda seconds: None)
        self.scope = keys.scope(mode, OWNER)
        self.money = tenant_money.tenant_wallet(mode, SHOP)
        self.tenant_ledger = TenantLedger(self.store, "UTC", NOW)
        self.store.write(Put(keys.program_key(OWNER, PROGRAM.id), program_item(PROGRAM)))
        self.coins(
            "issue", lambda s: customer_coins.decide_issue(s.wallet, PROGRAM, MERCHANT, NOW, coins=100, bill=None)
        )
        self.funds("credit", lambda known: tenant_money.decide_credit(known, self.money, 500, NOW))

    def coins(self, key: str, decision: Any) -> Any:
        order = PostingRequest("move", self.mode, self.scope, Origin("key", "::1", SHOP), key, {})
        return PostingService(self.store, PROGRAM).post(order, PostingState(self.wallet(), NOW), decision)

    def funds(self, key: str, decision: Any) -> Any:
        return self.tenant_ledger.post(
            funds_request("hold", self.mode, SHOP, Origin("usr", "::1", SHOP), key, {}), decision
        )

    def wallet(self) -> Wallet:
        key = keys.wallet_key(self.scope, CUSTOMER.id)
        record = self.store.read([key])[key]
        return read_wallet(record) if record else CUSTOMER

    def hold_coins(self, name: str, until: int = NOW + 10) -> str:
        id = ids.derived_id("hold", name)
        self.coins(
            name,
            lambda s: customer_coins.decide_hold(s.wallet, PROGRAM, MERCHANT, NOW, id=id, coins=4, expires_at=until),
        )
        return id

    def hold_funds(self, name: str, until: int = NOW + 10) -> FundsHold:
        id = tenant_money.hold_id(funds_request("hold", self.mode, SHOP, Origin("usr", "::1", SHOP), name, {}).id)
        self.funds(
            name, lambda known: tenant_money.decide_funds_hold(known, self.money, 60, NOW, id=id, expires_at=until)
        )
        return FundsHold(id, self.money, 60, until)

    def state(self, key: keys.Key) -> str:
        return str((self.store.read([key])[key] or {})["st"])

    def free(self) -> int:
        return money_entries.load_balances(self.store, self.money)[self.money.id].free

    def entry(self, kind: str) -> dict[str, Any]:
        (made,) = [item for item in self.table.items.values() if item.get("kind") == {"S": kind}]
        return decode(made)

    def sound(self) -> bool:
        return all(verify_scope(self.store, scope).findings == [] for scope in (self.scope, self.money.scope))


@pytest.fixture(params=["live", "test"])
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


def test_holds_of_both_books_give_back_what_they_held_from_the_instant_on_at_which_they_expire(world: World) -> None:
    hold, money = world.hold_coins("a"), world.hold_funds("b")
    later, latest = world.hold_coins("c", NOW + 11), world.hold_funds("d", NOW + 11)
    assert expire_due_holds(world.store, NOW + 9) == ExpiryReport(0, 0, {})
    assert expire_due_holds(world.store, NOW + 10) == ExpiryReport(2, 0, {})
    assert (
        world.state(keys.hold_key(world.scope, hold))
        == world.state(keys.funds_hold_key(world.money.scope, money.id))
        == "expired"
    )
    assert world.state(keys.hold_key(world.scope, later)) == "open"
    assert world.state(keys.funds_hold_key(world.money.scope, latest.id)) == "open"
    assert (world.wallet().available, world.wallet().held, world.free()) == (96, 4, 440)
    assert expire_due_holds(world.store, NOW + 10) == ExpiryReport(0, 0, {})
    assert world.sound()


def test_who_gave_it_back_is_told(world: World) -> None:
    world.hold_coins("a")
    world.hold_funds("b")
    expire_due_holds(world.store, NOW + 10)
    void, expired = world.entry("void"), world.entry("expire")
    assert (void["by"], void["ip"]) == (expired["by"], expired["ip"]) == ("schedule:expire_holds", "")
    assert void["g2p"] == keys.activity_partition(world.scope, SHOP)
    orders = (
        PostingRequest("holds.expire", world.mode, world.scope, Origin("", "", SHOP), void["hold"], {}),
        funds_request("holds.expire", world.mode, SHOP, Origin("", "", SHOP), expired["hold"], {}),
    )
    assert [order.entry_key.pk for order in orders] == [void["pk"], expired["pk"]]


@pytest.mark.parametrize(("zone", "day"), [("Asia/Kolkata", 20261122), (None, 20261121)])
def test_the_day_is_the_tenants_and_that_of_utc_where_the_tenant_is_gone(world: World, zone: Any, day: int) -> None:
    if zone:
        shop = Tenant(SHOP, "merchant", "Shop", "active", OWNER, (OWNER,), "IN", zone, NOW)
        world.store.write(Put(keys.tenant_key(SHOP), tenant_item(shop)))
    world.hold_funds("b")
    expire_due_holds(world.store, NOW + 10)
    assert read_line(world.entry("expire")).day == day


def test_no_more_than_so_many_in_one_run_and_the_next_run_goes_on(world: World) -> None:
    for name in "abcde":
        world.hold_coins(name)
    assert expire_due_holds(world.store, NOW + 10, most=0) == ExpiryReport()
    assert (
        len([request for request in world.table.asked if request.get("IndexName") == "due"]) < keys.DUE_HOLD_PARTITIONS
    )
    assert [expire_due_holds(world.store, NOW + 10, most=2).expired for _ in range(4)] == [2, 2, 1, 0]
    assert hold_expiry.expire_due_holds.__kwdefaults__["most"] == 1_000
    assert {request["Limit"] for request in world.table.asked if request.get("IndexName") == "due"} == {100}


def test_what_the_index_still_names_though_it_has_ended_or_is_gone_is_left_alone(world: World) -> None:
    gone, ended, last = (world.hold_coins(name) for name in ("a", "b", "c"))
    for id in (gone, ended):
        place = ("ledger", keys.hold_key(world.scope, id).pk, "HOLD")
        world.table.late[place] = world.table.items[place]
    place = ("ledger", keys.hold_key(world.scope, ended).pk, "HOLD")
    world.table.items[place] = {**world.table.items[place], **encode({"st": "captured"})}
    del world.table.items["ledger", keys.hold_key(world.scope, gone).pk, "HOLD"]
    assert expire_due_holds(world.store, NOW + 10) == ExpiryReport(1, 2, {})
    assert world.state(keys.hold_key(world.scope, last)) == "expired"


def test_a_hold_that_somebody_ends_meanwhile_is_not_given_back_again(world: World) -> None:
    money, hold = world.hold_funds("b"), world.hold_coins("a")
    read = world.store.read

    def overtaken(wanted: Any, **more: Any) -> Any:
        found = read(wanted, **more)
        for key, record in found.items():
            if key == keys.funds_hold_key(world.money.scope, money.id) and record and record["st"] == "open":
                world.store.read = read  # type: ignore[method-assign]
                world.funds("capture", lambda known: tenant_money.decide_funds_capture(known, money, NOW))
        return found

    world.store.read = overtaken  # type: ignore[method-assign]
    done = expire_due_holds(world.store, NOW + 10)
    assert (done.expired, done.ended_before, done.failed) == (1, 1, {})
    assert world.state(keys.funds_hold_key(world.money.scope, money.id)) == "captured"
    assert world.state(keys.hold_key(world.scope, hold)) == "expired"
    assert world.free() == 440
    refused = funds_request("holds.expire", world.mode, SHOP, Origin("", "", SHOP), money.id, {}).entry_key
    assert world.store.read([refused])[refused] is None


def test_a_coin_hold_that_somebody_ends_meanwhile_is_not_given_back_again(world: World) -> None:
    id = world.hold_coins("a")
    held = Hold(id, CUSTOMER.id, 4, world_lots(world, id), "open", NOW + 10, SHOP)
    read = world.store.read

    def overtaken(wanted: Any, **more: Any) -> Any:
        found = read(wanted, **more)
        if any(key.sk == "BAL" for key in found):
            world.store.read = read  # type: ignore[method-assign]
            world.coins("capture", lambda s: customer_coins.decide_capture(s.wallet, PROGRAM, MERCHANT, held, NOW))
        return found

    world.store.read = overtaken  # type: ignore[method-assign]
    assert expire_due_holds(world.store, NOW + 10) == ExpiryReport(0, 1, {})
    assert world.state(keys.hold_key(world.scope, id)) == "captured"
    assert (world.wallet().held, world.wallet().available) == (0, 96)


def world_lots(world: World, id: str) -> dict[int, int]:
    key = keys.hold_key(world.scope, id)
    return {int(month): count for month, count in (world.store.read([key])[key] or {})["lots"].items()}


@pytest.mark.parametrize("missing", ["wallet", "program", "entries"])
def test_a_hold_whose_wallet_program_or_entries_are_gone_is_named_and_stays_due(world: World, missing: str) -> None:
    id = world.hold_coins("a")
    other = world.hold_funds("b")
    lost = {
        "wallet": ("ledger", keys.wallet_key(world.scope, CUSTOMER.id).pk),
        "program": ("directory", keys.program_key(OWNER, PROGRAM.id).pk),
        "entries": ("ledger", f"{world.scope}#K#"),
    }[missing]
    for place in list(world.table.items):
        if place[0] == lost[0] and place[1].startswith(lost[1]) and place[2] in ("BAL", "TX", *PROGRAM_SKS):
            del world.table.items[place]
    done = expire_due_holds(world.store, NOW + 10)
    assert (done.expired, done.ended_before) == (1, 0)
    assert done.failed == {id: f"LookupError: the wallet or the program of {id} is gone"}
    assert world.state(keys.hold_key(world.scope, id)) == "open"
    assert world.state(keys.funds_hold_key(world.money.scope, other.id)) == "expired"


PROGRAM_SKS = (keys.program_key(OWNER, PROGRAM.id).sk,)


def test_only_the_last_entry_is_asked_for_the_program(world: World) -> None:
    world.hold_coins("a")
    world.table.asked.clear()
    expire_due_holds(world.store, NOW + 10)
    assert [request["Limit"] for request in world.table.asked if request.get("IndexName") == "statement"] == [1]


def test_a_run_that_says_no_more_has_done_nothing() -> None:
    assert ExpiryReport() == ExpiryReport(0, 0, {})


def test_a_hold_that_cannot_be_expired_stops_no_other_and_is_no_part_of_what_a_run_does(world: World) -> None:
    good = [world.hold_coins("a"), world.hold_coins("b")]
    bad = [world.hold_coins(f"bad {number}", NOW + 9) for number in range(3)]
    for id in bad:
        place = ("ledger", keys.hold_key(world.scope, id).pk, "HOLD")
        world.table.items[place] = {**world.table.items[place], **encode({"lots": "no lots"})}
    done = expire_due_holds(world.store, NOW + 10, most=2)
    assert done.expired == 2
    assert [world.state(keys.hold_key(world.scope, id)) for id in good] == ["expired", "expired"]
    assert set(expire_due_holds(world.store, NOW + 10, most=1).failed) == set(bad)


def test_a_run_begins_no_other_hold_when_its_time_is_over(world: World) -> None:
    world.hold_coins("a")
    world.hold_coins("b")
    left = iter([True, False])
    assert expire_due_holds(world.store, NOW + 10, time_left=lambda: next(left)).expired == 1


def test_of_a_partition_the_latest_holds_come_first_and_ended_ones_count_too(world: World) -> None:
    names = [f"h{number}" for number in range(40)]
    same: dict[str, list[str]] = {}
    for name in names:
        same.setdefault(keys.due_holds_partition_of(ids.derived_id("hold", name)), []).append(name)
    first, second = next(group[:2] for group in same.values() if len(group) > 1)
    earlier, later = world.hold_coins(first, NOW + 5), world.hold_coins(second, NOW + 9)
    assert expire_due_holds(world.store, NOW + 10, most=1).expired == 1
    assert world.state(keys.hold_key(world.scope, later)) == "expired"
    place = ("ledger", keys.hold_key(world.scope, earlier).pk, "HOLD")
    world.table.late[place] = world.table.items[place]
    world.table.items[place] = {**world.table.items[place], **encode({"st": "captured"})}
    third = world.hold_coins("third", NOW + 4)
    done = expire_due_holds(world.store, NOW + 10, most=2)
    assert done.expired + done.ended_before == 2
    assert third


def test_a_run_that_finds_only_ended_holds_ends_as_well(world: World) -> None:
    for name in ("a", "b", "c"):
        place = ("ledger", keys.hold_key(world.scope, world.hold_coins(name)).pk, "HOLD")
        world.table.late[place] = world.table.items[place]
        world.table.items[place] = {**world.table.items[place], **encode({"st": "captured"})}
    assert expire_due_holds(world.store, NOW + 10, most=2) == ExpiryReport(0, 2, {})


def test_a_table_without_capacity_ends_the_run(world: World) -> None:
    world.hold_coins("a")

    def contended(*_: Any, **__: Any) -> Any:
        raise Contended("capacity was short")

    world.store.read = contended  # type: ignore[method-assign]
    with pytest.raises(Contended):
        expire_due_holds(world.store, NOW + 10)
