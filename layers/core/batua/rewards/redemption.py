"""A redemption and how it is stored.

It keeps a snapshot of the reward as it was redeemed, so that a later change of the reward changes nothing about it.
Its id, that of its hold and that of the transaction that opened it differ in the prefix only: each gives the others
without a read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from .. import clock, ids
from ..store import reward_keys
from ..store.keys import Key
from ..store.store import Record
from .reward import CodeSource, Reward, RewardDelivery, RewardType

RedemptionState = Literal["pending", "approved", "fulfilled", "rejected", "cancelled", "expired", "reversed"]
RedemptionAct = Literal["approve", "fulfil", "reject", "cancel"]

OPEN_STATES: Final = ("pending", "approved")
ALLOWED_FROM: Final[Mapping[RedemptionAct, tuple[RedemptionState, ...]]] = {
    "approve": ("pending",),
    "fulfil": ("approved",),
    "reject": ("pending", "approved"),
    "cancel": ("pending", "approved"),
}
"""What may be done in which state; all other states are final, except that a fulfilled one may be reversed."""


@dataclass(frozen=True, slots=True)
class RedemptionStep:
    """A step of a redemption: who took it, when, and under which idempotency key."""

    by: str
    at: int
    act: str
    """The id of this request, to tell a lost reply from another request's success."""
    key: str | None = None
    fingerprint: bytes = b""


@dataclass(frozen=True, slots=True)
class Redemption:
    id: str
    tenant: str
    """Who redeemed it for the customer."""
    by: str
    """The user who redeemed it, the only one who can see the code."""
    customer: str
    wallet: str
    program: str
    reward: str
    reward_version: int
    type: RewardType
    title: str
    points: int
    state: RedemptionState
    version: int
    created_at: int
    updated_at: int
    delivery: RewardDelivery
    opened_as: RedemptionState
    """In which state it was made, and with which deadline: what a replay answers."""
    opened_due: int | None = None
    worth: int | None = None
    due_at: int | None = None
    """By when it is fulfilled, or it expires; None once it is no longer open."""
    fulfilled_at: int | None = None
    reference: str | None = None
    note: str | None = None
    reason: str | None = None
    decision_note: str | None = None
    stock_epoch: int | None = None
    """Of the stock that one was taken from; None: nothing was counted."""
    periods: tuple[str, ...] = ()
    """The periods in which it counts towards the customer's limits."""
    code_source: CodeSource = "none"
    code: bytes | None = None
    """The code, sealed for this redemption."""
    pool_code: str | None = None
    """Of a code of the pool: its id, with the code as the pool had it, to go back there unseen."""
    pool_seal: bytes | None = None
    valid_days: int | None = None
    valid_until: int | None = None
    shown_at: int | None = None
    """When the code was shown first. From then on it never goes back to the pool."""
    address: bytes | None = None
    """Where a physical reward is sent, encrypted: only the sender needs it."""
    shipment: Mapping[str, str] = field(default_factory=dict)
    credit: Mapping[str, Any] = field(default_factory=dict)
    """Of a wallet credit: `wallet_type`, `wallet_name`, `credit` and its `decimals`, as the reward promised it."""
    settlement: str | None = None
    """The transaction that captured the coins or gave them back."""
    steps: Mapping[str, RedemptionStep] = field(default_factory=dict)

    @property
    def transaction(self) -> str:
        return f"txn_{self.id.removeprefix('rdm_')}"

    @property
    def hold(self) -> str:
        return f"hold_{self.id.removeprefix('rdm_')}"

    @property
    def credit_transaction(self) -> str:
        """Of a wallet credit: the transaction that gives it."""
        return ids.derived_id("txn", self.id, "credit")

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


def redemption_id(transaction_or_hold: str) -> str:
    """The redemption that a transaction opened, or that a hold is of, if it is one."""
    return f"rdm_{transaction_or_hold.rpartition('_')[2]}"


def opened_redemption(reward: Reward, **known: Any) -> Redemption:
    """A redemption with the snapshot of its reward."""
    return Redemption(
        reward=reward.id,
        reward_version=reward.version,
        program=reward.program,
        type=reward.type,
        title=reward.title,
        points=reward.points,
        worth=reward.worth,
        delivery=reward.delivery,
        stock_epoch=reward.stock_epoch if reward.counted else None,
        code_source=reward.codes.source,
        valid_days=reward.codes.valid_days,
        credit=reward.benefit if reward.type == "wallet_credit" else {},
        version=1,
        opened_as=known["state"],
        opened_due=known["due_at"],
        **known,
    )


def fulfilled(redemption: Redemption, at: int) -> Redemption:
    """The redemption once its coins are taken."""
    days = redemption.valid_days
    return replace(
        redemption,
        state="fulfilled",
        due_at=None,
        fulfilled_at=at,
        valid_until=at + days * clock.DAY_MS if days and redemption.code_source != "none" else None,
    )


def ended(redemption: Redemption) -> Redemption:
    """Ends a redemption without fulfilling it: nothing is due any more, and the address is removed."""
    return replace(redemption, due_at=None, address=None)


def fulfilled_at_once(redemption: Redemption) -> Redemption:
    """The redemption whose coins are taken as it is made."""
    done = fulfilled(redemption, redemption.created_at)
    return replace(done, settlement=redemption.transaction, opened_as="fulfilled", opened_due=None)


def as_opened(redemption: Redemption) -> Redemption:
    """The redemption as it was made, whatever has become of it since: a replay says what was said first."""
    first = replace(
        redemption,
        state="approved" if redemption.opened_as == "fulfilled" else redemption.opened_as,
        due_at=redemption.opened_due,
        version=1,
        updated_at=redemption.created_at,
        fulfilled_at=None,
        valid_until=None,
        settlement=None,
        shown_at=None,
        reason=None,
        decision_note=None,
        shipment={},
        steps={},
        code=redemption.code if redemption.code_source != "none" else None,
    )
    return fulfilled_at_once(first) if redemption.opened_as == "fulfilled" else first


def redemption_item(scope: str, redemption: Redemption) -> dict[str, Any]:
    at = clock.iso(redemption.created_at)
    return {
        "ten": redemption.tenant,
        "by": redemption.by,
        "cust": redemption.customer,
        "wal": redemption.wallet,
        "prg": redemption.program,
        "rew": redemption.reward,
        "rver": redemption.reward_version,
        "type": redemption.type,
        "title": redemption.title,
        "pts": redemption.points,
        "worth": redemption.worth,
        "st": redemption.state,
        "ver": redemption.version,
        "made": redemption.created_at,
        "at": redemption.updated_at,
        "dlv": redemption.delivery,
        "due": redemption.due_at,
        "done": redemption.fulfilled_at,
        "ref": redemption.reference,
        "note": redemption.note,
        "why": redemption.reason,
        "said": redemption.decision_note,
        "open": redemption.opened_as,
        "odue": redemption.opened_due,
        "epoch": redemption.stock_epoch,
        "per": list(redemption.periods) or None,
        "src": redemption.code_source,
        "code": redemption.code,
        "pool": redemption.pool_code,
        "pseal": redemption.pool_seal,
        "days": redemption.valid_days,
        "until": redemption.valid_until,
        "shown": redemption.shown_at,
        "addr": redemption.address,
        "ship": dict(redemption.shipment) or None,
        "credit": dict(redemption.credit) or None,
        "settle": redemption.settlement,
        "steps": {name: _step_item(step) for name, step in redemption.steps.items()} or None,
        "g1p": reward_keys.redemptions_partition(scope, redemption.tenant),
        "g1s": f"{at}#{redemption.id}",
        "g2p": reward_keys.redeemer_partition(scope, redemption.by),
        "g2s": f"{at}#{redemption.id}",
    }


def read_redemption_record(record: Record) -> Redemption:
    return Redemption(
        id=record["pk"].rpartition("#")[2],
        tenant=record["ten"],
        by=record["by"],
        customer=record["cust"],
        wallet=record["wal"],
        program=record["prg"],
        reward=record["rew"],
        reward_version=record["rver"],
        type=record["type"],
        title=record["title"],
        points=record["pts"],
        worth=record.get("worth"),
        state=record["st"],
        version=record["ver"],
        created_at=record["made"],
        updated_at=record["at"],
        delivery=record["dlv"],
        due_at=record.get("due"),
        fulfilled_at=record.get("done"),
        reference=record.get("ref"),
        note=record.get("note"),
        reason=record.get("why"),
        decision_note=record.get("said"),
        opened_as=record["open"],
        opened_due=record.get("odue"),
        stock_epoch=record.get("epoch"),
        periods=tuple(record.get("per", ())),
        code_source=record["src"],
        code=record.get("code"),
        pool_code=record.get("pool"),
        pool_seal=record.get("pseal"),
        valid_days=record.get("days"),
        valid_until=record.get("until"),
        shown_at=record.get("shown"),
        address=record.get("addr"),
        shipment=record.get("ship", {}),
        credit=record.get("credit", {}),
        settlement=record.get("settle"),
        steps={name: _read_step(step) for name, step in record.get("steps", {}).items()},
    )


def redemption_key_of(scope: str, redemption: Redemption) -> Key:
    return reward_keys.redemption_key(scope, redemption.id)


def _step_item(step: RedemptionStep) -> dict[str, Any]:
    return {"by": step.by, "at": step.at, "act": step.act, "key": step.key, "fp": step.fingerprint or None}


def _read_step(stored: Mapping[str, Any]) -> RedemptionStep:
    return RedemptionStep(stored["by"], stored["at"], stored["act"], stored.get("key"), stored.get("fp", b""))
