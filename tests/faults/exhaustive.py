"""Every interleaving of a few operations at their calls of the store, with at most one fault at any call.

    python -m tests.faults.exhaustive               all pairs, and triples at the shards of a month
    python -m tests.faults.exhaustive redeem hold   one pair

The operations are the product's own use cases over the product's own store (`behaviour`); a scheduler decides whose
call takes effect next and which fault it meets, and all its choices are tried (`histories`). Two histories that reach
the same tables, the same answers to every operation and the same faults continue alike, so only the first of them is
followed. Answers to an operation count from the beginning of its attempt until it ends, and a read that fails and is
repeated unchanged counts as not made: neither leaves anything behind but the number of tries.

`--minutes` ends a run after that time, and names the groups that are not complete.

Expected: the answers and the final state equal those of the operations run one after the other in some order, and
`verify` finds nothing. A client that gets no answer retries under its key until it does.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final

import pytest

from batua import workflows
from batua.audit.verify import verify_scope
from batua.errors import Problem
from batua.gateway import decisions, requests
from batua.gateway.settlement import BalanceRequestBusy, BalanceSettlementRefused
from batua.ledger.errors import LedgerError, PostingRefused
from batua.ledger.model import InvariantBroken
from batua.ledger.posting import shard_scaling
from batua.store import keys
from batua.store.codec import decode
from batua.store.store import Contended, Store
from batua.wallets import direct_credits
from tests.fakes.states import Killed
from tests.faults.behaviour import Behaviour
from tests.faults.histories import BROKEN, Explorer, Items, Result
from tests.faults.loop import Loop, Task
from tests.faults.run import AGAIN, WAIT_SECONDS, _tame
from tests.faults.scenes import MOST_ATTEMPTS, NOW, SCENES, SHARDS, TURN, Scene, SceneStep, pairs, triples
from tests.faults.table import Tables
from tests.faults.tenants import Happened, Tenants

_ABOUT: Final = "Tries every order of a few operations' calls of the store, with a fault at any call."


class Stage:
    """A scene after its setup, from which histories begin."""

    def __init__(self, scene: Scene, loop: Loop) -> None:
        self.scene, self.loop = scene, loop
        self.tables = Tables()
        self.tenants = Tenants(scene.plan, self.tables)
        self.tables.behind.catch_up(None, 0)
        self.made: dict[str, Happened] = {}
        plain = Store(self.tables, "ledger", "directory", sleep=lambda _: None)
        for name, scene_step in scene.before:
            self.loop.task = Task(name, self.loop.chance_of(name), lambda: None)
            about = self.made[scene_step.about].id if scene_step.about else ""
            self.made[name] = self.tenants.ask(scene_step.operation, about, plain, scene_step.at)
            self.tables.behind.catch_up(None, 0)
        self.loop.task = None
        self.items = dict(self.tables.items)
        self.tokens = dict(self.tables.tokens)

    def behaviour(self, number: int, scene_step: SceneStep) -> Behaviour:
        return Behaviour(number, lambda store: self._attempt(scene_step, store), MOST_ATTEMPTS, self.loop)

    def _attempt(self, scene_step: SceneStep, store: Store) -> Any:
        about = self.made[scene_step.about].id if scene_step.about else ""
        try:
            if scene_step.task is not None:
                said = scene_step.task(store, {"scope": self.requests_scope, "request": about, "error": {}}, NOW)
                return ("done", said["state"])
            self.tenants.ask(scene_step.operation, about, store, scene_step.at)
            return "done"
        except (Killed, Contended, BalanceRequestBusy):
            return "again"
        except BalanceSettlementRefused:
            return ("refused", "settlement")
        except Problem as problem:
            return "again" if problem.kind.code in AGAIN else ("refused", problem.kind.code)
        except PostingRefused as refusal:
            return ("refused", refusal.refusal.code)
        except LedgerError:
            return "again"
        except InvariantBroken as broken:
            return (BROKEN, str(broken))

    @property
    def requests_scope(self) -> str:
        return self.tenants.coin_wallet.scope

    def state(self, items: Items) -> Any:
        """The final state that counts: balances, holds, reversed sums, months, requests and disputes."""
        there: dict[Any, Any] = {}
        for (_, pk, sk), wire in items.items():
            kind = sk.partition("#")[0]
            item = decode(wire)
            if kind == "BAL":
                lots, pending = sorted(item["lots"].items()), sorted(item.get("pend", {}).items())
                there[pk] = (tuple(lots), tuple(pending), item["held"], item.get("debt", 0), item["seq"])
            elif kind == "FUNDS" and "#W#" in pk:
                there[pk] = (item.get("free", 0), item.get("held", 0), "closed" in item, item.get("label"))
            elif "#H#" in pk:
                there[pk] = (item["st"], item.get("cap", 0))
            elif sk in ("REVERSED", "FUNDS#REVERSED"):
                there[pk] = item["sum"]
            elif kind == "MIR":
                place = (pk.rpartition("#")[0], sk)
                sums = there.get(place, (0, 0, 0))
                there[place] = tuple(
                    a + item.get(b, 0) for a, b in zip(sums, ("issued", "redeemed", "room"), strict=True)
                )
            elif pk.endswith("#REQUESTS"):
                there[pk, sk] = (item["st"], item["step"])
            elif kind in ("DISPUTE", "OPEN"):
                there[pk, kind] = (item.get("st"), item.get("paid"))
            elif "#K#" in pk and item.get("kind") != "refused":
                there["entries"] = there.get("entries", 0) + 1
        # A month that holds nothing is like none: whether its shards are open yet makes no difference to anybody.
        return frozenset(each for each in there.items() if each[1] != (0, 0, 0))

    def findings(self, items: Items) -> list[str]:
        self.tables.items = self.tables.behind.items = dict(items)
        store = Store(self.tables, "ledger", "directory", sleep=lambda _: None)
        owners = (self.tenants.parent, *self.tenants.merchants)
        scopes = [self.tenants.scope, *(keys.scope("live", tenant.id) for tenant in owners)]
        found = [str(finding) for scope in scopes for finding in verify_scope(store, scope).findings]
        for (_, pk, sk), wire in items.items():
            item = decode(wire) if sk == "FUNDS" and "#W#" in pk else {}
            if "closed" in item and (item.get("free", 0) or item.get("held", 0)):
                found.append(f"{pk} is closed, and not empty")
        return found


@contextmanager
def staged(scene: Scene) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as patch:
        loop = Loop(1, NOW)
        _tame(patch, loop)
        calls = ("start_execution", "send_task_success", "send_task_failure")
        silent = SimpleNamespace(**{call: lambda **_: {} for call in calls})
        patch.setattr(workflows, "client", lambda _: silent)
        patch.setattr(shard_scaling, "AHEAD_ONE_IN", 1)  # every posting of a month's last day opens the next one's
        waits = SimpleNamespace(
            decision_wait_seconds=WAIT_SECONDS, balance_workflow="workflow", direct_credit_limit=100_000
        )
        for module in (requests, direct_credits):
            patch.setattr(module, "settings", lambda: waits)
        # What an approval settles at once is explored as an operation of its own: the workflow's task does the same.
        patch.setattr(decisions, "settle_or_leave", lambda *_: None)
        yield Stage(scene, loop)


def explore(
    scene: Scene, groups: Sequence[tuple[str, ...]], faults: int, until: float = math.inf
) -> Iterator[tuple[tuple[str, ...], Result]]:
    """Group by group. Until a time, each gets an equal part of what is left of it."""
    with staged(scene) as stage:
        for number, group in enumerate(groups):
            now = time.monotonic()
            yield group, Explorer(stage, group, faults, now + (until - now) / (len(groups) - number)).explore()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.exhaustive", description=_ABOUT)
    parser.add_argument("--scene", type=int, choices=range(len(SCENES) + 2), help="only this scene, counted from 0")
    parser.add_argument("operations", nargs="*", help="only groups of these operations")
    parser.add_argument(
        "--faults", type=int, default=1, help="how many calls of a history may meet a fault (default 1)"
    )
    parser.add_argument("--minutes", type=float, default=math.inf, help="end after so many, complete or not")
    asked = parser.parse_args(arguments)
    whole, begun = Result(), time.monotonic()
    until = begun + 60 * asked.minutes
    everything = [*((scene, pairs(scene)) for scene in SCENES), (SHARDS, triples(SHARDS)), (TURN, pairs(TURN))]
    known = {name for scene, _ in everything for name in scene.scene_steps}
    if unknown := sorted({*asked.operations} - known):
        parser.error(f"unknown operations: {', '.join(unknown)}. Choose from: {', '.join(sorted(known))}.")
    for scene, groups in everything if asked.scene is None else everything[asked.scene : asked.scene + 1]:
        wanted = [group for group in groups if not asked.operations or set(group) <= set(asked.operations)]
        part, since = Result(), time.monotonic()
        for group, result in explore(scene, wanted, asked.faults, until):
            part.add(result)
            for line in result.found:
                say(f"FOUND {line}")
            if asked.operations or result.left:
                unfinished = f", NOT COMPLETE: {result.left:,} branches left" if result.left else ""
                say(f"  {' + '.join(group)}: {result.histories:,} histories, {result.states:,} states{unfinished}")
        if wanted:
            seconds = time.monotonic() - since
            say(
                f"{scene.name}: {len(wanted)} groups, {part.histories:,} histories, {part.merged:,} merged, "
                f"{part.states:,} states, {part.outcomes:,} outcomes, {len(part.found)} found, {seconds:.0f} s"
            )
        whole.add(part)
    say(f"{whole.histories + whole.merged:,} histories, {whole.states:,} states in {time.monotonic() - begun:.0f} s")
    return 1 if whole.found else 0


if __name__ == "__main__":
    sys.exit(main())
