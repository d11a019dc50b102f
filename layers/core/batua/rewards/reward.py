"""A reward and how it is stored. Points are coins in minor units, worth is paise, instants are milliseconds.

What is left of it is kept in an item of its own (`stock_item`): taking one leaves the reward and its version alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .. import clock
from ..store import reward_keys
from ..store.store import Record

RewardType = Literal[
    "voucher",
    "percentage_off",
    "amount_off",
    "free_product",
    "physical",
    "experience",
    "gift_card",
    "wallet_credit",
]
RewardStatus = Literal["draft", "active", "paused", "retired"]
RewardDelivery = Literal["instant", "manual"]
"""Captured at redemption, or held until it is fulfilled."""

CodeSource = Literal["none", "static", "pool", "generated"]
"""No code; the same for all; one of those uploaded; a new one for each redemption."""


@dataclass(frozen=True, slots=True)
class RewardWindow:
    """From when until when, both inclusive; None is open."""

    since: int | None = None
    until: int | None = None

    def contains(self, instant: int) -> bool:
        return (self.since is None or self.since <= instant) and (self.until is None or instant <= self.until)


@dataclass(frozen=True, slots=True)
class RewardCodes:
    """Where the code of a redemption comes from, and for how long it is valid once fulfilled."""

    source: CodeSource = "none"
    valid_days: int | None = None
    prefix: str = ""
    length: int = 10
    low_at: int = 10
    """Of a pool: with so many left, `reward.codes_low` is sent."""
    sealed: bytes | None = None
    """The static code."""


@dataclass(frozen=True, slots=True)
class CustomerLimits:
    """How often one customer may redeem the reward; None is without limit."""

    ever: int | None = None
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Reward:
    id: str
    tenant: str
    """Whose reward it is."""
    program: str
    type: RewardType
    title: str
    points: int
    status: RewardStatus
    version: int
    created_at: int
    updated_at: int
    updated_by: str
    description: str | None = None
    terms: str | None = None
    images: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    featured: bool = False
    worth: int | None = None
    benefit: Mapping[str, Any] = field(default_factory=dict)
    """What it gives: `percent` (hundredths), `maximum` and `amount` (paise), `product`, `provider`; of a wallet credit
    `wallet_type`, `wallet_name`, and `credit` with its `decimals`."""
    visible: RewardWindow = RewardWindow()
    active: RewardWindow = RewardWindow()
    stock: int | None = None
    """How many there are in all since the stock was set; None: endless, or as many as there are codes."""
    stock_epoch: int = 0
    """Goes up when stock begins or ends to count, so that only what was taken from this stock goes back to it."""
    limits: CustomerLimits = CustomerLimits()
    merchants: tuple[str, ...] = ()
    """Of a network's reward: at which merchants it is redeemed; empty: at all of them."""
    minimum_tier: str | None = None
    """Only for customers of this tier or a higher one; for none if the program no longer has the tier."""
    tags: tuple[str, ...] = ()
    """Only for customers with one of these tags from the reward's tenant; empty: for all."""
    approval: bool = False
    delivery: RewardDelivery = "manual"
    codes: RewardCodes = RewardCodes()
    made_from: bytes = b""
    """The fingerprint of the request that made it, so that the same request again is known."""
    deadline_days: int = 14
    """Within so many days a redemption is fulfilled, or it expires and everything goes back."""

    @property
    def counted(self) -> bool:
        """Whether there is a number of them to take from."""
        return self.stock is not None or self.codes.source == "pool"

    def offered_by(self, tenant: str, owner: str) -> bool:
        """Whether a tenant redeems it for its customers: its own, or one of its network that is meant for it."""
        return self.tenant == tenant or (self.tenant == owner and (not self.merchants or tenant in self.merchants))


def reward_item(scope: str, reward: Reward) -> dict[str, Any]:
    codes, limits = reward.codes, reward.limits
    return {
        "ten": reward.tenant,
        "prg": reward.program,
        "type": reward.type,
        "title": reward.title,
        "desc": reward.description,
        "terms": reward.terms,
        "img": list(reward.images) or None,
        "cat": list(reward.categories) or None,
        "feat": reward.featured or None,
        "pts": reward.points,
        "worth": reward.worth,
        "ben": dict(reward.benefit) or None,
        "vis": _window_item(reward.visible),
        "act": _window_item(reward.active),
        "stock": reward.stock,
        "epoch": reward.stock_epoch,
        "lim": {"ever": limits.ever, "month": limits.month, "day": limits.day},
        "mers": list(reward.merchants) or None,
        "tier": reward.minimum_tier,
        "tags": list(reward.tags) or None,
        "appr": reward.approval or None,
        "dlv": reward.delivery,
        "code": {
            "src": codes.source,
            "days": codes.valid_days,
            "pre": codes.prefix or None,
            "len": codes.length,
            "low": codes.low_at or None,
            "seal": codes.sealed,
        },
        "due": reward.deadline_days,
        "st": reward.status,
        "ver": reward.version,
        "made": reward.created_at,
        "at": reward.updated_at,
        "by": reward.updated_by,
        "fp": reward.made_from or None,
        "g1p": reward_keys.rewards_partition(scope, reward.tenant),
        "g1s": f"{clock.iso(reward.created_at)}#{reward.id}",
    }


def read_reward_record(record: Record) -> Reward:
    codes, limits = record["code"], record["lim"]
    return Reward(
        id=record["pk"].rpartition("#")[2],
        tenant=record["ten"],
        program=record["prg"],
        type=record["type"],
        title=record["title"],
        description=record.get("desc"),
        terms=record.get("terms"),
        images=tuple(record.get("img", ())),
        categories=tuple(record.get("cat", ())),
        featured=record.get("feat", False),
        points=record["pts"],
        worth=record.get("worth"),
        benefit=record.get("ben", {}),
        visible=_window(record.get("vis")),
        active=_window(record.get("act")),
        stock=record.get("stock"),
        stock_epoch=record["epoch"],
        limits=CustomerLimits(limits.get("ever"), limits.get("month"), limits.get("day")),
        merchants=tuple(record.get("mers", ())),
        minimum_tier=record.get("tier"),
        tags=tuple(record.get("tags", ())),
        approval=record.get("appr", False),
        delivery=record["dlv"],
        codes=RewardCodes(
            source=codes["src"],
            valid_days=codes.get("days"),
            prefix=codes.get("pre", ""),
            length=codes["len"],
            low_at=codes.get("low", 0),
            sealed=codes.get("seal"),
        ),
        deadline_days=record["due"],
        status=record["st"],
        version=record["ver"],
        created_at=record["made"],
        updated_at=record["at"],
        updated_by=record["by"],
        made_from=record.get("fp", b""),
    )


def read_stock(record: Record | None, reward: Reward) -> int | None:
    """Remaining stock; None if it is not limited."""
    if not reward.counted:
        return None
    if record is None or record["epoch"] != reward.stock_epoch:
        return 0
    return int(record["left"])


def stock_item(reward: Reward, left: int) -> dict[str, Any]:
    return {
        "left": left,
        "epoch": reward.stock_epoch,
        "seq": 0,
        "at": reward.updated_at,
        **stock_notes(reward),
    }


def stock_notes(reward: Reward) -> dict[str, Any]:
    """Further facts for an event about the stock: events are made from the changed item alone."""
    low = {"low": reward.codes.low_at} if reward.codes.source == "pool" else {}
    return {"ten": reward.tenant, **low}


def _window_item(window: RewardWindow) -> dict[str, int | None] | None:
    return {"from": window.since, "to": window.until} if window != RewardWindow() else None


def _window(stored: Mapping[str, int] | None) -> RewardWindow:
    return RewardWindow(stored.get("from"), stored.get("to")) if stored else RewardWindow()
