"""What the gateway's endpoints share: the tenant's wallet, who acts, amounts, and the answer to a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .. import audit_trail, clock, errors
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..errors import CATALOGUE, Problem
from ..identity.credentials import Claims
from ..identity.roles import REPRESENT
from ..ledger.decisions.tenant_money import FundsBalance, TenantWallet, tenant_wallet
from ..ledger.errors import PostingRefused
from ..ledger.model import Origin
from ..ledger.posting.tenant_money import TenantLedger
from ..ledger.records.tenant_money import read_funds_balance
from ..money import INR_SCALE, to_text, to_wire
from ..store import keys
from ..store.keys import Key
from ..store.writes import Put
from .models import TenantBalance


@dataclass(frozen=True, slots=True)
class GatewayWalletLookup:
    """The tenant's own rupee wallet, read along with its credential."""

    wallet: TenantWallet

    @property
    def keys(self) -> list[Key]:
        return [self.wallet.key]


def prefetch_gateway_wallet(claims: Claims, content: Any, request: Request) -> GatewayWalletLookup:
    return GatewayWalletLookup(tenant_wallet(claims.mode, claims.tenant))


def gateway_scope(call: Call[Any]) -> str:
    """The tenant's own books; those of a coin program that it takes part in may be another's."""
    return keys.scope(call.caller.mode, call.caller.tenant.id)


def gateway_wallet(call: Call[Any]) -> TenantWallet:
    return tenant_wallet(call.caller.mode, call.caller.tenant.id)


def gateway_ledger(call: Call[Any]) -> TenantLedger:
    return TenantLedger(call.store, call.caller.tenant.time_zone, call.now)


def request_origin(call: Call[Any], reference: str | None = None, note: str | None = None) -> Origin:
    caller = call.caller
    return Origin(caller.id, caller.address, caller.tenant.id, reference, note, call.request.id, claimed_user(call))


def claimed_user(call: Call[Any]) -> str | None:
    """The user on whose behalf the caller claims to act (`X-User-Id`). It is recorded beside the actor and proves
    nothing: the actor is the credential. Only API keys with the scope `users:represent` may claim; the header of any
    other caller is not recorded."""
    claimed = call.request.headers.get("x-user-id")
    if claimed is None:
        return None
    if not (0 < len(claimed) <= 128 and all("!" <= char <= "~" for char in claimed)):
        raise errors.invalid("X-User-Id", "must be 1 to 128 visible ASCII characters")
    may = call.caller.claims.kind == "key" and REPRESENT in call.caller.permissions
    return claimed if may else None


def gateway_audit_entry(call: Call[Any], what: str, reference: str | None = None, **details: Any) -> Put:
    """The write that records what a caller of the gateway did, to be committed with it."""
    caller = call.caller
    return audit_trail.audit_entry(
        caller.mode,
        caller.tenant.id,
        call.now,
        what=what,
        who=caller.id,
        address=caller.address,
        reference=reference,
        request_id=call.request.id,
        claimed=claimed_user(call),
        details=details or None,
    )


def to_paise(amount: Decimal, field: str) -> int:
    return minor_units(amount, INR_SCALE, field)


def rupees(minor: int) -> int | Decimal:
    return to_wire(minor, INR_SCALE)


def rupees_text(minor: int) -> str:
    """`1000`, or `1000.50`: requests tell their amounts as strings."""
    return str(rupees(minor))


def gateway_problem(refusal: PostingRefused) -> Problem:
    """A refusal of the ledger, its figures in rupees."""
    kind, figures = CATALOGUE[refusal.refusal.code], refusal.refusal.figures
    shown: Mapping[str, Any] = {name: rupees(amount) for name, amount in figures.items()}
    message = kind.describe({name: to_text(amount, INR_SCALE) for name, amount in figures.items()})
    return kind(message, figures=shown, headers=replay_headers(refusal.replayed))


def read_gateway_balance(call: Call[None]) -> Reply:
    """What the tenant's wallet has available, and when it last moved."""
    wallet = gateway_wallet(call)
    funds = read_funds_balance(call.loaded[wallet.key]) or FundsBalance()
    partition = keys.funds_statement_partition(wallet.scope, wallet.id)
    last = call.store.query("ledger", partition, index="statement", descending=True, limit=1).items
    data = TenantBalance(
        balance=rupees(funds.available),
        held=rupees(funds.held),
        tenant_id=wallet.tenant,
        last_updated=last[0]["g1s"].partition("#")[0] if last else clock.iso(call.now),
    )
    return Reply(data, "Wallet balance retrieved successfully")
