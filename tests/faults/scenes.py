"""The scenes of exhaustive runs: a setup, and concurrent operations on shared state."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from batua import clock
from batua.gateway import workflow
from batua.ledger.model import Funding, MirPolicy
from tests.faults.plan import MONTH_START, ZONE, Operation, Plan

DAY_MS: Final = 86_400_000
NOW: Final = MONTH_START + 20 * DAY_MS
MOST_ATTEMPTS: Final = 8
"""Attempts per operation. One fault costs one attempt; the others are for conflicts."""


@dataclass(frozen=True)
class SceneStep:
    """An operation, when it is asked for, and the one in the setup that it is about, by name. `task` runs a task of the
    workflow."""

    operation: Operation
    about: str = ""
    at: int = NOW
    task: Callable[..., Any] | None = None

    def asked_at(self, at: int) -> SceneStep:
        return replace(self, at=at)


@dataclass(frozen=True)
class Scene:
    """The setup, by name, and the concurrent operations. `scopes` are verified in the end."""

    name: str
    plan: Plan
    before: tuple[tuple[str, SceneStep], ...]
    scene_steps: dict[str, SceneStep]


def _plan(funding: Funding = "none", shards: int = 1, ratio: int = 80, pending_days: int = 0) -> Plan:
    mir = MirPolicy(ratio, ratio, 30)
    return Plan(
        seed=1, start=NOW, policy="cap", mir=mir, expiry_months=0, shards=shards, funding=funding, wallets=3,
        merchants=2, joined=NOW - 400 * 86_400_000, share=0, faults=(), lag=0, redelivery=0, operations=(),
        keeps_shards=True,
        pending_days=pending_days,
    )  # fmt: skip


_numbers = itertools.count(1)


def _do(
    kind: str, amount: int | None = None, about: str = "", *, wallet: int = 0, merchant: int = 0, at: int = NOW
) -> SceneStep:
    operation = Operation(next(_numbers), kind, 0, merchant, wallet, amount, minutes=24 * 60, tries=MOST_ATTEMPTS)
    return SceneStep(operation, about, at=at)


def _task(name: str, step: Callable[..., Any], about: str) -> SceneStep:
    return SceneStep(Operation(next(_numbers), name, 0), about, task=step)


COINS: Final = Scene(
    "coins of one wallet",
    _plan(),
    (
        ("issued", _do("issue", 20)),
        ("redeemed", _do("redeem", 5)),
        ("held", _do("hold", 4)),
    ),
    {
        "issue": _do("issue", 6),
        "redeem": _do("redeem", 8),
        "redeem the rest": _do("redeem", 11),
        "reverse an issue": _do("reverse", 12, "issued"),
        "reverse a redemption": _do("reverse", None, "redeemed"),
        "reverse part of a redemption": _do("reverse", 3, "redeemed"),
        "hold": _do("hold", 8),
        "capture": _do("capture", 3, "held"),
        "void": _do("void", None, "held"),
    },
)
PREFUNDED: Final = Scene(
    "coins that the merchant's money pays for",
    _plan("prefunded"),
    (("issued", _do("issue", 20)), ("asked", _do("ask", 30)), ("approved", _do("approve", None, "asked"))),
    {
        "issue": _do("issue", 30),
        "issue to another": _do("issue", 25, wallet=1),
        "reverse an issue": _do("reverse", 12, "issued"),
        "settle": _task("settle", workflow.settle_step, "asked"),
    },
)
MONEY: Final = Scene(
    "money of one tenant",
    _plan(),
    (
        ("debited", _do("debit", 30)),
        ("aside", _do("set_aside", 20)),
        ("moved", _do("transfer", 10, wallet=1)),
        ("disputed", _do("dispute", 25, "debited")),
        ("asked", _do("ask", 40)),
        ("other", _do("ask", 15, merchant=1)),
        ("approved", _do("approve", None, "other")),
    ),
    {
        "credit": _do("credit", 10),
        "debit": _do("debit", 40),
        "transfer": _do("transfer", 40, wallet=1),
        "set aside": _do("set_aside", 40),
        "capture": _do("capture_funds", 15, "aside"),
        "void": _do("void_funds", None, "aside"),
        "refund": _do("refund", 20, "debited"),
        "refund the rest": _do("refund", None, "debited"),
        "refund a transfer": _do("refund", None, "moved"),
        "accept a dispute": _do("accept", None, "disputed"),
        "accept part of a dispute": _do("accept", 5, "disputed"),
        "reject a dispute": _do("deny", None, "disputed"),
        "raise a dispute": _do("dispute", 5, "moved"),
        "approve": _do("approve", None, "asked"),
        "reject": _do("reject", None, "asked"),
        "settle": _task("settle", workflow.settle_step, "other"),
        "release": _task("release", workflow.release_step, "other"),
    },
)
SHARDS: Final = Scene(
    "the shards of one month",
    _plan(shards=2, ratio=100),
    (
        ("one", _do("issue", 6)),
        ("two", _do("issue", 6, wallet=1)),
        ("three", _do("issue", 4, wallet=2, merchant=1)),
    ),
    {
        "redeem at one": _do("redeem", 5),
        "redeem at two": _do("redeem", 5, wallet=1),
        "redeem others' coins": _do("redeem", 4, wallet=2),
        "issue": _do("issue", 3, wallet=2),
        "reverse an issue": _do("reverse", 4, "two"),
    },
)
NEXT_MONTH: Final = clock.month_start(clock.add_months(clock.local_month(NOW, ZONE), 1), ZONE)
TURN: Final = Scene(
    "the turn of a month",
    _plan(shards=3, ratio=100),
    (("one", _do("issue", 6)), ("two", _do("issue", 6, wallet=1))),
    {
        "issue before": _do("issue", 3).asked_at(NEXT_MONTH - 2),
        "redeem before": _do("redeem", 2).asked_at(NEXT_MONTH - 1),
        "issue after": _do("issue", 4, wallet=1).asked_at(NEXT_MONTH),
        "redeem after": _do("redeem", 3, wallet=1).asked_at(NEXT_MONTH + 1),
        "reverse after": _do("reverse", 4, "two").asked_at(NEXT_MONTH + 2),
    },
)
"""Those before open the next month's shards while those after use them."""
PENDING: Final = Scene(
    "coins that wait until they can be spent",
    _plan(pending_days=3),
    (
        ("ripe", _do("issue", 20, at=NOW - 10 * DAY_MS)),
        ("waits", _do("issue", 12, at=NOW - DAY_MS)),
        ("redeemed", _do("redeem", 5)),
    ),
    {
        "issue": _do("issue", 6),
        "redeem": _do("redeem", 8),
        "redeem the rest": _do("redeem", 15),
        "redeem what waits": _do("redeem", 20),
        "hold": _do("hold", 9),
        "reverse what waits": _do("reverse", 7, "waits"),
        "reverse a ripe issue": _do("reverse", 18, "ripe"),
        "reverse a redemption": _do("reverse", 3, "redeemed"),
    },
)
BRANCH: Final = Scene(
    "a wallet that is made, named and closed",
    _plan(),
    (
        ("made", _do("open")),
        ("sent", _do("send", 30)),
        ("back", _do("refund", None, "sent")),
        ("asked", _do("ask", 40)),
    ),
    {
        "send": _do("send", 10),
        "refund": _do("refund", 5, "sent"),
        "close": _do("close", None, "made"),
        "rename": _do("rename", None, "made"),
        "reopen": _do("reopen", None, "made"),
        "approve": _do("approve", None, "asked"),
        "reject": _do("reject", None, "asked"),
        "withdraw": _do("withdraw", None, "asked"),
    },
)
SCENES: Final = (COINS, PREFUNDED, MONEY, PENDING, BRANCH)


def pairs(scene: Scene) -> list[tuple[str, ...]]:
    """Every pair of operations of a scene, and each with itself: sent twice at once under its key."""
    return list(itertools.combinations_with_replacement(scene.scene_steps, 2))


def triples(scene: Scene) -> list[tuple[str, ...]]:
    """Every triple of operations of a scene, and those in which one is sent twice or three times under its key."""
    return list(itertools.combinations_with_replacement(scene.scene_steps, 3))
