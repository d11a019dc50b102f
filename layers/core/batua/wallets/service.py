"""What the endpoints on tenants' own wallets share: which wallet is meant, orders, and answers to refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from .. import errors, ids
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.styles import Reply, replay_headers
from ..errors import CATALOGUE, Problem
from ..identity.credentials import Claims
from ..ledger.decisions.tenant_money import INR, FundsBalance, TenantWallet, tenant_wallet
from ..ledger.errors import PostingRefused
from ..ledger.model import Origin, Program
from ..ledger.posting.request import PostingRequest
from ..ledger.posting.tenant_money import FundsPostingResult, TenantLedger, funds_request
from ..ledger.records.tenant_money import FundsEntry, read_funds_balance, read_tenant_wallet
from ..money import INR_SCALE, to_text, to_wire
from ..store import keys
from ..store.keys import Key
from ..store.store import Found
from .models import MovementOut


@dataclass(frozen=True, slots=True)
class WalletsLookup:
    """Wallets by their ids, in the books where the caller can have them."""

    scope: str
    wallets: tuple[str, ...]
    coins: str | None = None
    """The books of the caller's program, where a customer's wallet may be meant too."""

    @property
    def keys(self) -> list[Key]:
        wanted = [keys.funds_wallet_key(self.scope, id) for id in self.wallets]
        return wanted + ([keys.wallet_key(self.coins, id) for id in self.wallets] if self.coins else [])


def own_scope(claims: Claims) -> keys.Scope:
    """A tenant's own books; those of its program may be another's."""
    return keys.scope(claims.mode, claims.tenant)


def prefetch_wallets(claims: Claims, *wallets: str, coins: bool = False) -> WalletsLookup:
    """The wallets of a request. What is no wallet id names no wallet."""
    if not all(ids.is_id(id, "wal") for id in wallets):
        raise errors.WALLET_NOT_FOUND()
    return WalletsLookup(own_scope(claims), wallets, claims.scope if coins else None)


def own_wallet(found: Found, scope: str, id: str, program: Program | None) -> TenantWallet:
    """A wallet of these books: one that exists, or one that the tenant has without ever having used it."""
    record = found[keys.funds_wallet_key(scope, id)]
    if record is not None:
        return read_tenant_wallet(record)
    unused = [wallet for wallet in default_wallets(scope, program) if wallet.id == id]
    if not unused:
        raise errors.WALLET_NOT_FOUND()
    return unused[0]


def default_wallets(scope: str, program: Program | None) -> list[TenantWallet]:
    """The wallets that a tenant has from the beginning: rupees, and the coins of its prefunded program."""
    books = keys.Scope.of(scope)
    assets = [INR, *([program.asset] if program and program.funding == "prefunded" else [])]
    return [tenant_wallet(books.mode, books.tenant, asset) for asset in assets]


def scale_of(asset: str, program: Program | None) -> int:
    """Decimals of an asset: of rupees, or of the coins of the caller's program."""
    return program.scale if program and asset == program.asset else INR_SCALE


def amount_minor(amount: Decimal, asset: str, program: Program | None) -> int:
    return minor_units(amount, scale_of(asset, program), "amount")


def wallet_ledger(call: Call[Any], zone: str | None = None) -> TenantLedger:
    return TenantLedger(call.store, zone or call.caller.tenant.time_zone, call.now)


def wallet_request(
    call: Call[Any],
    operation: str,
    content: Mapping[str, Any],
    *,
    asset: str,
    note: str | None = None,
    tenant: str | None = None,
    asks_for: str | None = None,
) -> PostingRequest:
    """The order of a request: its key is the idempotency key, or else the caller's reference, or else none."""
    caller, reference = call.caller, getattr(call.input, "reference", None)
    given = call.idempotency_key
    key = f"key:{given}" if given is not None else f"reference:{reference}" if reference is not None else None
    owner = tenant or caller.tenant.id
    source = Origin(caller.id, caller.address, owner, reference, note, call.request.id)
    by_reference = given is None and reference is not None
    content = {**content, "reference": reference}
    return funds_request(
        operation,
        caller.mode,
        owner,
        source,
        key,
        content,
        by_reference=by_reference,
        asks_for=asks_for,
        asset=asset,
    )


def wallet_problem(refusal: PostingRefused, asset: str, program: Program | None) -> Problem:
    """A refusal in the caller's words, its figures in whole units of the asset."""
    kind, scale, figures = CATALOGUE[refusal.refusal.code], scale_of(asset, program), refusal.refusal.figures
    return kind(
        kind.describe({name: to_text(amount, scale) for name, amount in figures.items()}),
        figures={name: to_wire(amount, scale) for name, amount in figures.items()},
        headers=replay_headers(refusal.replayed),
    )


_STATUS: Final[Mapping[str, Literal["pending", "voided", "expired"]]] = {
    "hold": "pending",
    "void": "voided",
    "expire": "expired",
}


def movement_reply(call: Call[Any], posted: FundsPostingResult, program: Program | None, message: str) -> Reply:
    """The answer to a movement. What the wallet holds now stands beside it: a replay repeats the movement, not that."""
    entry = posted.entry
    wallet, scale = entry.line.wallet, scale_of(entry.line.wallet.asset, program)
    funds = read_funds_balance(call.store.read([wallet.key])[wallet.key]) or FundsBalance()
    held = {"balance": funds.balance, "held": funds.held, "available": funds.available}
    meta = {"wallet": {name: to_wire(amount, scale) for name, amount in held.items()}}
    data = movement_out(entry, program, call.caller.mode)
    return Reply(data, message, meta=meta, headers=replay_headers(posted.replayed))


def movement_out(entry: FundsEntry, program: Program | None, mode: str) -> MovementOut:
    """The movement, from the entry alone: so a replay says what was said first."""
    line = entry.line
    return MovementOut(
        transaction_id=entry.id,
        type=entry.kind,
        status=_STATUS.get(entry.kind, "posted"),
        wallet_id=line.wallet.id,
        other_wallet_id=line.counterparty.id if line.counterparty else None,
        asset=line.wallet.asset,
        amount=to_wire(entry.total, scale_of(line.wallet.asset, program)),
        expires_at=line.details.get("expires_at"),
        original_transaction_id=entry.follows,
        reference=entry.reference,
        note=entry.note,
        mode="test" if mode == "test" else "live",
        created_at=entry.created_at,
    )
