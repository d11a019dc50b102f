"""The ledger's values. Amounts are in minor units of the asset, instants in milliseconds since 1970."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from .campaigns import Campaign
from .earning import EarningRule

if TYPE_CHECKING:
    from .lots import PendingCoins
    from .tiers import TierPolicy  # most functions start without it

EntryKind = Literal[
    "issue",
    "redeem",
    "hold",
    "capture",
    "void",
    "reverse_issue",
    "reverse_redeem",
    "expire",
    "transfer_out",
    "transfer_in",
    "import",
    "reverse_import",
]
"""`import` brings in coins that a customer held in another system; `reverse_import` takes them out again."""

ReversalPolicy = Literal["cap", "negative", "reject"]
"""Undoing an issue whose coins are spent: take what is left (recording the rest), go below zero, or refuse."""

Funding = Literal["none", "prefunded"]
"""What backs issued coins: nothing but the issuance ratio, or their value out of the merchant's own wallet."""

ProgramStatus = Literal["draft", "active", "paused", "retired"]

RATIO_UNIT: Final = 100
"""MIR ratios are in hundredths, so that 2.5 is 250; a merchant's room is in minor units times this."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who requested a posting, from which address, and under which reference."""

    caller: str
    address: str
    merchant: str
    reference: str | None = None
    note: str | None = None
    request_id: str | None = None
    """The HTTP request's, as the caller sent it or as we made it."""
    claimed: str | None = None
    """On whose behalf the caller says to act: what it claims, where it may speak for others; never who acts."""
    occurred_at: int | None = None
    """When the sale happened, as the caller says; nothing is decided by it."""


@dataclass(frozen=True, slots=True)
class MirPolicy:
    """Minimum issuance ratio: how much of what it issued in a month a merchant may redeem in it, in hundredths."""

    ratio: int = 300
    new_ratio: int = 500
    new_days: int = 30
    floor: int = 0
    """Coins (minor units) that each merchant may redeem in a month before it has issued any, beside the ratio."""


@dataclass(frozen=True, slots=True)
class MessagePolicy:
    """Which text messages a program's customers get. Quiet hours are minutes of the day in the program's time zone;
    an end before the beginning lies on the next day, and two equal minutes mean that there are none."""

    receipts: bool = False
    expiry_reminders: bool = False
    quiet_from: int = 0
    quiet_until: int = 0


@dataclass(frozen=True, slots=True)
class Program:
    """A coin and its rules. `owner` is the tenant whose books hold it; a network's program serves many merchants."""

    id: str
    owner: str
    name: str
    kind: Literal["network", "closed", "application"]
    time_zone: str
    scale: int = 0
    coin_value: int = 100
    """What one whole coin is worth, in paise."""
    expiry_months: int | None = 12
    mir: MirPolicy | None = None
    rules: tuple[EarningRule, ...] = ()
    reversal: ReversalPolicy = "cap"
    funding: Funding = "none"
    singular: str = "coin"
    plural: str = "coins"
    currency: str = "INR"
    created_at: int = 0
    status: ProgramStatus = "active"
    """A draft and a paused program move no coins; a retired one issues none, and what was issued can be spent."""
    starts_at: int = 0
    ends_at: int | None = None
    """From then on the program is as if it were retired."""
    version: int = 1
    campaigns: tuple[Campaign, ...] = ()
    messages: MessagePolicy = MessagePolicy()
    tiers: TierPolicy | None = None
    carry_remainders: bool = False
    """The part of a coin that a bill earns is carried to the customer's next bill, and not dropped."""
    pending_days: int = 0
    """Issued coins can be spent once so many days after the day of the issue are over: the time for returns."""

    @property
    def asset(self) -> str:
        return self.id

    def is_over(self, at: int) -> bool:
        """Whether it issues no more coins for good."""
        return self.status == "retired" or (self.ends_at is not None and at >= self.ends_at)

    def has_started(self, at: int) -> bool:
        return self.status != "draft" and at >= self.starts_at

    def moves_coins(self, at: int) -> bool:
        """Whether coins can be redeemed; and issued too, unless it is over."""
        return self.has_started(at) and self.status != "paused"

    def ceiling_policy(self, at: int) -> MirPolicy | None:
        """The issuance ratio for redemptions. None once the program is over: nobody can issue, so nothing could be
        redeemed under a ratio of what was issued."""
        return None if self.is_over(at) else self.mir

    def cost_of(self, coins: int) -> int:
        """What coins (minor) take from a prefunded balance, in whole paise, rounded up: none is issued for nothing."""
        unit: int = 10**self.scale
        return -(-coins * self.coin_value // unit)

    def value_of(self, coins: int) -> int:
        """What coins (minor) are worth, in whole paise, rounded down."""
        unit: int = 10**self.scale
        return coins * self.coin_value // unit


@dataclass(frozen=True, slots=True)
class Wallet:
    """One customer's coins in one program: `lots` by the month in which they expire, `held` under open holds."""

    id: str
    customer: str
    lots: Mapping[int, int] = field(default_factory=dict)
    held: int = 0
    debt: int = 0
    """What reversals took below zero under the policy `negative`; the next issue pays it first."""
    seq: int = 0
    status: Literal["active", "frozen"] = "active"
    last_hash: bytes = b""
    last_at: int = 0
    opened_at: int = 0
    earned_on: int = 0
    earned: Mapping[str, int] = field(default_factory=dict)
    """Coins earned on the day `earned_on`, by merchant: for daily caps."""
    unused: bool = False
    """Its first issue was taken back, and nothing has happened since: the next one is the first."""
    qualifying: Mapping[int, int] = field(default_factory=dict)
    """Coins earned by month (yyyymm), of the months that tiers look at."""
    qualifying_from: int = 0
    """The number of the first entry that `qualifying` counts, where the wallet is older than that."""
    carried: int = 0
    """The remainder: parts of a coin that bills have earned and that no coin was given for yet, in the parts of
    `earning.remainder_unit`. Below zero where a reversed bill's part has become a coin of a later bill."""
    pending: PendingCoins = field(default_factory=dict)
    """Those of `lots` that cannot be spent yet. Entries whose day has come may stand until the next posting."""

    @property
    def available(self) -> int:
        """All that is not held, as the account `wallet` has it: what is pending, and what is past, too."""
        return sum(self.lots.values()) - self.debt

    @property
    def balance(self) -> int:
        return self.available + self.held


LedgerAccount = Literal["wallet", "held", "mint", "redeemed", "breakage", "transferred", "imported"]
"""`wallet` and `held` are the wallet's own, `mint` and `redeemed` the merchant's, `breakage` the program's.
`transferred` is what went to other wallets of the program, less what came from them: over all wallets it is zero.
`imported` is the contra account of coins that came from another system: nobody here issued them."""


class InvariantBroken(Exception):
    """A decision broke an invariant of the ledger: a bug of ours, caught before anything is written."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a posting: so much more (or, below zero, less) of the asset on an account."""

    account: LedgerAccount
    amount: int


@dataclass(frozen=True, slots=True)
class MonthChange:
    """What a posting does to one shard of a merchant's month. `needs` is the room that must be there."""

    month: int
    shard: int
    issued: int = 0
    redeemed: int = 0
    room: int = 0
    room_new: int = 0
    needs: int = 0
    new_merchant: bool = False
    decided_globally: bool = False
    """Decided from the sum of all shards, so that it may take from one that is closed."""
    epoch: int | None = None
    """Of shard 0, which may go below zero by it: no other shard may have been opened since this epoch."""
    floor: int = 0
    """Of shard 0: the month's floor is added to its room (`room` holds it already), unless that was done before."""

    @property
    def moves(self) -> bool:
        return bool(self.issued or self.redeemed or self.room or self.room_new)

    @property
    def counted(self) -> int:
        """Coins issued or redeemed; zero where room only moves between shards."""
        return self.issued or self.redeemed


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard of a merchant's month, as read. `room` is by the usual ratio, `room_new` by that of a new merchant."""

    issued: int = 0
    redeemed: int = 0
    room: int = 0
    room_new: int = 0
    raised: int = 0
    """All the room that was ever added, at the higher ratio. By no more than this grows can room have grown."""
    initialized: bool = True
    """It takes what is added: shard 0 always, another once it was opened in the month."""
    open: bool = True
    """It gives of its room without the others being read."""
    epoch: int = 0
    """On shard 0: counts openings and closings of the others. Odd: some are open. Even: none is, or soon none is."""
    shard_count: int = 1
    """On shard 0: how many shards the month has."""
    floor: int = 0
    """On shard 0: the coins of the month's floor that have been added to the room."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Coins set aside. Exactly one of capture, void and expiry ends it."""

    id: str
    wallet: str
    amount: int
    lots: Mapping[int, int]
    state: Literal["open", "captured", "voided", "expired"]
    expires_at: int
    merchant: str
    captured: int = 0


@dataclass(frozen=True, slots=True)
class Original:
    """What a reversal needs to know about the transaction that it reverses."""

    id: str
    kind: EntryKind
    wallet: str
    amount: int
    lots: Mapping[int, int]
    month: int
    shard: int
    merchant: str
    reversed: int = 0
    """Sum of its reversals; in a posting, this one included."""
    reversed_before: int = 0
    day: int = 0
    spends: Mapping[int, int] = field(default_factory=dict)
    """Of a redemption under MIR: coins by shard."""
    carried: int = 0
    """Of an issue: what it did to the customer's remainder."""
    funded: int = 0
    """What was paid for the coins, in paise: nothing by an issue that took over another one's coins."""
    payer: str | None = None
    """The tenant that paid, where it is not the merchant."""
    pending: PendingCoins = field(default_factory=dict)
    """Of an issue: the coins that were pending when it was made."""
    seq: int = 0
    earned_before: int | None = None
    """Of an issue: its number in the wallet, and what it says as a `Posting`."""

    @property
    def reversible(self) -> int:
        """What its reversals add up to. An issue that gave a part of a coin alone is reversed once, and counts as 1."""
        return self.amount or int(self.carried != 0)


@dataclass(frozen=True, slots=True)
class AppliedGrant:
    """A campaign or a tier as an entry names it, with the coins (minor) that it gave."""

    id: str
    version: int
    coins: int
    how: str
    limited: bool = False
    """It has a budget, which the posting takes from."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A decision to move value: what the wallet becomes, the legs (zero in sum per asset), and what goes with them."""

    kind: EntryKind
    asset: str
    amount: int
    before: Wallet
    after: Wallet
    legs: tuple[Leg, ...]
    at: int
    lots: Mapping[int, int]
    """Lots given (+) or taken (-) by the movement itself."""
    spent: Mapping[int, int] = field(default_factory=dict)
    """Lots that were redeemed: what undoing the redemption gives back."""
    expired: Mapping[int, int] = field(default_factory=dict)
    """Lots that had expired and left the wallet with this posting."""
    months: tuple[MonthChange, ...] = ()
    hold: Hold | None = None
    original: Original | None = None
    rule: tuple[str, int, str] | None = None
    """Id and version of the earning rule, and how it counted."""
    campaign: AppliedGrant | None = None
    tier: AppliedGrant | None = None
    """The customer's tier, where it gave coins; its version is that of the program's tiers."""
    bill: int | None = None
    shortfall: int = 0
    counterpart: str | None = None
    """The other wallet of a transfer."""
    moved_qualifying: Mapping[int, int] = field(default_factory=dict)
    """Of a transfer: the qualifying coins that come (+) or go (-) with it."""
    carried: int = 0
    """What the customer's remainder grows or (below zero) shrinks by."""
    pending: PendingCoins = field(default_factory=dict)
    """Pending coins given (+) or taken (-), by when they can be spent and by their lot."""
    earned_before: int | None = None
    """Of a day's first issue: the day on which the customer earned before it, 0 for never; see `earned_before`."""

    def __post_init__(self) -> None:
        moved: Counter[str] = Counter()
        for leg in self.legs:
            moved[leg.account] += leg.amount
        wallet = self.before.id
        invariants = {
            "legs add up to zero": sum(leg.amount for leg in self.legs) == 0,
            "the wallet changes as its leg says": self.after.available - self.before.available == moved["wallet"],
            "what is held changes as its leg says": self.after.held - self.before.held == moved["held"],
            "a posting takes the next number of its wallet": self.after.seq == self.before.seq + 1,
            "time does not run backwards": self.after.last_at >= self.before.last_at,
            "lots and holds stay above zero": self.after.held >= 0 and all(n > 0 for n in self.after.lots.values()),
            "debt stays above zero, and beside no lots": self.after.debt >= 0
            and not (self.after.debt and self.after.lots),
            "the remainder changes as the posting says": self.after.carried - self.before.carried == self.carried,
            "what is pending is a part of its lot": not self.after.pending or _is_covered(self.after),
            "something moves, or a shortfall or a remainder is recorded": self.amount > 0
            or (self.amount == 0 and (self.shortfall > 0 or self.carried != 0)),
            "a hold is of its wallet": self.hold is None or self.hold.wallet == wallet,
            "an original is of its wallet": self.original is None or self.original.wallet == wallet,
        }
        broken = [name for name, holds in invariants.items() if not holds]
        if broken:
            raise InvariantBroken(", ".join(broken))


def _is_covered(wallet: Wallet) -> bool:
    """Whether each lot has the coins that are pending in it."""
    from .lots import beyond_lots  # most programs have no pending coins

    return not beyond_lots(wallet.pending, wallet.lots)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A decision not to post: the code in the error catalogue, and the figures."""

    code: str
    figures: Mapping[str, int]


CoinDecision = Posting | Refusal
