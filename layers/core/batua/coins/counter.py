"""What all endpoints of the counter share: the merchant's program, its customer, and the answer to a refusal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from .. import clock, errors, ids, phone
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.request import Request
from ..api.styles import replay_headers as replay_headers
from ..customers import model as customers
from ..errors import CATALOGUE, Problem
from ..identity.caller import Caller
from ..identity.credentials import Claims
from ..ledger.decisions.customer_coins import Merchant
from ..ledger.earning import remainder_unit
from ..ledger.errors import PostingRefused
from ..ledger.lots import PendingCoins
from ..ledger.model import Origin, Program, Refusal, Wallet
from ..ledger.posting.customer_coins import PostingService
from ..ledger.posting.request import PostingRequest
from ..ledger.records.customer_coins import read_wallet
from ..money import INR_SCALE, to_text, to_wire
from ..store import keys
from ..store.customer_keys import customer_tags_key
from ..store.keys import Key
from .models import CustomerReference, LotCoins, PendingAmount

_IN_RUPEES: Final = frozenset({"bill", "value", "funds"})
"""Figures of a refusal that are paise; the others are coins."""

_REMAINDER_SCALE: Final = 4


QR_NOT_VALID: Final = (
    "This QR code is not valid here. It has expired, was replaced or belongs to another program: ask the customer to "
    "show it again."
)


@dataclass(frozen=True, slots=True)
class CustomerLookup:
    """The customer that a request names, as far as that is known before the read."""

    scope: str
    program: str
    wallet: str
    customer: str | None
    phone: str | None = None
    qr_version: int | None = None
    referral: Key | None = None
    """Whose the referral code is that the request names."""

    @property
    def keys(self) -> list[Key]:
        wanted = [keys.wallet_key(self.scope, self.wallet), *([self.referral] if self.referral else [])]
        if self.qr_version is not None and self.customer:
            wanted.append(keys.customer_key(self.scope, self.customer))
        return wanted


@dataclass(frozen=True, slots=True)
class ProfileLookup:
    """A subject with the customer's own record and the tenant's tags read along, where its id is known."""

    subject: CustomerLookup
    tenant: str

    def about(self, customer: str) -> list[Key]:
        scope = self.subject.scope
        return [keys.customer_key(scope, customer), customer_tags_key(scope, customer, self.tenant)]

    @property
    def keys(self) -> list[Key]:
        wanted = self.subject.keys
        return wanted + (self.about(self.subject.customer) if self.subject.customer else [])


def prefetch_customer(claims: Claims, reference: CustomerReference, request: Request) -> CustomerLookup:
    """Finds the wallet's key from a phone number, a wallet id or a QR code, without a read."""
    if claims.program is None:
        raise errors.FORBIDDEN(
            "These credentials belong to no coin program. Sign in again, or create a new API key, after creating one."
        )
    scope = claims.scope
    if reference.wallet_id is not None:
        if not ids.is_id(reference.wallet_id, "wal"):
            raise errors.invalid("wallet_id", "must be a wallet id such as wal_21CBYXTED3WGH5X3H3JBPET8VZ")
        return CustomerLookup(scope, claims.program, reference.wallet_id, None)
    if reference.qr is not None:
        read = customers.read_qr_token(scope, claims.owner, reference.qr)
        if read is None:
            raise errors.CUSTOMER_NOT_FOUND(QR_NOT_VALID)
        customer, version = read
        return CustomerLookup(
            scope,
            claims.program,
            customers.customer_wallet_id(scope, claims.program, customer),
            customer,
            None,
            version,
        )
    try:
        e164 = phone.to_e164(reference.phone or "", claims.region)
    except phone.PhoneError as refusal:
        raise errors.invalid("phone", str(refusal)) from refusal
    customer = customers.customer_id_by_phone(scope, claims.owner, e164)
    return CustomerLookup(
        scope, claims.program, customers.customer_wallet_id(scope, claims.program, customer), customer, e164
    )


def prefetch_profile(claims: Claims, reference: CustomerReference, request: Request) -> ProfileLookup:
    return ProfileLookup(prefetch_customer(claims, reference, request), claims.tenant)


def existing_wallet(call: Call[Any], subject: CustomerLookup) -> Wallet:
    """The wallet of the request. Raises `customer_not_found`, also for a QR code that was revoked."""
    wallet = loaded_wallet(call, subject)
    if wallet is None:
        raise errors.CUSTOMER_NOT_FOUND()
    return wallet


def wallet_or_new(call: Call[Any], subject: CustomerLookup) -> Wallet:
    """The wallet of the request, or for a phone number that is new here, an empty one that is not stored yet."""
    wallet = loaded_wallet(call, subject)
    if wallet is None and (subject.customer is None or (subject.phone is None and subject.qr_version is None)):
        raise errors.CUSTOMER_NOT_FOUND()
    return wallet or Wallet(subject.wallet, str(subject.customer))


def loaded_wallet(call: Call[Any], subject: CustomerLookup) -> Wallet | None:
    """The wallet, if it exists. One of another program in the same books is not this counter's."""
    if subject.qr_version is not None and subject.customer is not None:
        customer = customers.loaded_customer(call.loaded, subject.scope, subject.customer)
        if customer is None or customer.qr_version != subject.qr_version:
            raise errors.CUSTOMER_NOT_FOUND(QR_NOT_VALID)
    record = call.loaded[keys.wallet_key(subject.scope, subject.wallet)]
    wallet = read_wallet(record) if record else None
    if wallet and wallet.id != customers.customer_wallet_id(subject.scope, subject.program, wallet.customer):
        return None
    return wallet


def program_of(caller: Caller) -> Program:
    if caller.tenant.program is None:
        raise errors.FORBIDDEN("This tenant runs no coin program.")
    return caller.tenant.program


def merchant_of(caller: Caller) -> Merchant:
    return Merchant(caller.tenant.id, caller.tenant.program_since, caller.tenant.rules)


def posting_service(call: Call[Any]) -> PostingService:
    tenant = call.caller.tenant
    return PostingService(call.store, program_of(call.caller), tenant.shards, scaling=tenant.scaling)


def coin_request(
    call: Call[Any],
    operation: str,
    content: Mapping[str, Any],
    note: str | None = None,
    *,
    asks_for: str | None = None,
) -> PostingRequest:
    """The order of a request: its key is the idempotency key, or else the caller's reference, or else none.

    `occurred_at` is not among what the key identifies: it decides nothing, and a device may add it to a second attempt.
    """
    caller, reference = call.caller, call.input.reference
    given = call.idempotency_key
    series = getattr(call.input, "series", None)
    key = f"key:{given}" if given is not None else _reference_key(reference, series) if reference is not None else None
    if key is not None and caller.claims.kind == "customer":
        key = f"{caller.id}:{key}"  # a customer's keys are no merchant's, and no other customer's
    return PostingRequest(
        operation=operation,
        mode=caller.mode,
        scope=caller.scope,
        source=Origin(
            caller.id,
            caller.address,
            caller.tenant.id,
            reference,
            note,
            call.request.id,
            occurred_at=claimed_time(getattr(call.input, "occurred_at", None), call.now),
        ),
        key=key,
        content={**content, "reference": reference},
        by_reference=given is None and reference is not None,
        asks_for=asks_for,
    )


def is_made(call: Call[Any], request: PostingRequest) -> bool:
    """Whether an earlier coming of this very request has been carried out."""
    record = call.store.read([request.entry_key])[request.entry_key]
    return record is not None and record["kind"] != "refused" and record["fp"] == request.fingerprint


CLAIMED_DAYS: Final = 30
"""How long ago a sale may have happened by its sender's word: as long as a till is likely to be without a network."""


def claimed_time(text: str | None, now: int) -> int | None:
    """A sender's time, moved into the last 30 days: its clock may be wrong, and the sale has happened all the same."""
    if text is None:
        return None
    return min(now, max(now - CLAIMED_DAYS * clock.DAY_MS, clock.parse_iso(text)))


def _reference_key(reference: str, series: str | None) -> str:
    """The key of a reference. Lengths keep `1` of series `2:1` and `1:1` of series `2` apart."""
    return f"reference:{reference}" if series is None else f"series:{len(series)}:{series}:{reference}"


def coins_minor(coins: Decimal | None, program: Program) -> int | None:
    return None if coins is None else minor_units(coins, program.scale, "coins")


def bill_minor(bill: Decimal | None) -> int | None:
    return None if bill is None else minor_units(bill, INR_SCALE, "bill_amount")


def coins_wire(coins: int, program: Program) -> int | Decimal:
    return to_wire(coins, program.scale)


def remainder_wire(carried: int | None, program: Program) -> int | Decimal | None:
    """A carried remainder in coins, to four decimals, towards zero; None where there is none."""
    if carried is None:
        return None
    shown = abs(carried) * 10**_REMAINDER_SCALE // (remainder_unit(program.coin_value) * 10**program.scale)
    return to_wire(shown if carried > 0 else -shown, _REMAINDER_SCALE)


def rupees_wire(paise: int | None) -> int | Decimal | None:
    return None if paise is None else to_wire(paise, INR_SCALE)


def lot_coins(lots: Mapping[int, int], program: Program) -> list[LotCoins]:
    """Lots as the answers show them, the earliest first."""
    return [
        LotCoins(
            month="never" if month == clock.NO_EXPIRY else clock.month_text(month),
            coins=coins_wire(abs(count), program),
            expires_at=expires_at(month, program),
        )
        for month, count in sorted(lots.items())
    ]


def pending_amounts(pending: PendingCoins, program: Program) -> list[PendingAmount]:
    """Pending coins by when they can be spent, the earliest first."""
    days = Counter[int]()
    for lot, coins in pending.items():
        days[lot.day] += coins
    return [
        PendingAmount(coins=coins_wire(coins, program), available_at=available_at(day, program))
        for day, coins in sorted(days.items())
    ]


def available_at(day: int, program: Program) -> str:
    return clock.iso(clock.day_start(day, program.time_zone))


def expires_at(month: int, program: Program) -> str | None:
    return None if month == clock.NO_EXPIRY else clock.iso(clock.month_end(month, program.time_zone))


def coin_problem(refusal: PostingRefused, program: Program) -> Problem:
    """A refusal of the ledger in the caller's words, with its figures in whole coins and rupees."""
    return refusal_problem(refusal.refusal, program, replayed=refusal.replayed)


def refusal_problem(refusal: Refusal, program: Program, *, replayed: bool = False) -> Problem:
    kind = CATALOGUE[refusal.code]
    scales = {name: INR_SCALE if name in _IN_RUPEES else program.scale for name in refusal.figures}
    figures = {name: to_wire(amount, scales[name]) for name, amount in refusal.figures.items()}
    message = kind.describe({name: to_text(amount, scales[name]) for name, amount in refusal.figures.items()})
    return kind(message, figures=figures, headers=replay_headers(replayed))
