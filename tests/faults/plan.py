"""The plan of a run, drawn from its seed: the rules in force, the faults, and who requests what, when and how.

There are few parties (two to four wallets, one or two merchants, small balances) and many concurrent requests, so that
they collide. Each run has only some of the themes and some of the faults: what always comes together would hide what
comes alone.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Final, Literal

from batua import clock
from batua.ledger.model import Funding, MirPolicy, ReversalPolicy
from tests.faults.loop import SECOND
from tests.faults.network import ALL

ZONE: Final = "Asia/Kolkata"
MINUTE: Final = 60 * SECOND
DAY: Final = 24 * 60 * MINUTE
MONTH_START: Final = clock.month_start(202611, ZONE)

THEMES: Final[dict[str, dict[str, int]]] = {
    "coins": {"issue": 8, "redeem": 10, "reverse": 6, "expire": 2},
    "holds": {"issue": 2, "redeem": 1, "hold": 8, "capture": 8, "void": 6},
    "funds": {"credit": 4, "debit": 5, "transfer": 6, "refund": 7},
    "funds holds": {"credit": 1, "set_aside": 7, "capture_funds": 7, "void_funds": 6},
    "requests": {"credit": 1, "ask": 5, "approve": 7, "reject": 2},
    "orders": {"order": 4, "issue": 1},
}
"""Theme -> its operations and their weights."""

ABOUT: Final[dict[str, tuple[str, ...]]] = {
    "reverse": ("issue", "redeem", "capture", "reverse"),
    "capture": ("hold",),
    "void": ("hold",),
    "refund": ("credit", "debit", "transfer", "capture_funds", "set_aside", "send"),
    "capture_funds": ("set_aside",),
    "void_funds": ("set_aside",),
    "approve": ("ask",),
    "reject": ("ask",),
    "withdraw": ("ask",),
    "dispute": ("debit", "transfer", "credit"),
    "accept": ("dispute",),
    "deny": ("dispute",),
}
"""Operation -> the earlier operation that it is about."""

TOLD: Final = frozenset({"order", "prefund", "top_up"})
"""Operations with parties of their own: a shop, the operator's staff, a payment provider."""

DISPUTES: Final = ("debit", "debit", "dispute", "dispute", "accept", "accept", "deny", "refund")
"""Operations around disputes; apart from the themes, so that they do not change a seed's other draws."""

BRANCHES: Final = ("send", "send", "send", "close", "close", "refund", "reopen", "rename", "open")
"""Operations around a wallet that is made, named, closed and opened again; drawn apart, as those of disputes are."""

REQUESTS: Final = ("approve", "reject", "withdraw", "withdraw", "approve")
"""Who decides on a request, or takes it back, while others do."""

WHEN: Final = (0, 0, 0, 3 * SECOND, MINUTE, 30 * MINUTE, 5 * 60 * MINUTE, DAY, 12 * DAY)
"""The pause between two bursts."""

GAPS: Final = (0, 0, 1_000, 3_000, 10_000, 100_000)
"""Microseconds between two operations of a burst. A request takes some ten milliseconds, so most overlap."""

CLOCKS: Final = (*[0] * 40, -2_000, 2_000, -600_000, 600_000, -86_400_000, 86_400_000, 3 * 86_400_000)
"""Clock skew of a handler's machine, in milliseconds."""


@dataclass(frozen=True)
class Operation:
    """What a client wants done once. It retries under the same key until it has an answer."""

    number: int
    kind: str
    at: int
    """Microseconds after the start."""
    merchant: int = 0
    wallet: int = 0
    amount: int | None = None
    about: int = -1
    minutes: int = 0
    """How long a hold lasts."""
    tries: int = 1
    keyed: bool = True
    """With an idempotency key; otherwise the sale's reference serves as one."""
    twins: int = 1
    """How many copies are sent at once."""
    liar: bool = False
    """Also sends other content under the same key."""

    @property
    def name(self) -> str:
        """The client's reference, which the entry carries."""
        return f"wish-{self.number}"

    @property
    def other(self) -> Operation:
        """The same key with other content."""
        return replace(self, amount=(self.amount or 0) + 1)


@dataclass(frozen=True)
class Plan:
    """The plan of a run. `muted` faults are left out."""

    seed: int
    start: int
    policy: ReversalPolicy
    mir: MirPolicy | None
    expiry_months: int | None
    shards: int
    funding: Funding
    wallets: int
    merchants: int
    joined: int
    share: float
    faults: tuple[str, ...]
    lag: float
    redelivery: float
    """The share of stream records that are delivered again."""
    operations: tuple[Operation, ...]
    muted: frozenset[tuple[str, int]] = frozenset()
    keeps_shards: bool = False
    """The merchants' number of shards is a minimum; else the first posting after quiet times halves it."""
    pending_days: int = 0
    """How long issued coins wait until they can be spent; only in scenes (`scenes`)."""


def drawn(seed: int) -> Plan:
    """The plan of a seed."""
    chance = random.Random(f"plan/{seed}")
    start = MONTH_START + chance.choice((3, 20, 28, 29)) * clock.DAY_MS + chance.randrange(clock.DAY_MS)
    merchants, wallets = chance.choice((1, 2)), chance.choice((2, 2, 3, 4))
    funding: Funding = chance.choice(("none", "none", "prefunded"))
    return Plan(
        seed=seed,
        start=start,
        policy=chance.choice(("cap", "negative", "reject")),
        mir=chance.choice((MirPolicy(), MirPolicy(100, 150, 30), MirPolicy(40, 60, 30), None)),
        expiry_months=chance.choice((0, 0, 1, 1, 12, None)),
        shards=chance.choice((1, 1, 2, 3)),
        funding=funding,
        wallets=wallets,
        merchants=merchants,
        joined=start - chance.choice((400, 400, 29, 1)) * clock.DAY_MS,
        share=chance.choice((0.0, 0.05, 0.12, 0.12, 0.3)),
        faults=tuple(fault for fault in ALL if chance.random() < 0.6),
        lag=chance.choice((0.0, 0.2, 0.7)),
        keeps_shards=random.Random(f"shards/{seed}").random() < 0.5,
        redelivery=chance.choice((0.0, 0.1, 0.5)),
        operations=_with_branches(
            seed,
            _with_payments(
                seed, _with_disputes(seed, _operations(chance, merchants, wallets, funding), merchants, wallets)
            ),
            merchants,
        ),
    )


def _with_disputes(seed: int, operations: list[Operation], merchants: int, wallets: int) -> tuple[Operation, ...]:
    """The operations; in a third of all runs with disputes among them, and refunds meanwhile."""
    chance = random.Random(f"disputes/{seed}")
    if chance.random() > 0.35:
        return tuple(operations)
    at = chance.choice(WHEN)
    made = list(operations)
    made.append(_operation(chance, "debit", len(made), at, made, merchants, wallets))
    made.append(_operation(chance, "dispute", len(made), at + SECOND, made, merchants, wallets))
    for _ in range(chance.randrange(3, 10)):
        at += chance.choice((0, 0, 0, *WHEN[:5])) + chance.choice(GAPS)
        kind = chance.choice(DISPUTES)
        made.append(_operation(chance, kind, len(made), at + 2 * SECOND, made, merchants, wallets))
    return tuple(made)


def _with_payments(seed: int, operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """The operations; in every fourth run with prefund requests or top-ups among them."""
    if seed % 4 != 2:
        return operations
    chance, made = random.Random(f"payments/{seed}"), list(operations)
    kinds = [kind for kind in ("prefund", "top_up") if chance.random() < 0.7]
    for kind in kinds:
        for _ in range(chance.choice((1, 1, 2, 3))):
            at = chance.choice(WHEN) + chance.choice(GAPS)
            made.append(Operation(len(made), kind, at, amount=chance.randrange(10, 120)))
    return tuple(made)


def _with_branches(seed: int, operations: tuple[Operation, ...], merchants: int) -> tuple[Operation, ...]:
    """The operations; in a third of all runs with a wallet that is closed while money goes there, and in a third with
    requests that are withdrawn while somebody decides them."""
    chance, made = random.Random(f"branches/{seed}"), list(operations)
    if chance.random() < 0.35:
        made.append(_operation(chance, chance.choice(("open", "send")), len(made), 0, made, merchants, 2))
        at = chance.choice(WHEN[3:])
        for _ in range(chance.randrange(4, 12)):
            at += chance.choice((0, 0, 0, *WHEN[:5])) + chance.choice(GAPS)
            kind = chance.choice(BRANCHES)
            about = [each for each in made if each.kind == "send"]
            if kind == "refund" and about:
                # Mostly all of it: what is left in the wallet keeps it from being closed.
                made.append(replace(_operation(chance, kind, len(made), at, about, merchants, 2), amount=None))
            elif kind != "refund":
                made.append(_operation(chance, kind, len(made), at, made, merchants, 2))
    if chance.random() < 0.35:
        at = chance.choice(WHEN)
        for _ in range(chance.choice((1, 2, 3))):
            asked = _operation(chance, "ask", len(made), at, [], merchants, 2)
            made.append(asked)
            at += chance.choice((SECOND // 10, SECOND, MINUTE))
            for _ in range(chance.randrange(2, 5)):
                at += chance.choice(GAPS)
                made.append(_operation(chance, chance.choice(REQUESTS), len(made), at, [asked], merchants, 2))
    return tuple(made)


def _operations(chance: random.Random, merchants: int, wallets: int, funding: Funding) -> list[Operation]:
    themes = [theme for theme in THEMES if chance.random() < (0.25 if theme == "orders" else 0.5)] or ["coins"]
    if funding == "prefunded" and "orders" in themes:
        themes[themes.index("orders")] = "coins"  # an order is not refused for want of funds, and so comes out right
    weights: dict[str, int] = {}
    for theme in themes:
        for kind, weight in THEMES[theme].items():
            weights[kind] = weights.get(kind, 0) + weight
    kinds = list(weights)
    made: list[Operation] = []
    at = 0
    if "issue" in weights:
        made = [_operation(chance, "issue", number, 0, [], merchants, wallets) for number in range(wallets)]
    for _ in range(chance.randrange(3, 8)):
        at += chance.choice(WHEN)
        for _ in range(chance.randrange(2, 7)):
            at += chance.choice(GAPS)
            kind = chance.choices(kinds, [weights[kind] for kind in kinds])[0]
            made.append(_operation(chance, kind, len(made), at, made, merchants, wallets))
    return made


def _operation(
    chance: random.Random, kind: str, number: int, at: int, before: list[Operation], merchants: int, wallets: int
) -> Operation:
    about = [operation for operation in before if operation.kind in ABOUT.get(kind, ())]
    if kind in ABOUT and not about:
        kind = ABOUT[kind][0]
        about = [operation for operation in before if operation.kind in ABOUT.get(kind, ())]
    subject = about[-min(len(about), chance.choice((1, 1, 2, 4)))] if about else None
    return Operation(
        number,
        kind,
        at,
        merchant=subject.merchant if subject and kind != "capture" else chance.randrange(merchants),
        wallet=chance.choice((0, 0, chance.randrange(wallets))),
        amount=_amount(chance, kind),
        about=subject.number if subject else -1,
        minutes=chance.choice((1, 24 * 60, 24 * 60, 20 * 24 * 60)),
        tries=chance.choice((1, 1, 2, 3, 5)),
        keyed=chance.random() < 0.7,
        twins=chance.choice((1, 1, 1, 2, 3)),
        liar=chance.random() < 0.06 and kind not in _WITHOUT_CONTENT,
    )


_WITHOUT_CONTENT: Final = frozenset(
    {"void", "void_funds", "expire", "reject", "accept", "deny", "withdraw", "open", "close", "reopen", "rename"}
)
"""Operations of which another amount makes no other content."""


def _amount(chance: random.Random, kind: str) -> int | None:
    """Coins or rupees; None for the whole balance."""
    if kind == "issue":
        return chance.randrange(5, 40)
    if kind == "order":
        return chance.randrange(1000)
    if kind in ("credit", "ask", "send"):
        return chance.randrange(10, 120)
    if kind in ("reverse", "capture", "refund", "capture_funds", "approve", "dispute", "accept"):
        return chance.choice((None, None, chance.randrange(1, 16)))
    if kind in _WITHOUT_CONTENT - {"accept"}:
        return None
    if kind in ("hold", "set_aside"):
        return chance.randrange(1, 10)  # so little that several stand beside each other
    return chance.randrange(1, 25) if kind == "redeem" else chance.randrange(5, 90)


Outcome = Literal["done", "refused", "problem", "silence", "broken"]
"""What a client learns: done, refused, otherwise invalid, no answer, or a server fault."""
