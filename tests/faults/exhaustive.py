"""Every interleaving of a few operations at their calls of the store, with at most one fault at any call.

    python -m tests.faults.exhaustive               all pairs, and triples at the shards of a month
    python -m tests.faults.exhaustive redeem hold   one pair

The operations are the product's own use cases over the product's own store; a scheduler decides whose call takes effect
next and which fault it meets. All choices are tried. Two histories that reach the same tables, the same answers to
every operation and the same faults continue alike, so only the first of them is followed. Answers to an operation count
from the beginning of its attempt until it ends, and a read that fails and is repeated unchanged counts as not made:
neither leaves anything behind but the number of tries.

Three operations with a fault take long: `--minutes` ends a run after that time, and names the groups that are not
complete.

Expected: the answers and the final state equal those of the operations run one after the other in some order, and
`verify` finds nothing. A client that gets no answer retries under its key until it does.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from greenlet import GreenletExit, getcurrent, greenlet

from batua import workflows
from batua.audit.verify import verify_scope
from batua.errors import Problem
from batua.gateway import decisions, requests
from batua.gateway.settlement import BalanceRequestBusy, BalanceSettlementRefused
from batua.ledger.errors import LedgerError, PostingRefused
from batua.ledger.posting import shard_scaling
from batua.store import keys
from batua.store.codec import decode
from batua.store.store import Contended, Store
from tests.fakes.dynamodb import cancelled, failure
from tests.fakes.faults import hold_back
from tests.fakes.states import Killed
from tests.faults.loop import Loop, Task
from tests.faults.run import AGAIN, WAIT_SECONDS, _tame
from tests.faults.scenes import MOST_ATTEMPTS, NOW, SCENES, SHARDS, TURN, Scene, SceneStep, pairs, triples
from tests.faults.table import Tables
from tests.faults.tenants import Happened, Tenants

READS: Final = ("batch_get_item", "get_item", "query")
OF_ANY: Final = ("throttle", "lost_before", "lost_after", "killed_before", "killed_after")
_ABOUT: Final = "Tries every order of a few operations' calls of the store, with a fault at any call."
FAULTS: Final[dict[str, tuple[str, ...]]] = {
    "transact_write_items": (*OF_ANY, "late", "resent", "conflict", "conflict_too", "throttled_item"),
    "put_item": (*OF_ANY, "late", "resent"),
    "update_item": (*OF_ANY, "late", "resent"),
    "batch_get_item": (*OF_ANY, "unprocessed"),
}


@dataclass
class Result:
    """What was explored: complete histories, distinct states, and findings."""

    histories: int = 0
    merged: int = 0
    states: int = 0
    outcomes: int = 0
    left: int = 0
    """Branches that the time was too short for: with 0 the group is complete."""
    found: list[str] = field(default_factory=list)

    def add(self, other: Result) -> None:
        self.histories += other.histories
        self.merged += other.merged
        self.states += other.states
        self.outcomes += other.outcomes
        self.left += other.left
        self.found += other.found


Choice = tuple[int, str]
"""Whose call takes effect next (a late write's: -1 and below), and which fault it meets."""


@dataclass(eq=False)
class _Process:
    """An operation in progress: its pending call and the answers that it has had."""

    name: str
    task: Task
    turn: Any
    pending: tuple[str, dict[str, Any]] | None = None
    answers_digest: int = 0
    outcome: Any = None

    @property
    def progress(self) -> Any:
        """What decides how it goes on: all that it was answered, or once it has ended, with what."""
        return ("ended", self.outcome) if self.pending is None else self.answers_digest


class _Line:
    """The operations' client: each call waits until the scheduler lets it take effect."""

    def __init__(self, hub: Any) -> None:
        self._hub = hub

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            kind, value = self._hub.switch((name, request))
            if kind == "raised":
                raise value
            return value

        return call


class Stage:
    """A scene after its setup, from which histories begin."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.loop = Loop(1, NOW)
        self.tables = Tables()
        self.tenants = Tenants(scene.plan, self.tables)
        self.tables.behind.catch_up(None, 0)
        self.made: dict[str, Happened] = {}
        plain = Store(self.tables, "ledger", "directory", sleep=lambda _: None)
        for name, scene_step in scene.before:
            self.loop.task = Task(name, self.loop.chance_of(name), lambda: None)
            about = self.made[scene_step.about].id if scene_step.about else ""
            self.made[name] = self.tenants.ask(scene_step.operation, about, plain, NOW)
            self.tables.behind.catch_up(None, 0)
        self.items = dict(self.tables.items)
        self.tokens = dict(self.tables.tokens)
        self._texts: dict[int, tuple[Any, int]] = {}
        self.store = plain

    def reset(self) -> None:
        self.tables = Tables()
        self.tables.items, self.tables.tokens = dict(self.items), dict(self.tokens)
        self.tables.behind.items = dict(self.items)
        self.loop.task = None

    def digest(self) -> int:
        """Of the tables. Items are never changed in place, so each is looked at once."""
        total = hash(frozenset(self.tables.tokens))
        for place, item in self.tables.items.items():
            known = self._texts.get(id(item))
            if known is None or known[0] is not item:
                known = self._texts[id(item)] = (item, hash(repr(sorted(item.items()))))
            total ^= hash((place, known[1]))
        return total

    def start(self, number: int, scene_step: SceneStep, hub: Any) -> _Process:
        name = f"{number}"
        task = Task(name, self.loop.chance_of(name), lambda: None)
        store = Store(_Line(hub), "ledger", "directory", sleep=lambda _: None)
        process = _Process(name, task, None)
        process.turn = greenlet(lambda _: self._serve(process, scene_step, store), parent=hub)
        return process

    def _serve(self, process: _Process, scene_step: SceneStep, store: Store) -> None:
        for _ in range(MOST_ATTEMPTS):
            process.answers_digest = 0
            process.outcome = self._attempt(scene_step, store)
            if process.outcome != "again":
                return

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

    @property
    def requests_scope(self) -> str:
        return self.tenants.coin_wallet.scope

    def state(self) -> Any:
        """The final state that counts: balances, holds, reversed sums, months, requests and disputes."""
        there: dict[Any, Any] = {}
        for (_, pk, sk), wire in self.tables.items.items():
            kind = sk.partition("#")[0]
            item = decode(wire)
            if kind == "BAL":
                there[pk] = (tuple(sorted(item["lots"].items())), item["held"], item.get("debt", 0), item["seq"])
            elif kind == "FUNDS" and "#W#" in pk:
                there[pk] = (item.get("free", 0), item.get("held", 0))
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

    def findings(self) -> list[str]:
        store = Store(self.tables, "ledger", "directory", sleep=lambda _: None)
        owners = (self.tenants.parent, *self.tenants.merchants)
        scopes = [self.tenants.scope, *(keys.scope("live", tenant.id) for tenant in owners)]
        return [str(finding) for scope in scopes for finding in verify_scope(store, scope).findings]


class Explorer:
    """All histories of some operations of a scene, with at most `faults` faults, as far as it comes until `until`."""

    def __init__(self, stage: Stage, scene_steps: Sequence[str], faults: int, until: float = math.inf) -> None:
        self.stage, self.names, self.faults, self.until = stage, scene_steps, faults, until
        self.scene_steps = [stage.scene.scene_steps[name] for name in scene_steps]
        self.result = Result()
        self._seen: set[Any] = set()
        self._right: dict[Any, tuple[str, ...]] = {}
        self._ended: set[Any] = set()

    def explore(self) -> Result:
        for order in itertools.permutations(range(len(self.scene_steps))):
            self._right.setdefault(self._one_after_the_other(order), tuple(self.names[each] for each in order))
        waiting: list[tuple[Choice, ...]] = [()]
        chance = random.Random(1)
        while waiting and time.monotonic() < self.until:
            # Where time is short, branches are taken from anywhere, so that faults at early and late calls are tried.
            at = -1 if self.until == math.inf else chance.randrange(len(waiting))
            waiting[at], waiting[-1] = waiting[-1], waiting[at]
            waiting += self._follow(waiting.pop())
        self.result.left = len(waiting)
        self.result.states = len(self._seen)
        self.result.outcomes = len(self._ended)
        return self.result

    def _one_after_the_other(self, order: Sequence[int]) -> Any:
        stage, hub = self.stage, getcurrent()
        stage.reset()
        outcomes: dict[int, Any] = {}
        for number in order:
            process = stage.start(number, self.scene_steps[number], hub)
            self._resume(process, ("started", None))
            while process.pending is not None:
                self._carry_out(process, "")
            outcomes[number] = process.outcome
        return tuple(outcomes[number] for number in range(len(order))), stage.state()

    def _follow(self, prefix: tuple[Choice, ...]) -> list[tuple[Choice, ...]]:
        """One history, from a prefix of choices to its end or to a known state. Returns the other choices met."""
        stage, hub = self.stage, getcurrent()
        stage.reset()
        processes = [stage.start(number, scene_step, hub) for number, scene_step in enumerate(self.scene_steps)]
        for process in processes:
            self._resume(process, ("started", None))
        ghosts: list[tuple[str, dict[str, Any]]] = []
        chosen: list[Choice] = []
        others: list[tuple[Choice, ...]] = []
        left = self.faults
        try:
            while options := self._options(processes, ghosts, left):
                if len(chosen) < len(prefix):
                    choice = prefix[len(chosen)]
                else:
                    progress = tuple(process.progress for process in processes)
                    key = hash((stage.digest(), progress, left, len(ghosts), str(ghosts)))
                    if key in self._seen:
                        self.result.merged += 1
                        return others
                    self._seen.add(key)
                    choice = options[0]
                    others += [(*chosen, other) for other in options[1:]]
                chosen.append(choice)
                number, fault = choice
                left -= fault != ""
                if number < 0:
                    self._land(ghosts.pop(-1 - number))
                else:
                    self._carry_out(processes[number], fault, ghosts)
        finally:
            for process in processes:
                if process.turn:
                    process.turn.throw(GreenletExit)
        self._end(processes, chosen)
        return others

    def _options(self, processes: Sequence[_Process], ghosts: Sequence[Any], left: int) -> list[Choice]:
        options: list[Choice] = []
        for number, process in enumerate(processes):
            if process.pending is not None:
                options.append((number, ""))
                if left:
                    options += [(number, fault) for fault in FAULTS.get(process.pending[0], OF_ANY)]
        return [*options, *((-1 - number, "") for number in range(len(ghosts)))]

    def _carry_out(self, process: _Process, fault: str, ghosts: list[Any] | None = None) -> None:
        assert process.pending is not None
        (name, request), digest = process.pending, process.answers_digest
        try:
            answer: tuple[str, Any] = ("answered", self._befall(name, request, fault, ghosts))
        except (ClientError, ConnectTimeoutError, ReadTimeoutError, Killed) as error:
            answer = ("raised", error)
        self._resume(process, answer)
        if fault and name in READS and process.pending == (name, request):
            process.answers_digest = digest

    def _befall(self, name: str, request: dict[str, Any], fault: str, ghosts: list[Any] | None) -> Any:
        if fault in ("conflict", "conflict_too", "throttled_item"):
            writes = request["TransactItems"]
            also = fault == "conflict_too"
            reasons = self.stage.tables.reasons(writes) if also else [{"Code": "None"} for _ in writes]
            code = "ThrottlingError" if fault == "throttled_item" else "TransactionConflict"
            reasons[0 if also else -1] = {"Code": code}
            raise cancelled(reasons)
        if fault == "throttle":
            raise failure("ThrottlingException", name)
        if fault == "killed_before":
            raise Killed(name)
        if fault == "lost_before":
            raise ConnectTimeoutError(endpoint_url="dynamodb")
        if fault == "late":
            assert ghosts is not None
            ghosts.append((name, request))
            raise ReadTimeoutError(endpoint_url="dynamodb")
        if fault in ("lost_after", "killed_after"):
            self._land((name, request))
            raise Killed(name) if fault == "killed_after" else ReadTimeoutError(endpoint_url="dynamodb")
        if fault == "resent":
            self._land((name, request))
        answer = self._take_effect(name, request)
        if fault == "unprocessed":
            hold_back(answer, request["RequestItems"])
        return answer

    def _land(self, call: tuple[str, dict[str, Any]]) -> None:
        """Takes effect without an answer."""
        try:
            self._take_effect(*call)
        except ClientError:
            return

    def _take_effect(self, name: str, request: dict[str, Any]) -> Any:
        try:
            return getattr(self.stage.tables, name)(**request)
        finally:
            self.stage.tables.behind.catch_up(None, 0)

    def _resume(self, process: _Process, answer: tuple[str, Any]) -> None:
        """Runs an operation to its next call, or to its end."""
        kind, value = answer
        text = f"{type(value).__name__} {getattr(value, 'response', value)}" if kind == "raised" else repr(value)
        process.answers_digest = hash((process.answers_digest, kind, text))
        self.stage.loop.task = process.task
        process.pending = process.turn.switch(answer)
        if process.turn.dead:
            process.pending = None
        self.stage.loop.task = None

    def _end(self, processes: Sequence[_Process], chosen: Sequence[Choice]) -> None:
        self.result.histories += 1
        ended = (tuple(process.outcome for process in processes), self.stage.state())
        if ended in self._ended:
            return
        self._ended.add(ended)
        history = ", ".join(
            f"{self.names[n] if n >= 0 else 'late'}{'!' + fault if fault else ''}" for n, fault in chosen
        )
        if ended not in self._right:
            self.result.found.append(f"{' + '.join(self.names)}: {ended[0]} is no order of them: {history}")
        self.result.found += [f"{' + '.join(self.names)}: verify: {each}: {history}" for each in self.stage.findings()]


@contextmanager
def staged(scene: Scene) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as patch:
        loop = Loop(1, NOW)
        _tame(patch, loop)
        calls = ("start_execution", "send_task_success", "send_task_failure")
        silent = SimpleNamespace(**{call: lambda **_: {} for call in calls})
        patch.setattr(workflows, "client", lambda _: silent)
        patch.setattr(shard_scaling, "AHEAD_ONE_IN", 1)  # every posting of a month's last day opens the next one's
        waits = SimpleNamespace(decision_wait_seconds=WAIT_SECONDS, balance_workflow="workflow")
        patch.setattr(requests, "settings", lambda: waits)
        # What an approval settles at once is explored as an operation of its own: the workflow's task does the same.
        patch.setattr(decisions, "carry_out", lambda *_: None)
        stage = Stage.__new__(Stage)
        stage.loop = loop
        stage.__init__(scene)  # type: ignore[misc]
        yield stage


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
