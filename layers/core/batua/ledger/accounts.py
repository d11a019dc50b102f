"""What becomes of a tenant's own wallets: what is known and a command in, posting or refusal out. Pure.

A tenant wallet holds rupees (paise) or a program's coins. Its item is not read before it is written: a posting says how
much it adds to each wallet and what must be there, the table holds it to that, and many can post to one wallet at once.
So a decision is first taken without knowing the wallets; where a condition fails, what stands there becomes known, and
the decision is taken again.

    treasury.post(order, lambda known: accounts.debit(known, wallet, 250_00, call.now))

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
from typing import Any, Final, Literal

from .. import clock, ids
from ..store import keys
from ..store.keys import Key, Mode
from .model import InvariantBroken, Posting, Program, Refusal

INR: Final = "INR"

FundsAccount = Literal["wallet", "held", "bank", "adjustment", "spent", "float", "transfer"]
Contra = Literal["bank", "adjustment", "spent"]
FundsKind = Literal[
    "credit", "debit", "transfer", "charge", "hold", "capture", "void", "expire", "refund", "issue", "reverse_issue"
]
"""`issue` and `reverse_issue` are lines beside a coin transaction of a prefunded program."""

REFUNDABLE: Final = frozenset({"credit", "debit", "transfer", "charge", "capture"})
_OPEN_TO_FROZEN: Final = frozenset({"capture", "void", "expire", "refund"})
"""What ends or undoes something begun before goes through although the wallet has been frozen."""


@dataclass(frozen=True, slots=True)
class TenantWallet:
    """Which wallet: a tenant's own in one asset, or (`customer`) one that it keeps for a customer of its own naming."""

    scope: str
    tenant: str
    asset: str = INR
    customer: str | None = None

    @property
    def id(self) -> str:
        return ids.derived("wal", "tenant", self.scope, self.tenant, self.asset, self.customer or "")

    @property
    def key(self) -> Key:
        return keys.funds(self.scope, self.id)


def wallet_of(mode: Mode, tenant: str, asset: str = INR, customer: str | None = None) -> TenantWallet:
    """A tenant's wallet in its own books. It needs no opening: it is empty until the first credit."""
    return TenantWallet(keys.scope(mode, tenant), tenant, asset, customer)


@dataclass(frozen=True, slots=True)
class Funds:
    """What stands on a wallet's item. `free` is what can be taken: the available amount and the overdraft limit."""

    free: int = 0
    held: int = 0
    overdraft: int = 0
    frozen: bool = False

    @property
    def available(self) -> int:
        return self.free - self.overdraft

    @property
    def balance(self) -> int:
        return self.available + self.held


@dataclass(frozen=True, slots=True)
class Line:
    """One wallet's side of a transaction. `details` is what else it says: a charge's head, tax code and breakup."""

    wallet: TenantWallet
    kind: FundsKind
    amount: int
    legs: tuple[tuple[FundsAccount, int], ...]
    other: TenantWallet | None = None
    """The wallet on the other side."""
    details: Mapping[str, Any] = field(default_factory=dict)

    def on(self, account: FundsAccount) -> int:
        return sum(amount for name, amount in self.legs if name == account)

    @property
    def change(self) -> int:
        """To what is available."""
        return self.on("wallet")


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
    """A transaction that is to be undone. `undone` is how much of it was undone before."""

    id: str
    kind: str
    amount: int
    lines: tuple[Line, ...]
    undone: int = 0


@dataclass(frozen=True, slots=True)
class Undone:
    """How much of a transaction is undone, before and after a refund."""

    scope: str
    id: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the state. A wallet that is not among `funds` has not been looked at; None is not there yet."""

    funds: Mapping[str, Funds | None] = field(default_factory=dict)
    hold: FundsHold | None = None
    undone: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
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
    lines: tuple[Line, ...]
    at: int
    hold: FundsHold | None = None
    undone: Undone | None = None

    def __post_init__(self) -> None:
        between: dict[str, int] = {}
        for line in self.lines:
            between[line.wallet.asset] = between.get(line.wallet.asset, 0) + line.on("transfer")
        held = sum(line.on("held") for line in self.lines)
        laws = {
            "a posting has lines": bool(self.lines),
            "legs add up to zero": all(sum(amount for _, amount in line.legs) == 0 for line in self.lines),
            "what leaves one wallet enters another": not any(between.values()),
            "amounts are above zero": self.amount > 0 and all(line.amount > 0 for line in self.lines),
            "only a hold moves what is held": bool(held) == (self.hold is not None),
            "a hold is of its wallet": self.hold is None or self.hold.wallet == self.lines[0].wallet,
            "a refund counts": self.undone is None or self.undone.after == self.undone.before + self.amount,
        }
        broken = [law for law, holds in laws.items() if not holds]
        if broken:
            raise InvariantBroken(", ".join(broken))

    @property
    def changes(self) -> list[Change]:
        """What happens to each wallet, in the order of the lines."""
        by_wallet: dict[str, Change] = {}
        for line in self.lines:
            was = by_wallet.get(line.wallet.id) or Change(line.wallet, 0, 0, False)
            by_wallet[line.wallet.id] = Change(
                line.wallet,
                was.free + line.change,
                was.held + line.on("held"),
                was.needs_active or line.kind not in _OPEN_TO_FROZEN,
            )
        return list(by_wallet.values())


FundsDecision = FundsPosting | Refusal


def credit(known: Known, wallet: TenantWallet, amount: int, now: int, *, contra: Contra = "bank") -> FundsDecision:
    """Puts value in: money that has come in at the bank, or an adjustment."""
    line = Line(wallet, "credit", amount, (("wallet", amount), (contra, -amount)))
    return settle(known, FundsPosting("credit", amount, (line,), now))


def debit(known: Known, wallet: TenantWallet, amount: int, now: int, *, contra: Contra = "spent") -> FundsDecision:
    """Takes value out at once."""
    line = Line(wallet, "debit", amount, (("wallet", -amount), (contra, amount)))
    return settle(known, FundsPosting("debit", amount, (line,), now))


def transfer(known: Known, source: TenantWallet, target: TenantWallet, amount: int, now: int) -> FundsDecision:
    """Moves value between two wallets of one asset, of one tenant or of two."""
    return settle(known, FundsPosting("transfer", amount, _between("transfer", source, target, amount), now))


def charge(known: Known, lines: Sequence[Line], now: int) -> FundsDecision:
    """Posts charges, all or none. A wallet with several is changed once, by their sum. See `charge_line`."""
    return settle(known, FundsPosting("charge", sum(line.amount for line in lines), tuple(lines), now))


def charge_line(wallet: TenantWallet, amount: int, *, gives: bool, details: Mapping[str, Any]) -> Line:
    """A charge: `gives` adds to the wallet, else it takes."""
    change = amount if gives else -amount
    return Line(wallet, "charge", amount, (("wallet", change), ("spent", -change)), details=details)


def hold(known: Known, wallet: TenantWallet, amount: int, now: int, *, id: str, expires_at: int) -> FundsDecision:
    """Sets value aside until capture, void or expiry. The id is `hold_id(order.id)`."""
    until = {"expires_at": clock.iso(expires_at)}
    line = Line(wallet, "hold", amount, (("wallet", -amount), ("held", amount)), details=until)
    return settle(known, FundsPosting("hold", amount, (line,), now, hold=FundsHold(id, wallet, amount, expires_at)))


def hold_id(transaction_id: str) -> str:
    """The hold that a transaction makes: either id is found from the other without a look-up."""
    return f"hold_{transaction_id.removeprefix('txn_')}"


def capture(
    known: Known,
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
    lines = [Line(held.wallet, "capture", amount, _there(legs), to)]
    if to:
        lines.append(Line(to, "capture", amount, (("wallet", amount), ("transfer", -amount)), held.wallet))
    ended = replace(held, state="captured", captured=amount)
    return settle(known, FundsPosting("capture", amount, tuple(lines), now, hold=ended))


def void(known: Known, held: FundsHold, now: int, *, why: Literal["voided", "expired"] = "voided") -> FundsDecision:
    """Gives held value back: somebody's wish, or because the hold's time is over."""
    held = known.hold or held
    if held.state != "open" or (why == "expired" and now < held.expires_at):
        return Refusal("hold_not_open", {})
    kind: FundsKind = "expire" if why == "expired" else "void"
    line = Line(held.wallet, kind, held.amount, (("held", -held.amount), ("wallet", held.amount)))
    return settle(known, FundsPosting(kind, held.amount, (line,), now, hold=replace(held, state=why)))


def refund(known: Known, original: FundsOriginal, now: int, *, amount: int | None = None) -> FundsDecision:
    """Undoes a transaction, the rest of it or a part. All refunds together never exceed the original."""
    undone = original.undone if known.undone is None else known.undone
    left = original.amount - undone
    amount = left if amount is None else amount
    if original.kind not in REFUNDABLE:
        return Refusal("not_reversible", {})
    if left <= 0:
        return Refusal("nothing_to_reverse", {"original": original.amount, "reversed": undone})
    if amount > left:
        return Refusal("reversal_exceeds_original", {"original": original.amount, "left": left})
    lines = _undoing(original, undone, amount)
    if lines is None:
        return Refusal("refund_whole_only", {"original": original.amount})
    counted = Undone(original.lines[0].wallet.scope, original.id, undone, undone + amount)
    return settle(known, FundsPosting("refund", amount, lines, now, undone=counted))


def settle(known: Known, posting: FundsPosting) -> FundsDecision:
    """The posting, unless what is known of its wallets speaks against it."""
    for change in posting.changes:
        if change.wallet.id not in known.funds:
            continue
        funds = known.funds[change.wallet.id] or Funds()
        if funds.frozen and change.needs_active:
            return Refusal("wallet_not_active", {})
        if change.free < 0 and funds.free + change.free < 0:
            return Refusal("insufficient_balance", {"balance": funds.balance, "available": funds.available})
    return posting


def funding(program: Program, merchant: str, mode: Mode, posting: Posting) -> Line | None:
    """What an issue of a prefunded program takes from the merchant's wallet, and its reversal gives back.

    Parts of a reversal are valued so that together they come to what the issue took, never more.
    """
    if program.funding != "prefunded" or posting.kind not in ("issue", "reverse_issue"):
        return None
    if posting.kind == "issue":
        value = program.value_of(posting.amount)
        wallet = wallet_of(mode, merchant)
        return Line(wallet, "issue", value, (("wallet", -value), ("float", value))) if value else None
    if posting.original is None:
        raise InvariantBroken("a reversal names its original")
    undone, before = posting.original.reversed, posting.original.reversed_before
    whole = posting.amount == undone - before
    value = program.value_of(undone) - program.value_of(before) if whole else program.value_of(posting.amount)
    wallet = wallet_of(mode, posting.original.merchant)
    return Line(wallet, "reverse_issue", value, (("wallet", value), ("float", -value))) if value else None


def short_of_float(line: Line, funds: Funds | None) -> Refusal | None:
    """The refusal where the merchant's wallet, as it is known to stand, does not cover an issue."""
    funds = funds or Funds()
    if line.change < 0 and (funds.frozen or funds.free + line.change < 0):
        return Refusal("insufficient_float", {"value": line.amount, "funds": funds.available})
    return None


def _between(kind: FundsKind, source: TenantWallet, target: TenantWallet, amount: int) -> tuple[Line, Line]:
    return (
        Line(source, kind, amount, (("wallet", -amount), ("transfer", amount)), target),
        Line(target, kind, amount, (("wallet", amount), ("transfer", -amount)), source),
    )


def _undoing(original: FundsOriginal, undone: int, amount: int) -> tuple[Line, ...] | None:
    """The lines of a refund: both sides of a transfer; of charges the last ones first; None where only all will do."""
    if any(line.on("transfer") for line in original.lines):
        return tuple(_undo(line, amount) for line in original.lines)
    if len({_gives(line) for line in original.lines}) > 1:
        return tuple(_undo(line, line.amount) for line in original.lines) if amount == original.amount else None
    lines, passed = [], undone
    for line in reversed(original.lines):
        skipped = min(passed, line.amount)
        part = min(line.amount - skipped, amount)
        passed -= skipped
        amount -= part
        if part:
            lines.append(_undo(line, part))
    return tuple(lines)


def _undo(line: Line, amount: int) -> Line:
    """So much of a line the other way round. What a capture had held comes back as available."""
    against = next(account for account, _ in line.legs if account not in ("wallet", "held"))
    change = -amount if _gives(line) else amount
    return Line(line.wallet, "refund", amount, (("wallet", change), (against, -change)), line.other, line.details)


def _gives(line: Line) -> bool:
    return line.change + line.on("held") > 0


def _there(legs: Sequence[tuple[FundsAccount, int]]) -> tuple[tuple[FundsAccount, int], ...]:
    return tuple((account, amount) for account, amount in legs if amount)
