"""Decides commands on a tenant's own wallets: state and command in, posting or refusal out. Pure.

A tenant wallet holds rupees (paise) or a program's coins. Its item is not read before it is written: a posting says how
much it adds to each wallet and what must be there, the table holds it to that, and many can post to one wallet at once.
So a decision is first taken without knowing the wallets; where a condition fails, the stored item becomes known, and
the decision is taken again.

    ledger.post(request, lambda state: decide_debit(state, wallet, 250_00, call.now))

Every wallet that a posting touches gets lines, each with legs that add up to zero: the wallet's own accounts are
`wallet` (available) and `held`; against them stand

| account | what |
|---|---|
| `bank` | money that came in from, or went out to, a bank account |
| `adjustment` | a correction by somebody who may, with a reason |
| `spent` | what the tenant paid for: fees, charges, captured holds |
| `float` | the value behind coins that a prefunded program has issued |
| `transfer` | another tenant wallet; over all lines of a transaction these legs add up to zero as well |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, Literal

from ... import clock, ids
from ...store import keys
from ...store.keys import Key, Mode
from ..model import InvariantBroken, Refusal

INR: Final = "INR"

FundsAccount = Literal["wallet", "held", "bank", "adjustment", "spent", "float", "transfer"]
Contra = Literal["bank", "adjustment", "spent"]
FundsKind = Literal[
    "credit", "debit", "transfer", "charge", "hold", "capture", "void", "expire", "refund", "issue", "reverse_issue"
]
"""`issue` and `reverse_issue` are lines beside a coin transaction of a prefunded program."""

REFUNDABLE: Final = frozenset({"credit", "debit", "transfer", "charge", "capture"})
_OPEN_TO_FROZEN: Final = frozenset({"capture", "void", "expire", "refund"})
"""What ends a hold or reverses a transaction goes through although the wallet has been frozen since."""


@dataclass(frozen=True, slots=True)
class TenantWallet:
    """Which wallet: a tenant's own in one asset, or (`customer`) one that it keeps for a customer of its own naming."""

    scope: str
    tenant: str
    asset: str = INR
    customer: str | None = None

    @property
    @lru_cache(maxsize=1024)  # noqa: B019 - of values, and bounded: a posting asks for it twenty times
    def id(self) -> str:
        return ids.derived_id("wal", "tenant", self.scope, self.tenant, self.asset, self.customer or "")

    @property
    def key(self) -> Key:
        return keys.funds_wallet_key(self.scope, self.id)


def tenant_wallet(mode: Mode, tenant: str, asset: str = INR, customer: str | None = None) -> TenantWallet:
    """A tenant's wallet in its own books. It needs no opening: it is empty until the first credit."""
    return TenantWallet(keys.scope(mode, tenant), tenant, asset, customer)


@dataclass(frozen=True, slots=True)
class FundsBalance:
    """A wallet's item. `free` is what can be taken: the available amount and the overdraft limit."""

    free: int = 0
    held: int = 0
    overdraft: int = 0
    frozen: bool = False
    closed: bool = False
    """Nothing goes in or out any more, refunds included, until it is opened again."""

    @property
    def available(self) -> int:
        return self.free - self.overdraft

    @property
    def balance(self) -> int:
        return self.available + self.held


@dataclass(frozen=True, slots=True)
class FundsLine:
    """One wallet's side of a transaction. `details` holds the rest: a charge's head, tax code and breakup."""

    wallet: TenantWallet
    kind: FundsKind
    amount: int
    legs: tuple[tuple[FundsAccount, int], ...]
    counterparty: TenantWallet | None = None
    """The wallet on the other side."""
    details: Mapping[str, Any] = field(default_factory=dict)

    def amount_on(self, account: FundsAccount) -> int:
        return sum(amount for name, amount in self.legs if name == account)

    @property
    def change(self) -> int:
        """To what is available."""
        return self.amount_on("wallet")


@dataclass(frozen=True, slots=True)
class FundsHold:
    """An amount set aside. Exactly one of capture, void and expiry ends it."""

    id: str
    wallet: TenantWallet
    amount: int
    expires_at: int
    state: Literal["open", "captured", "voided", "expired"] = "open"
    captured: int = 0


@dataclass(frozen=True, slots=True)
class FundsOriginal:
    """A transaction to refund. `reversed` is how much of it was refunded before."""

    id: str
    kind: str
    amount: int
    lines: tuple[FundsLine, ...]
    reversed: int = 0
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class ReversedAmount:
    """How much of a transaction has been refunded, before and after a refund."""

    scope: str
    id: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class FundsState:
    """The state as far as it is known. A wallet missing in `funds` has not been read; None: it has no item yet."""

    funds: Mapping[str, FundsBalance | None] = field(default_factory=dict)
    hold: FundsHold | None = None
    reversed: int | None = None
    creditable: int | None = None
    """What credits under the posting's reference may still give back; None until it has been read."""


@dataclass(frozen=True, slots=True)
class CreditableChange:
    """Charges under one reference: debits raise what may be credited under it, credits and refunds use it up.

    A credit charge therefore only ever returns what debits took from the same wallet: no charge creates money.
    """

    scope: str
    reference: str
    amount: int


@dataclass(frozen=True, slots=True)
class WalletChange:
    """What a posting does to one wallet, over all its lines."""

    wallet: TenantWallet
    free: int
    held: int
    needs_active: bool


@dataclass(frozen=True, slots=True)
class FundsPosting:
    """A decision to move value between tenant wallets, or one and the world. The first line is the poster's own."""

    kind: FundsKind
    amount: int
    lines: tuple[FundsLine, ...]
    at: int
    hold: FundsHold | None = None
    reversal: ReversedAmount | None = None
    creditable: CreditableChange | None = None

    def __post_init__(self) -> None:
        between: dict[str, int] = {}
        for line in self.lines:
            between[line.wallet.asset] = between.get(line.wallet.asset, 0) + line.amount_on("transfer")
        held = sum(line.amount_on("held") for line in self.lines)
        invariants = {
            "a posting has lines": bool(self.lines),
            "legs add up to zero": all(sum(amount for _, amount in line.legs) == 0 for line in self.lines),
            "what leaves one wallet enters another": not any(between.values()),
            "amounts are above zero": self.amount > 0 and all(line.amount > 0 for line in self.lines),
            "only a hold moves what is held": bool(held) == (self.hold is not None),
            "a hold is of its wallet": self.hold is None or self.hold.wallet == self.lines[0].wallet,
            "credits of charges are bounded by debits": self.kind != "charge" or self.creditable is not None,
            "a refund counts": self.reversal is None or self.reversal.after == self.reversal.before + self.amount,
        }
        broken = [invariant for invariant, holds in invariants.items() if not holds]
        if broken:
            raise InvariantBroken(", ".join(broken))

    @property
    def changes(self) -> list[WalletChange]:
        """What happens to each wallet, in the order of the lines."""
        by_wallet: dict[str, WalletChange] = {}
        for line in self.lines:
            was = by_wallet.get(line.wallet.id) or WalletChange(line.wallet, 0, 0, False)
            by_wallet[line.wallet.id] = WalletChange(
                line.wallet,
                was.free + line.change,
                was.held + line.amount_on("held"),
                was.needs_active or line.kind not in _OPEN_TO_FROZEN,
            )
        return list(by_wallet.values())


FundsDecision = FundsPosting | Refusal


def decide_credit(
    known: FundsState, wallet: TenantWallet, amount: int, now: int, *, contra: Contra = "bank"
) -> FundsDecision:
    """Puts value in: money that has come in at the bank, or an adjustment."""
    line = FundsLine(wallet, "credit", amount, (("wallet", amount), (contra, -amount)))
    return check_balances(known, FundsPosting("credit", amount, (line,), now))


def decide_debit(
    known: FundsState, wallet: TenantWallet, amount: int, now: int, *, contra: Contra = "spent"
) -> FundsDecision:
    """Takes value out at once."""
    line = FundsLine(wallet, "debit", amount, (("wallet", -amount), (contra, amount)))
    return check_balances(known, FundsPosting("debit", amount, (line,), now))


def decide_transfer(
    known: FundsState, source: TenantWallet, target: TenantWallet, amount: int, now: int
) -> FundsDecision:
    """Moves value between two wallets of one asset, of one tenant or of two."""
    return check_balances(
        known, FundsPosting("transfer", amount, _transfer_lines("transfer", source, target, amount), now)
    )


def decide_funds_hold(
    known: FundsState, wallet: TenantWallet, amount: int, now: int, *, id: str, expires_at: int
) -> FundsDecision:
    """Sets value aside until capture, void or expiry. The id is `hold_id(order.id)`."""
    until = {"expires_at": clock.iso(expires_at)}
    line = FundsLine(wallet, "hold", amount, (("wallet", -amount), ("held", amount)), details=until)
    return check_balances(
        known, FundsPosting("hold", amount, (line,), now, hold=FundsHold(id, wallet, amount, expires_at))
    )


def hold_id(transaction_id: str) -> str:
    """The hold that a transaction makes: either id gives the other without a read."""
    return f"hold_{transaction_id.removeprefix('txn_')}"


def held_by(hold: str) -> str:
    """The transaction that made a hold."""
    return f"txn_{hold.removeprefix('hold_')}"


def decide_funds_capture(
    known: FundsState,
    held: FundsHold,
    now: int,
    *,
    amount: int | None = None,
    to: TenantWallet | None = None,
    contra: Contra = "spent",
) -> FundsDecision:
    """Takes held value, all or (the rest goes back) a part: for good, or `to` another tenant wallet."""
    held = known.hold or held
    amount = held.amount if amount is None else amount
    if held.state != "open" or now >= held.expires_at:
        return Refusal("hold_not_open", {})
    if amount > held.amount:
        return Refusal("capture_exceeds_hold", {"held": held.amount})
    taken: FundsAccount = "transfer" if to else contra
    legs: list[tuple[FundsAccount, int]] = [("held", -held.amount), ("wallet", held.amount - amount), (taken, amount)]
    lines = [FundsLine(held.wallet, "capture", amount, _nonzero_legs(legs), to)]
    if to:
        lines.append(FundsLine(to, "capture", amount, (("wallet", amount), ("transfer", -amount)), held.wallet))
    ended = replace(held, state="captured", captured=amount)
    return check_balances(known, FundsPosting("capture", amount, tuple(lines), now, hold=ended))


def decide_funds_void(
    known: FundsState, held: FundsHold, now: int, *, why: Literal["voided", "expired"] = "voided"
) -> FundsDecision:
    """Gives held value back: somebody's wish, or because the hold's time is over."""
    held = known.hold or held
    if held.state != "open" or (why == "expired" and now < held.expires_at):
        return Refusal("hold_not_open", {})
    kind: FundsKind = "expire" if why == "expired" else "void"
    line = FundsLine(held.wallet, kind, held.amount, (("held", -held.amount), ("wallet", held.amount)))
    return check_balances(known, FundsPosting(kind, held.amount, (line,), now, hold=replace(held, state=why)))


def decide_refund(known: FundsState, original: FundsOriginal, now: int, *, amount: int | None = None) -> FundsDecision:
    """Refunds a transaction, the rest of it or a part. All refunds together never exceed the original."""
    reversed_amount = original.reversed if known.reversed is None else known.reversed
    left = original.amount - reversed_amount
    amount = left if amount is None else amount
    if original.kind not in REFUNDABLE:
        return Refusal("not_reversible", {})
    if left <= 0:
        return Refusal("nothing_to_reverse", {"original": original.amount, "reversed": reversed_amount})
    if amount > left:
        return Refusal("reversal_exceeds_original", {"original": original.amount, "left": left})
    lines = _reversal_lines(original, reversed_amount, amount)
    if lines is None:
        return Refusal("refund_whole_only", {"original": original.amount})
    counted = ReversedAmount(original.lines[0].wallet.scope, original.id, reversed_amount, reversed_amount + amount)
    bound = creditable_change(lines, original.reference) if original.kind == "charge" and original.reference else None
    posting = FundsPosting("refund", amount, lines, now, reversal=counted, creditable=bound)
    return check_creditable(known, posting) or check_balances(known, posting)


def check_creditable(known: FundsState, posting: FundsPosting) -> Refusal | None:
    """The refusal where credits under a reference would exceed its debits, as far as that is known."""
    bound = posting.creditable
    if bound and known.creditable is not None and known.creditable + bound.amount < 0:
        return Refusal("credit_exceeds_debits", {"left": known.creditable, "requested": -bound.amount})
    return None


def creditable_change(lines: Sequence[FundsLine], reference: str) -> CreditableChange:
    return CreditableChange(lines[0].wallet.scope, reference, -sum(line.change for line in lines))


def check_balances(known: FundsState, posting: FundsPosting) -> FundsDecision:
    """The posting, unless what is known of its wallets speaks against it."""
    for change in posting.changes:
        if change.wallet.id not in known.funds:
            continue
        funds = known.funds[change.wallet.id] or FundsBalance()
        if funds.closed:
            return Refusal("wallet_closed", {})
        if funds.frozen and change.needs_active:
            return Refusal("wallet_not_active", {})
        if change.free < 0 and funds.free + change.free < 0:
            figures = {"balance": funds.balance, "available": funds.available, "requested": -change.free}
            return Refusal("insufficient_balance", figures)
    return posting


def _transfer_lines(
    kind: FundsKind, source: TenantWallet, target: TenantWallet, amount: int
) -> tuple[FundsLine, FundsLine]:
    return (
        FundsLine(source, kind, amount, (("wallet", -amount), ("transfer", amount)), target),
        FundsLine(target, kind, amount, (("wallet", amount), ("transfer", -amount)), source),
    )


def _reversal_lines(original: FundsOriginal, reversed_amount: int, amount: int) -> tuple[FundsLine, ...] | None:
    """The lines of a refund: both sides of a transfer; of charges the last ones first; None where only all will do."""
    if any(line.amount_on("transfer") for line in original.lines):
        return tuple(_reverse_line(line, amount) for line in original.lines)
    if len({_is_credit(line) for line in original.lines}) > 1:
        return tuple(_reverse_line(line, line.amount) for line in original.lines) if amount == original.amount else None
    lines, passed = [], reversed_amount
    for line in reversed(original.lines):
        skipped = min(passed, line.amount)
        part = min(line.amount - skipped, amount)
        passed -= skipped
        amount -= part
        if part:
            lines.append(_reverse_line(line, part))
    return tuple(lines)


def _reverse_line(line: FundsLine, amount: int) -> FundsLine:
    """So much of a line the other way round. What a capture had held comes back as available."""
    against = next(account for account, _ in line.legs if account not in ("wallet", "held"))
    change = -amount if _is_credit(line) else amount
    return FundsLine(
        line.wallet, "refund", amount, (("wallet", change), (against, -change)), line.counterparty, line.details
    )


def _is_credit(line: FundsLine) -> bool:
    return line.change + line.amount_on("held") > 0


def _nonzero_legs(legs: Sequence[tuple[FundsAccount, int]]) -> tuple[tuple[FundsAccount, int], ...]:
    return tuple((account, amount) for account, amount in legs if amount)
