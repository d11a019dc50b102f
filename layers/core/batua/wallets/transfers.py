"""Moves value on a tenant's own wallets: transfer, credit, debit at once or as a hold.

Who may put in money out of nothing: in the sandbox, the tenant's administrators. Live, money enters a wallet only by a
prefund, a paid top-up (`billing.top_up_posting`), from the parent, or at the hands of the platform's administrators,
who have a limit a day (`direct_credits`). Every credit names its counter-account and its reason, is in the audit trail
of both tenants, and is mailed to the administrators of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .. import audit_trail, clock, errors, ids
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply
from ..identity.credentials import Claims
from ..identity.tenant import Tenant, read_tenant
from ..ledger.decisions import tenant_money
from ..ledger.decisions.tenant_money import FundsDecision, FundsState, TenantWallet
from ..ledger.errors import PostingRefused, PreconditionFailed
from ..ledger.model import Program, Refusal
from ..ledger.records.tenant_money import loaded_balances
from ..money import to_text
from ..store import keys
from ..store.keys import Key
from ..store.writes import Put, Write
from . import direct_credits, service
from .models import HOLD_MINUTES, MAX_HOLD_MINUTES, CreditWallet, DebitWallet, Transfer
from .naming import WalletName, require_named_wallet, wallet_creation
from .refusals import DIRECT_CREDIT_LIMIT_REACHED, WALLET_NAME_UNKNOWN

_WALLET_ERRORS = (errors.WALLET_NOT_FOUND, errors.WALLET_NOT_ACTIVE, errors.WALLET_CLOSED)
CREDIT_ERRORS = (*_WALLET_ERRORS, DIRECT_CREDIT_LIMIT_REACHED)
TAKING_ERRORS = (*_WALLET_ERRORS, errors.INSUFFICIENT_BALANCE)
DEBIT_ERRORS = (*TAKING_ERRORS, errors.HOLD_EXPIRY_INVALID)
TRANSFER_ERRORS = (*TAKING_ERRORS, errors.SAME_WALLET, errors.ASSET_MISMATCH, WALLET_NAME_UNKNOWN)
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class WalletTransferLookup:
    """The wallets of a transfer by their ids, and the one that is given by its name."""

    by_id: service.WalletsLookup
    name: WalletName | None

    @property
    def keys(self) -> list[Key]:
        return list(dict.fromkeys((*self.by_id.keys, *(self.name.keys if self.name else ()))))


def prefetch_transfer(claims: Claims, body: Transfer, request: Request) -> WalletTransferLookup:
    if (body.to_wallet_id is None) == (body.to_customer is None):
        raise errors.invalid("to_wallet_id", "is required, unless to_customer is given instead")
    if body.create_wallet and body.to_customer is None:
        raise errors.invalid("create_wallet", "needs to_customer, the name of the wallet to create")
    name = WalletName(service.own_scope(claims), body.to_customer) if body.to_customer is not None else None
    given = [each for each in (body.from_wallet_id, body.to_wallet_id) if each is not None]
    return WalletTransferLookup(service.prefetch_wallets(claims, *dict.fromkeys(given)), name)


def transfer_between_wallets(call: Call[Transfer]) -> Reply:
    """Moves value between two wallets of the tenant, of one asset. A wallet is created only if the request says so."""
    body, program = call.input, call.caller.tenant.program
    lookup: WalletTransferLookup = call.lookup
    source = service.own_wallet(call.loaded, lookup.by_id.scope, body.from_wallet_id, program)
    name = lookup.name
    if name is None:
        target = service.own_wallet(call.loaded, lookup.by_id.scope, str(body.to_wallet_id), program)
        return _transfer(call, source, target)
    named = name.find(call.loaded)
    if named is None and body.create_wallet:
        try:
            return _transfer(call, source, name.wallet, wallet_creation(name, call.caller.id, call.now))
        except PreconditionFailed:  # somebody else has made a wallet of this name meanwhile
            named = name.find(call.store.read(name.keys))
    return _transfer(call, source, require_named_wallet(call.store, name, named))


def _transfer(call: Call[Transfer], source: TenantWallet, target: TenantWallet, along: Sequence[Write] = ()) -> Reply:
    body, program = call.input, call.caller.tenant.program
    if source.id == target.id:
        raise errors.SAME_WALLET()
    if source.asset != target.asset:
        raise errors.ASSET_MISMATCH()
    amount = service.amount_minor(body.amount, source.asset, program)
    content = {"from": source.id, "to": target.id, "amount": amount, "note": body.note}
    order = service.wallet_request(call, "wallets.transfer", content, asset=source.asset, note=body.note)
    try:
        posted = service.wallet_ledger(call).post(
            order,
            lambda known: tenant_money.decide_transfer(known, source, target, amount, call.now),
            FundsState(loaded_balances(call.loaded, source, target)),
            extra_writes=along,
        )
    except PostingRefused as refusal:
        raise service.wallet_problem(refusal, source.asset, program) from None
    return service.movement_reply(call, posted, program, "Transferred")


@dataclass(frozen=True, slots=True)
class CreditLookup:
    """The wallet to credit, and its tenant where that is another's."""

    scope: str
    wallet: str
    tenant: str | None

    @property
    def keys(self) -> list[Key]:
        return [
            keys.funds_wallet_key(self.scope, self.wallet),
            *([keys.tenant_key(self.tenant)] if self.tenant else []),
        ]


def prefetch_credit(claims: Claims, body: CreditWallet, request: Request) -> CreditLookup:
    lookup = service.prefetch_wallets(claims, request.path["id"])
    if body.tenant_id is None or body.tenant_id == claims.tenant:
        return CreditLookup(lookup.scope, lookup.wallets[0], None)
    if not ids.is_id(body.tenant_id, "ten"):
        raise errors.invalid("tenant_id", "must be a tenant's id, `ten_…`")
    return CreditLookup(keys.scope(claims.mode, body.tenant_id), lookup.wallets[0], body.tenant_id)


def credit_wallet(call: Call[CreditWallet]) -> Reply:
    """Puts value into a wallet, from the bank or as an adjustment, with the reason."""
    caller, body = call.caller, call.input
    lookup: CreditLookup = call.lookup
    tenant = _credited_tenant(call, lookup)
    wallet = service.own_wallet(call.loaded, lookup.scope, lookup.wallet, tenant.program)
    amount = service.amount_minor(body.amount, wallet.asset, tenant.program)
    content = {"wallet": wallet.id, "amount": amount, "source": body.source, "reason": body.reason}
    order = service.wallet_request(
        call, "wallets.credit", content, asset=wallet.asset, note=body.reason, tenant=tenant.id
    )
    act = audit_trail.audit_entry(
        caller.mode,
        tenant.id,
        call.now,
        what="wallets.credit",
        who=caller.id,
        address=caller.address,
        reference=body.reference,
        request_id=call.request.id,
        details={"transaction": order.id, **content},
        announce=f"{_amount_text(amount, wallet.asset, tenant.program)} were credited to your wallet {wallet.id}.",
    )
    along: list[Write] = [act]
    if caller.mode == "live":
        along += _by_the_operator(call, tenant, wallet, amount, order.id)
    try:
        posted = service.wallet_ledger(call, tenant.time_zone).post(
            order,
            lambda known: tenant_money.decide_credit(known, wallet, amount, call.now, contra=body.source),
            extra_writes=along,
        )
    except PostingRefused as refusal:
        raise service.wallet_problem(refusal, wallet.asset, tenant.program) from None
    except PreconditionFailed as failed:
        audit_trail.record_act(call.store, _credit_act(call, tenant, amount, wallet, outcome="limit_reached"))
        raise direct_credits.limit_reached(failed.item) from None
    return service.movement_reply(call, posted, tenant.program, "Credited")


def _by_the_operator(
    call: Call[CreditWallet], tenant: Tenant, wallet: TenantWallet, amount: int, transaction: str
) -> list[Write]:
    """What goes along with a live credit: it counts towards the day's limit, and all super admins hear of it."""
    worth = amount if wallet.asset == tenant_money.INR or not tenant.program else tenant.program.value_of(amount)
    counted = direct_credits.counted_credit(call, worth)
    if tenant.id == call.caller.tenant.id:
        return [counted]  # its own line says it already
    return [counted, _credit_act(call, tenant, amount, wallet, transaction=transaction)]


def _credit_act(
    call: Call[CreditWallet], tenant: Tenant, amount: int, wallet: TenantWallet, *, outcome: str = "done", **more: str
) -> Put:
    """The line in the operator's own trail, mailed to its administrators: also of one that was too much."""
    caller, text = call.caller, _amount_text(amount, wallet.asset, tenant.program)
    done = "were credited" if outcome == "done" else "were to be credited"
    return audit_trail.audit_entry(
        caller.mode,
        caller.tenant.id,
        call.now,
        what="wallets.direct_credit",
        who=caller.id,
        address=caller.address,
        outcome=outcome,
        reference=call.input.reference,
        request_id=call.request.id,
        details={"tenant": tenant.id, "wallet": wallet.id, "amount": amount, "reason": call.input.reason, **more},
        announce=f"{text} {done} directly to a wallet of {tenant.name}: {call.input.reason}",
    )


def _amount_text(amount: int, asset: str, program: Program | None) -> str:
    unit = "INR" if asset == tenant_money.INR else "coins"
    return f"{to_text(amount, service.scale_of(asset, program))} {unit}"


def _credited_tenant(call: Call[CreditWallet], lookup: CreditLookup) -> Tenant:
    """The tenant whose wallet is credited. On live wallets only the platform's administrator brings money in from
    outside; a sandbox holds play money, which its tenant may give itself."""
    caller = call.caller
    of_platform = "platform:admin" in caller.permissions
    if lookup.tenant is None:
        if caller.mode == "live" and not of_platform:
            raise errors.FORBIDDEN(
                "Money enters this wallet by a prefund, a top-up, the parent tenant, or the platform's administrator."
            )
        return caller.tenant
    if not of_platform:
        raise errors.FORBIDDEN("Only the platform's administrators can credit another tenant's wallet.")
    record = call.loaded[keys.tenant_key(lookup.tenant)]
    if record is None:
        raise errors.WALLET_NOT_FOUND()
    return read_tenant(record)


def prefetch_debit(claims: Claims, body: DebitWallet, request: Request) -> service.WalletsLookup:
    return service.prefetch_wallets(claims, request.path["id"])


def debit_wallet(call: Call[DebitWallet]) -> Reply:
    """Takes value out of a wallet at once, or sets it aside until it is captured, voided, or its time is over."""
    body, program, lookup = call.input, call.caller.tenant.program, call.lookup
    wallet = service.own_wallet(call.loaded, lookup.scope, lookup.wallets[0], program)
    amount = service.amount_minor(body.amount, wallet.asset, program)
    content = {
        "wallet": wallet.id,
        "amount": amount,
        "destination": body.destination,
        "hold": body.hold,
        "expiry": body.expires_at or body.expires_in_minutes,
        "reason": body.reason,
    }
    order = service.wallet_request(
        call,
        "wallets.debit",
        content,
        asset=wallet.asset,
        note=body.reason,
        asks_for="hold" if body.hold else None,
    )
    expires_at = _expires_at(call)

    def decide(known: FundsState) -> FundsDecision:
        if not body.hold:
            return tenant_money.decide_debit(known, wallet, amount, call.now, contra=body.destination)
        if not call.now < expires_at <= call.now + MAX_HOLD_MINUTES * _MINUTE_MS:
            return Refusal("hold_expiry_invalid", {})
        return tenant_money.decide_funds_hold(
            known, wallet, amount, call.now, id=tenant_money.hold_id(order.id), expires_at=expires_at
        )

    try:
        posted = service.wallet_ledger(call).post(order, decide, FundsState(loaded_balances(call.loaded, wallet)))
    except PostingRefused as refusal:
        raise service.wallet_problem(refusal, wallet.asset, program) from None
    return service.movement_reply(call, posted, program, "Set aside" if body.hold else "Debited")


def _expires_at(call: Call[DebitWallet]) -> int:
    """When a hold ends by itself."""
    expires_at = call.input.expires_at
    if expires_at is None:
        return call.now + (call.input.expires_in_minutes or HOLD_MINUTES) * _MINUTE_MS
    try:
        instant = clock.parse_iso(expires_at)
    except (ValueError, OverflowError) as error:
        raise errors.invalid("expires_at", "must be an ISO 8601 time such as 2026-11-01T00:00:00Z") from error
    return instant
