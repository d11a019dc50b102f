"""What is told of a change: every kind of entry and of request, in the words of its schema, and nothing else."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from batua import clock, ids
from batua.events.changes import events_of
from batua.events.event import Event, UnpublishableChange, read_detail
from batua.events.schemas import COIN_TYPES, FUNDS_TYPES, TYPES, envelopes
from batua.gateway.requests import BalanceRequest, balance_request_item
from batua.ledger.decisions import customer_coins, tenant_money
from batua.ledger.decisions.charges import charge_line, decide_charge
from batua.ledger.decisions.tenant_money import FundsHold, FundsKind, FundsPosting, FundsState, TenantWallet
from batua.ledger.model import EntryKind, Hold, Origin, Original, Posting, Program, Wallet
from batua.ledger.records.customer_coins import entry_item
from batua.ledger.records.tenant_money import posting_items
from batua.prefund.record import PrefundStatus
from batua.store import event_keys, gateway_keys, keys, prefund_keys
from batua.wallets.naming import wallet_change

NETWORK, SHOP, PARENT = (ids.derived_id("ten", each) for each in ("network", "shop", "parent"))
SCOPE = keys.scope("live", NETWORK)
NOW = clock.parse_iso("2026-11-21T09:30:00Z")
PROGRAM = Program(ids.derived_id("prg", "stars"), NETWORK, "Stars", "network", "Asia/Kolkata", scale=1)
WALLET = Wallet(ids.derived_id("wal", "asha"), ids.derived_id("cust", "asha"), lots={202701: 500}, seq=6)
MERCHANT = customer_coins.Merchant(SHOP, 0)
PRIVATE = "+919876543210"
SOURCE = Origin(ids.derived_id("key", "till"), "203.0.113.9", SHOP, "BILL-7", f"for {PRIVATE}")
TRANSACTION, HOLD = ids.derived_id("txn", "this"), ids.derived_id("hold", "that")
HELD = Hold(HOLD, WALLET.id, 200, {202701: 200}, "open", NOW + 1_000, SHOP)
WITH_HOLD = Wallet(WALLET.id, WALLET.customer, lots={202701: 300}, held=200, seq=7)
MONEY = tenant_money.tenant_wallet("live", SHOP)
FUNDS_HELD = FundsHold(HOLD, MONEY, 50_000, NOW + 1_000)


def scale_of(owner: str, tenant: str, asset: str) -> int:
    assert (owner, tenant) in ((NETWORK, SHOP), (SHOP, SHOP))
    if asset != PROGRAM.id:
        raise LookupError(asset)
    return PROGRAM.scale


def published(posting: Any, scope: str = SCOPE) -> list[Event]:
    assert isinstance(posting, Posting), posting
    key = keys.transaction_key(scope, TRANSACTION)
    item = entry_item(scope, TRANSACTION, posting, SOURCE, b"print", 20261121, 202611)
    return events_of(None, {"pk": key.pk, "sk": key.sk, **item}, scale_of)


def told_of_funds(posting: Any) -> list[Event]:
    assert isinstance(posting, FundsPosting), posting
    items = posting_items(TRANSACTION, posting, SOURCE, b"print", 20261121)
    return [event for key, item in items for event in events_of(None, {"pk": key.pk, "sk": key.sk, **item}, scale_of)]


def original(kind: EntryKind) -> Original:
    return Original(ids.derived_id("txn", "first"), kind, WALLET.id, 100, {202701: 100}, 202611, 0, SHOP)


def is_of_its_schema(event: Event) -> None:
    """Every field of the model and no other, and nothing that tells who somebody is."""
    kind = TYPES[event.type]
    content = json.loads(event.body())
    assert set(content["data"]) == set(kind.data.model_fields)
    dict(envelopes())[kind].model_validate(content)
    assert PRIVATE not in event.body(), "a note may hold anything"
    assert SOURCE.address not in event.body()
    assert "parties" not in content
    assert read_detail(json.loads(event.detail())) == event


def test_every_kind_of_entry_has_a_type_and_every_type_a_sender() -> None:
    assert set(COIN_TYPES) == set(get_args(EntryKind))
    assert set(FUNDS_TYPES) == set(get_args(FundsKind))
    assert {name for name in TYPES if name.startswith("prefund.")} == {
        f"prefund.{state}" for state in get_args(PrefundStatus) if state != "draft"
    }
    published = {*COIN_TYPES.values(), *FUNDS_TYPES.values()}
    published |= {f"wallet.{what}" for what in ("created", "renamed", "closed", "reopened")}
    assert {name for name in TYPES if name.startswith(("coins.", "wallet."))} == published


@pytest.mark.parametrize(
    ("what", "was", "status"),
    [("created", None, "active"), ("renamed", "Branch Pune", "active"), ("closed", None, "closed")],
)
def test_a_change_of_a_tenants_wallet_is_told_once(what: str, was: str | None, status: str) -> None:
    scope = keys.scope("live", SHOP)
    put = wallet_change(scope, MONEY, 2, what, "usr_1", NOW, "Pune branch", was)
    record = {"pk": put.key.pk, "sk": put.key.sk, **put.item}
    (event,) = events_of(None, record, scale_of)
    is_of_its_schema(event)
    assert (event.type, event.tenant, event.mode, event.subject) == (f"wallet.{what}", SHOP, "live", MONEY.id)
    assert (event.data["name"], event.data["previous_name"], event.data["status"]) == ("Pune branch", was, status)
    assert events_of(record, record, scale_of) == []


COINS: dict[str, Any] = {
    "coins.issued": lambda: customer_coins.decide_issue(WALLET, PROGRAM, MERCHANT, NOW, coins=125, bill=120_050),
    "coins.redeemed": lambda: customer_coins.decide_redemption(WALLET, PROGRAM, MERCHANT, NOW, coins=125, bill=120_050),
    "coins.held": lambda: customer_coins.decide_hold(
        WALLET, PROGRAM, MERCHANT, NOW, id=HOLD, coins=125, expires_at=NOW + 1
    ),
    "coins.captured": lambda: customer_coins.decide_capture(WITH_HOLD, PROGRAM, MERCHANT, HELD, NOW, coins=125),
    "coins.released": lambda: customer_coins.decide_void(WITH_HOLD, PROGRAM, HELD, NOW, why="voided"),
    "coins.imported": lambda: customer_coins.decide_import(WALLET, PROGRAM, NOW, coins=125),
    "coins.reversed": lambda: customer_coins.decide_reversal(WALLET, PROGRAM, original("issue"), NOW),
}


@pytest.mark.parametrize("type", COINS)
def test_an_entry_of_a_customers_wallet_is_told(type: str) -> None:
    posting = COINS[type]()
    (event,) = published(posting)
    is_of_its_schema(event)
    assert (event.type, event.tenant, event.mode) == (type, SHOP, "live")
    assert (event.subject, event.sequence) == (WALLET.id, f"{posting.after.seq:012d}")
    assert event.data["coins"] == f"{posting.amount / 10:.1f}"
    assert event.data["previous_balance"] == f"{posting.before.balance / 10:.1f}"
    assert event.data["balance"] == f"{posting.after.balance / 10:.1f}"
    assert event.data["reference"] == "BILL-7"
    assert published(posting) == [event], "the same change is the same event"


def test_amounts_are_texts_with_the_decimals_of_their_asset() -> None:
    (event,) = published(COINS["coins.issued"]())
    assert (event.data["coins"], event.data["bill_amount"]) == ("12.5", "1200.50")


def test_what_undoes_a_redemption_says_so() -> None:
    (event,) = published(customer_coins.decide_reversal(WALLET, PROGRAM, original("redeem"), NOW))
    assert (event.type, event.data["undone"]) == ("coins.reversed", "redemption")


def test_what_undoes_an_import_says_so() -> None:
    (event,) = published(customer_coins.decide_reversal(WALLET, PROGRAM, original("import"), NOW))
    assert (event.type, event.data["undone"]) == ("coins.reversed", "import")


def test_coins_that_are_past_and_leave_with_another_movement_are_an_event_of_their_own() -> None:
    past = Wallet(WALLET.id, WALLET.customer, lots={202610: 70, 202701: 500}, seq=6)
    expired, issued = published(customer_coins.decide_issue(past, PROGRAM, MERCHANT, NOW, coins=10, bill=None))
    assert (expired.type, issued.type) == ("coins.expired", "coins.issued")
    assert (expired.data["coins"], expired.data["previous_balance"], expired.data["balance"]) == ("7.0", "57.0", "50.0")
    assert (issued.data["coins"], issued.data["previous_balance"], issued.data["balance"]) == ("1.0", "50.0", "51.0")
    assert expired.id != issued.id
    assert expired.sequence == issued.sequence
    (swept,) = published(customer_coins.decide_expiry(past, PROGRAM, NOW))
    assert (swept.type, swept.data["coins"], swept.data["balance"]) == ("coins.expired", "7.0", "50.0")
    for event in (expired, issued, swept):
        is_of_its_schema(event)


CHILD = TenantWallet(keys.scope("live", PARENT), PARENT)
FUNDS: dict[str, tuple[Any, list[str]]] = {
    "credit": (lambda: tenant_money.decide_credit(FundsState(), MONEY, 50_000, NOW), ["wallet.credited"]),
    "debit": (lambda: tenant_money.decide_debit(FundsState(), MONEY, 50_000, NOW), ["wallet.debited"]),
    "transfer": (
        lambda: tenant_money.decide_transfer(FundsState(), MONEY, CHILD, 50_000, NOW),
        ["wallet.transferred"] * 2,
    ),
    "hold": (
        lambda: tenant_money.decide_funds_hold(FundsState(), MONEY, 50_000, NOW, id=HOLD, expires_at=NOW + 1),
        ["wallet.held"],
    ),
    "capture": (lambda: tenant_money.decide_funds_capture(FundsState(), FUNDS_HELD, NOW), ["wallet.captured"]),
    "capture to another": (
        lambda: tenant_money.decide_funds_capture(FundsState(), FUNDS_HELD, NOW, to=CHILD),
        ["wallet.captured", "wallet.transferred"],
    ),
    "void": (lambda: tenant_money.decide_funds_void(FundsState(), FUNDS_HELD, NOW), ["wallet.released"]),
    "charge": (
        lambda: decide_charge(
            FundsState(),
            [charge_line(MONEY, 50_000, credit=False, details={"head": "Freight"}) for _ in range(2)],
            NOW,
            reference="order-1",
        ),
        ["wallet.charged"] * 2,
    ),
}


@pytest.mark.parametrize("what", FUNDS)
def test_a_line_of_a_tenant_wallet_is_told_to_its_tenant(what: str) -> None:
    decision, types = FUNDS[what]
    events = told_of_funds(decision())
    assert [event.type for event in events] == types
    assert len({event.id for event in events}) == len(types)
    for event in events:
        is_of_its_schema(event)
        assert event.data["amount"] == "500.00"
        assert event.subject == event.data["wallet_id"]
    if len(events) == 2 and what != "charge":
        assert [event.tenant for event in events] == [SHOP, PARENT]
        assert events[1].data["available_change"] == "500.00"
    changes = {"credit": "500.00", "debit": "-500.00", "transfer": "-500.00", "hold": "-500.00", "void": "500.00"}
    assert events[0].data["available_change"] == changes.get(what, events[0].data["available_change"])


def test_a_refusal_a_wallet_and_a_hold_are_no_events() -> None:
    key = keys.transaction_key(SCOPE, TRANSACTION)
    assert events_of(None, {"pk": key.pk, "sk": key.sk, "kind": "refused", "op": "issue"}, scale_of) == []
    for other in (
        keys.wallet_key(SCOPE, WALLET.id),
        keys.funds_wallet_key(SCOPE, WALLET.id),
        keys.hold_key(SCOPE, HOLD),
    ):
        assert events_of(None, {"pk": other.pk, "sk": other.sk}, scale_of) == []
    undone = keys.funds_reversed_key(SCOPE, TRANSACTION)
    assert events_of(None, {"pk": undone.pk, "sk": undone.sk, "sum": 7}, scale_of) == []
    assert events_of({"pk": key.pk, "sk": key.sk}, None, scale_of) == []


@pytest.mark.parametrize(
    "broken",
    [{"kind": "teleport"}, {"cust": None}, {"asset": ids.derived_id("prg", "unknown")}, {"g1s": "x"}],
)
def test_an_entry_that_cannot_be_read_is_said_to_be(broken: dict[str, Any]) -> None:
    posting = COINS["coins.issued"]()
    key = keys.transaction_key(SCOPE, TRANSACTION)
    item = entry_item(SCOPE, TRANSACTION, posting, SOURCE, b"print", 20261121, 202611)
    record = {"pk": key.pk, "sk": key.sk, **item, **broken}
    with pytest.raises(UnpublishableChange):
        events_of(None, {name: value for name, value in record.items() if value is not None}, scale_of)


def balance_request(**more: Any) -> dict[str, Any]:
    request = BalanceRequest(
        **{
            "scope": keys.scope("test", PARENT),
            "id": ids.derived_id("breq", "one"),
            "child": SHOP,
            "child_name": "Lotus Sweets",
            "customer": "C-1",
            "amount": 250_000,
            "status": "PENDING",
            "step": "WAITING",
            "execution": "exec",
            "created_at": NOW,
            "updated_at": NOW,
            "expires_at": NOW + clock.DAY_MS,
            "remind_every": 1_000,
            "remarks": f"call {PRIVATE}",
            **more,
        }
    )
    key = gateway_keys.balance_request_key(request.scope, request.id)
    return {"pk": key.pk, "sk": key.sk, **balance_request_item(request)}


def test_a_balance_request_is_told_to_the_child_and_concerns_the_parent() -> None:
    asked = balance_request()
    approved = balance_request(status="APPROVED", step="SETTLING", approved=200_000, updated_at=NOW + 1)
    settled = balance_request(
        status="APPROVED", step="SETTLED", approved=200_000, updated_at=NOW + 2, settlement=TRANSACTION
    )
    reminded = balance_request(reminded_at=NOW + 5)
    events = [
        *events_of(None, asked, scale_of),
        *events_of(asked, approved, scale_of),
        *events_of(approved, settled, scale_of),
        *events_of(asked, reminded, scale_of),
        *events_of(asked, balance_request(status="REJECTED", step="CLOSED", updated_at=NOW + 7), scale_of),
        *events_of(asked, balance_request(status="EXPIRED", step="CLOSED", updated_at=NOW + 8), scale_of),
        *events_of(approved, balance_request(status="FAILED", step="RELEASED", updated_at=NOW + 9), scale_of),
    ]
    assert [event.type.partition(".")[2] for event in events] == [
        "created", "approved", "settled", "reminder", "rejected", "expired", "failed"
    ]  # fmt: skip
    for event in events:
        is_of_its_schema(event)
        assert (event.tenant, event.parties, event.mode) == (SHOP, (PARENT,), "test")
    assert [event.sequence for event in events] == sorted(event.sequence for event in events)
    assert events_of(asked, balance_request(token="waiting"), scale_of) == [], "where its workflow stands is nobody's"
    assert (events[1].data["requested_amount"], events[1].data["approved_amount"]) == ("2500.00", "2000.00")


def prefund(state: str, version: int, **more: Any) -> dict[str, Any]:
    key = prefund_keys.prefund_request_key(ids.derived_id("pfr", "one"))
    return {
        "pk": key.pk,
        "sk": key.sk,
        "ten": SHOP,
        "mode": "live",
        "st": state,
        "amt": 1_000_000,
        "utr": "HDFC0000000001",
        "acc": "rcv",
        "paid": "2026-11-20",
        "proof": {},
        "by": "usr",
        "at": NOW,
        "since": NOW + version,
        "exec": "exec",
        "fp": "fp",
        "note": PRIVATE,
        "version": version,
        **more,
    }


def test_a_prefund_request_is_told_by_what_it_comes_to() -> None:
    verdict = {"kind": "approve", "by": "usr", "at": NOW, "amt": 900_000, "otp": "otp", "ip": SOURCE.address}
    draft, submitted = prefund("draft", 1), prefund("submitted", 2)
    credited = prefund("credited", 5, verdict=verdict, txn=TRANSACTION)
    assert events_of(None, draft, scale_of) == []
    (first,) = events_of(draft, submitted, scale_of)
    assert events_of(submitted, prefund("submitted", 3, assignee="usr"), scale_of) == []
    (last,) = events_of(submitted, credited, scale_of)
    assert (first.type, last.type) == ("prefund.submitted", "prefund.credited")
    assert (last.data["amount"], last.data["credited_amount"]) == ("10000.00", "9000.00")
    assert first.sequence < last.sequence
    for event in (first, last):
        is_of_its_schema(event)


def dispute(**more: Any) -> dict[str, Any]:
    key = keys.dispute_key("live", TRANSACTION, ids.derived_id("dsp", "one"))
    content = {"txn": TRANSACTION, "ten": SHOP, "asset": "INR", "amt": 5_000, "st": "open", "reason": "duplicate"}
    private = {"description": PRIVATE, "evidence": [PRIVATE], "by": "usr"}
    return {"pk": key.pk, "sk": key.sk, **content, **private, "at": NOW, "due": NOW + 1, **more}


def test_a_dispute_is_told_when_it_is_raised_and_when_it_is_decided() -> None:
    (raised,) = events_of(None, dispute(), scale_of)
    refund = ids.derived_id("txn", "refund")
    (accepted,) = events_of(dispute(), dispute(st="accepted", when=NOW + 9, paid=4_000, refund=refund), scale_of)
    (rejected,) = events_of(dispute(), dispute(st="rejected", when=NOW + 9), scale_of)
    assert [each.type for each in (raised, accepted, rejected)] == [
        "dispute.raised", "dispute.accepted", "dispute.rejected"
    ]  # fmt: skip
    assert (accepted.data["amount"], accepted.data["refund_transaction_id"]) == ("40.00", refund)
    for event in (raised, accepted, rejected):
        is_of_its_schema(event)


def test_of_an_endpoint_only_our_own_stop_is_told() -> None:
    key = event_keys.webhook_endpoint_key(SHOP, ids.derived_id("wep", "one"))
    active = {
        "pk": key.pk,
        "sk": key.sk,
        "status": "active",
        "mode": "live",
        "url": "https://a.example.com",
        "version": 1,
    }
    stopped = {**active, "status": "disabled", "why": "failing", "disabled": NOW, "version": 2}
    assert events_of(None, active, scale_of) == []
    assert events_of(active, {**active, "status": "paused"}, scale_of) == []
    (event,) = events_of(active, stopped, scale_of)
    is_of_its_schema(event)
    assert events_of(stopped, {**stopped, "version": 3}, scale_of) == []


@pytest.mark.parametrize("change", [{"id": "evt_x"}, {"tenant": "ten_x"}, {"parties": ["x"]}, {"created_at": "soon"}])
def test_what_is_no_event_of_ours_on_the_bus_is_not_read(change: dict[str, Any]) -> None:
    (event,) = published(COINS["coins.issued"]())
    detail = json.loads(event.detail())
    with pytest.raises(UnpublishableChange):
        read_detail({**detail, **change})
    for name in detail:
        with pytest.raises(UnpublishableChange):
            read_detail({key: value for key, value in detail.items() if key != name})
