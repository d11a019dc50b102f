"""An application's wallets: its wallet types, its customers, and the points that it credits and debits.

A wallet type is a program without merchants and without a ceiling; its points are posted like any other coins.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Literal

from .. import errors, ids
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..errors import Problem
from ..identity.credentials import Claims
from ..identity.tenant import program_item, read_program
from ..ledger.decisions import customer_coins
from ..ledger.errors import PostingRefused
from ..ledger.model import CoinDecision, Origin, Program, Wallet
from ..ledger.posting.customer_coins import PostingService
from ..ledger.posting.request import PostingRequest, PostingState
from ..ledger.records.customer_coins import read_wallet
from ..money import AmountError, parse, to_wire
from ..store import keys
from ..store.keys import Key
from ..store.store import Cancelled
from ..store.writes import ABSENT, Put
from . import model
from .models import CreateWalletType, CustomerWallet, PointsPosted, PostPoints, RegisteredCustomer, WalletType

MAX_WALLET_TYPES: Final = 50

RESOURCE_NOT_FOUND = errors.define("resource_not_found", 404, "resource not found")
INVALID_PAYLOAD = errors.define("invalid_payload", 400, "Invalid payload")
TYPE_REQUIRED = errors.define("type_required", 400, "type field is required")
INSUFFICIENT_POINTS = errors.define("insufficient_points", 400, "insufficient points")
TOO_MANY_WALLET_TYPES = errors.define("too_many_wallet_types", 409, "Wallet type limit reached.")


@dataclass(frozen=True, slots=True)
class PointsWalletLookup:
    """A customer of the application, and the key of one of their wallets."""

    scope: str
    customer: str
    source_id: str | None = None
    """None where the customer is named by our id."""
    program: Key | None = None
    wallet: Key | None = None

    @property
    def keys(self) -> list[Key]:
        return [key for key in (keys.customer_key(self.scope, self.customer), self.program, self.wallet) if key]


def prefetch_points_customer(claims: Claims, body: object, request: Request) -> PointsWalletLookup:
    """By the application's own id of the customer, or by ours. What no application could have sent is not there."""
    named = request.path["source_id"]
    if ids.is_id(named, "cust"):
        return PointsWalletLookup(claims.scope, named)
    # U+FFFD stands for bytes that were no text: two such names could look the same.
    if not 0 < len(named) <= 128 or not named.isprintable() or "/" in named or "\ufffd" in named:
        raise resource_not_found("customer")
    return PointsWalletLookup(claims.scope, model.customer_id_by_source(claims.scope, claims.owner, named), named)


def prefetch_points_wallet(claims: Claims, body: object, request: Request) -> PointsWalletLookup:
    place, wallet_type = prefetch_points_customer(claims, body, request), request.path["wallet_id"]
    if not ids.is_id(wallet_type, "waty"):
        raise resource_not_found("wallet")
    wallet = keys.wallet_key(place.scope, model.customer_wallet_id(place.scope, wallet_type, place.customer))
    return PointsWalletLookup(
        place.scope, place.customer, place.source_id, keys.program_key(claims.owner, wallet_type), wallet
    )


def post_points(call: Call[PostPoints]) -> Reply:
    """Credits or debits points on one wallet of a customer."""
    place: PointsWalletLookup = call.lookup
    points_customer(call)
    record = call.loaded[place.program] if place.program else None
    if record is None or place.wallet is None:
        raise resource_not_found("wallet")
    program = read_program(record)
    points, credit = _requested_points(call.input, program), _is_credit(call.input)
    stored = call.loaded[place.wallet]
    wallet = read_wallet(stored) if stored else Wallet(_id(place.wallet), place.customer)
    merchant = customer_coins.Merchant(call.caller.tenant.id, call.caller.tenant.program_since)

    def decision(state: PostingState) -> CoinDecision:
        if credit:
            return customer_coins.decide_issue(state.wallet, program, merchant, state.now, coins=points, bill=None)
        return customer_coins.decide_redemption(state.wallet, program, merchant, state.now, coins=points)

    order = PostingRequest(
        operation="points",
        mode=call.caller.mode,
        scope=place.scope,
        source=Origin(call.caller.id, call.caller.address, merchant.id, None, call.input.description, call.request.id),
        key=call.idempotency_key,
        asks_for="issue" if credit else "redeem",
        content={
            "wallet": wallet.id,
            "points": points,
            "credit": credit,
            "description": call.input.description,
        },
    )
    try:
        posted = PostingService(call.store, program).post(order, PostingState(wallet, call.now), decision)
    except PostingRefused as refusal:
        raise _points_problem(refusal, program) from None
    entry = posted.entry
    moved = entry.amount if entry.kind == "issue" else -entry.amount
    data = PointsPosted(
        requestId=call.request.id,
        txn_id=entry.id,
        id=entry.customer,
        wallet_id=program.id,
        loyalty_points=to_wire(entry.after, program.scale),
        previous_loyalty_points=to_wire(entry.after - moved, program.scale),
        points=to_wire(entry.amount, program.scale),
        description=entry.note,
    )
    return Reply(data, headers=replay_headers(posted.replayed))


def list_points_wallets(call: Call[None]) -> list[CustomerWallet]:
    """The customer's wallets, one of each type; one that holds nothing yet shows zero."""
    place: PointsWalletLookup = call.lookup
    points_customer(call)
    programs = _wallet_types(call)
    places = {
        program.id: keys.wallet_key(place.scope, model.customer_wallet_id(place.scope, program.id, place.customer))
        for program in programs
    }
    found = call.store.read(places.values()) if places else {}
    return [_customer_wallet(program, found[places[program.id]], call.now) for program in programs]


def list_wallet_types(call: Call[None]) -> list[WalletType]:
    return [wallet_type_out(program) for program in _wallet_types(call)]


def create_wallet_type(call: Call[CreateWalletType]) -> Reply:
    """Creates a custom wallet. With an idempotency key the same request again gives the same wallet."""
    tenant, body, key = call.caller.tenant, call.input, call.idempotency_key
    program = Program(
        id=ids.derived_id("waty", tenant.id, key) if key else ids.new_id("waty", call.now),
        owner=tenant.id,
        name=body.wallet_name,
        kind="application",
        time_zone=tenant.time_zone,
        scale=body.decimals,
        expiry_months=body.expiry_months,
        singular=body.singular_unit_name,
        plural=body.plural_unit_name,
        currency=body.currency,
        created_at=call.now,
    )
    there = {each.id: each for each in _wallet_types(call)}
    if program.id in there:
        return _created_before(there[program.id], program)
    if len(there) >= MAX_WALLET_TYPES:
        raise TOO_MANY_WALLET_TYPES()
    put = Put(keys.program_key(tenant.id, program.id), program_item(program), when=ABSENT)
    act = call.act("wallet type created", program.id)
    try:
        call.store.commit([put, act])
    except Cancelled as cancelled:
        record = cancelled.reasons[0].item or call.store.read([put.key])[put.key]
        if record is None:
            raise
        return _created_before(read_program(record), program)
    return Reply(wallet_type_out(program))


def register_customer(call: Call[None]) -> RegisteredCustomer:
    """Makes the customer known under the application's own id for it; again changes nothing."""
    place: PointsWalletLookup = call.lookup
    if place.source_id is None:
        known = points_customer(call)
        return RegisteredCustomer(id=known.id, source_id=known.source_id)
    customer = model.Customer(place.customer, call.now, source_id=place.source_id)
    made = model.customer_put(place.scope, customer, by=call.caller.tenant.id)
    with suppress(Cancelled):
        call.store.commit([made, call.act("customer registered", customer.id)])
    return RegisteredCustomer(id=place.customer, source_id=place.source_id)


def _created_before(there: Program, wanted: Program) -> Reply:
    """The answer to a key that has made a wallet type: that one, if it is what is requested now."""
    if wallet_type_out(there) != wallet_type_out(wanted):
        raise errors.IDEMPOTENCY_KEY_REUSED()
    return Reply(wallet_type_out(there), headers=replay_headers(True))


def wallet_type_out(program: Program) -> WalletType:
    return WalletType(
        wallet_id=program.id,
        wallet_name=program.name,
        currency=program.currency,
        singular_unit_name=program.singular,
        plural_unit_name=program.plural,
        decimals=program.scale,
        expiry_months=program.expiry_months,
    )


def _wallet_types(call: Call[Any]) -> list[Program]:
    partition = keys.tenant_key(call.caller.tenant.id).pk
    records = call.store.query_all("directory", partition, beginning="PROGRAM#waty_", consistent=True)
    return sorted(map(read_program, records), key=lambda program: (program.created_at, program.id))


def _customer_wallet(program: Program, record: Mapping[str, Any] | None, now: int) -> CustomerWallet:
    wallet = read_wallet(dict(record)) if record else None
    available = customer_coins.wallet_as_of(wallet, program, now).available if wallet else 0
    return CustomerWallet(
        **wallet_type_out(program).model_dump(exclude={"decimals"}),
        loyalty_points=to_wire(available, program.scale),
        held_points=to_wire(wallet.held if wallet else 0, program.scale),
    )


def points_customer(call: Call[Any]) -> model.Customer:
    """The customer that the path names. Raises `resource_not_found`."""
    place: PointsWalletLookup = call.lookup
    customer = model.loaded_customer(call.loaded, place.scope, place.customer)
    if customer is None:
        raise resource_not_found("customer")
    return customer


def _requested_points(body: PostPoints, program: Program) -> int:
    if body.points is None:
        raise INVALID_PAYLOAD(figures={"key": "invalid_payload", "details": "The payload cannot be empty"})
    try:
        return minor_units(parse(body.points), program.scale, "points")
    except AmountError as refusal:
        raise errors.invalid("points", str(refusal)) from refusal


def _is_credit(body: PostPoints) -> bool:
    if body.type is None:
        raise TYPE_REQUIRED(figures={"code": 401, "key": "type", "details": "type field is required"})
    if body.type not in ("credit", "debit"):
        raise errors.invalid("type", "must be credit or debit")
    return bool(body.type == "credit")


def _points_problem(refusal: PostingRefused, program: Program) -> Problem:
    headers = replay_headers(refusal.replayed)
    reason = refusal.refusal
    if reason.code != "insufficient_balance":
        return errors.CATALOGUE[reason.code](headers=headers)
    there = to_wire(reason.figures["available"], program.scale)
    return INSUFFICIENT_POINTS(
        figures={"key": "points", "details": f"the wallet holds {there} {program.plural}"}, headers=headers
    )


def resource_not_found(what: Literal["customer", "wallet"]) -> Problem:
    """The error in the words of the API that this one replaces."""
    return RESOURCE_NOT_FOUND(figures={"details": f"{what} not found"})


def _id(wallet: Key) -> str:
    return wallet.pk.rpartition("#")[2]
