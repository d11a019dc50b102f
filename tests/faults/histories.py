"""All histories of a few operations at their calls of the store, with at most so many faults.

A moment of a history is the tables, what each operation waits with, the writes that are still on their way, and how
many faults are left. It is a value: histories branch from it, and those that arrive at the same one continue alike, so
only the first is followed.
"""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from tests.fakes.dynamodb import Place, Wire, cancelled, failure
from tests.fakes.faults import hold_back
from tests.fakes.states import Killed
from tests.faults.behaviour import READS, Answer, Step
from tests.faults.table import Tables

if TYPE_CHECKING:
    from tests.faults.exhaustive import Stage

OF_ANY: Final = ("throttle", "lost_before", "lost_after", "killed_before", "killed_after")
FAULTS: Final[dict[str, tuple[str, ...]]] = {
    "transact_write_items": (*OF_ANY, "late", "resent", "conflict", "conflict_too", "throttled_item"),
    "put_item": (*OF_ANY, "late", "resent"),
    "update_item": (*OF_ANY, "late", "resent"),
    "batch_get_item": (*OF_ANY, "unprocessed"),
}
BROKEN: Final = "broken"
"""The outcome of an operation that ran into what can't be: a finding in any order."""

Items = dict[Place, Wire]
Tokens = dict[str, Any]
Choice = tuple[int, str]
"""Whose call takes effect next (a late write's: -1 and below), and which fault it meets."""


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


@dataclass(frozen=True, slots=True, eq=False)
class _Moment:
    items: Items
    tokens: Tokens
    digest: int
    """Of the items."""
    steps: tuple[Step, ...]
    ghosts: tuple[Step, ...]
    """Whose calls are on their way, without an answer for anybody."""
    left: int
    """Faults that may still happen."""
    trail: tuple[Any, Choice] | None
    """How it came here: the trail before, and the last choice."""

    def choices(self) -> Iterator[Choice]:
        for number, step in enumerate(self.steps):
            if step.call is not None:
                yield number, ""
                if self.left:
                    for fault in FAULTS.get(step.call[0], OF_ANY):
                        yield number, fault
        for number in range(len(self.ghosts)):
            yield -1 - number, ""

    def key(self) -> Any:
        """Moments with the same key continue alike. Of the tokens only those count that may be sent again."""
        live = frozenset(step.token for step in (*self.steps, *self.ghosts) if step.token and step.token in self.tokens)
        return hash((self.digest, live, self.steps, self.ghosts, self.left))

    def history(self) -> list[Choice]:
        choices: list[Choice] = []
        trail = self.trail
        while trail is not None:
            trail, choice = trail
            choices.append(choice)
        return choices[::-1]


@dataclass(frozen=True, slots=True)
class _Effect:
    answer: Answer
    changes: tuple[tuple[Place, Wire | None, int], ...]
    """Place, new item, and what the change does to the digest."""
    token: tuple[str, Any] | None


class Explorer:
    """All histories of some operations of a scene, with at most `faults` faults, as far as it comes until `until`."""

    def __init__(self, stage: Stage, names: Sequence[str], faults: int, until: float = math.inf) -> None:
        self.stage, self.names, self.until = stage, names, until
        self.behaviours = [stage.behaviour(n, stage.scene.scene_steps[name]) for n, name in enumerate(names)]
        self.result = Result()
        self._tables = Tables()
        self._same: dict[Any, Wire] = {}
        self._hashes: dict[int, int] = {}
        self._effects: dict[Any, _Effect] = {}
        items = {place: self._known(item) for place, item in stage.items.items()}
        digest = 0
        for place, item in items.items():
            digest ^= self._hash(place, item)
        steps = tuple(behaviour.first for behaviour in self.behaviours)
        self._first = _Moment(items, dict(stage.tokens), digest, steps, (), faults, None)
        self._seen: set[Any] = set()
        self._right: dict[Any, tuple[str, ...]] = {}
        self._ended: set[Any] = set()

    def explore(self) -> Result:
        for order in itertools.permutations(range(len(self.names))):
            self._right.setdefault(self._one_after_the_other(order), tuple(self.names[each] for each in order))
        waiting = [self._first]
        chance = random.Random(1)
        moments = 0
        while waiting:
            # Where time is short, branches are taken from anywhere, so that faults at early and late calls are tried.
            if self.until != math.inf:
                if (moments := moments + 1) % 64 == 0 and time.monotonic() > self.until:
                    break
                at = chance.randrange(len(waiting))
                waiting[at], waiting[-1] = waiting[-1], waiting[at]
            waiting += self._branches(waiting.pop())
        self.result.left = len(waiting)
        self.result.states = len(self._seen)
        self.result.outcomes = len(self._ended)
        return self.result

    def _branches(self, moment: _Moment) -> Iterator[_Moment]:
        ended = True
        for choice in moment.choices():
            ended = False
            after = self._choose(moment, choice)
            key = after.key()
            if key in self._seen:
                self.result.merged += 1
            else:
                self._seen.add(key)
                yield after
        if ended:
            self._end(moment)

    def _one_after_the_other(self, order: Sequence[int]) -> Any:
        moment = self._first
        for number in order:
            while moment.steps[number].call is not None:
                moment = self._choose(moment, (number, ""))
        return self._outcome(moment)

    def _choose(self, moment: _Moment, choice: Choice) -> _Moment:
        number, fault = choice
        trail = (moment.trail, choice)
        if number < 0:
            at = -1 - number
            ghosts = moment.ghosts[:at] + moment.ghosts[at + 1 :]
            return replace(self._landed(moment, moment.ghosts[at])[0], ghosts=ghosts, trail=trail)
        step = moment.steps[number]
        assert step.call is not None
        ghosts = (*moment.ghosts, step) if fault == "late" else moment.ghosts
        moment, answer = self._befall(moment, step, fault)
        after = self.behaviours[number].after(step, answer, again=fault != "" and step.call[0] in READS)
        steps = (*moment.steps[:number], after, *moment.steps[number + 1 :])
        return replace(moment, steps=steps, ghosts=ghosts, left=moment.left - (fault != ""), trail=trail)

    def _landed(self, moment: _Moment, step: Step) -> tuple[_Moment, Answer]:
        """The call of a step takes effect."""
        effect = self._effect(moment, step)
        items, digest = moment.items, moment.digest
        if effect.changes:
            items = dict(items)
            for place, new, change in effect.changes:
                digest ^= change
                if new is None:
                    items.pop(place, None)
                else:
                    items[place] = new
        tokens = {**moment.tokens, effect.token[0]: effect.token[1]} if effect.token else moment.tokens
        return replace(moment, items=items, tokens=tokens, digest=digest), effect.answer

    def _befall(self, moment: _Moment, step: Step, fault: str) -> tuple[_Moment, Answer]:
        """What becomes of the call of a step under a fault, and what its operation hears of it."""
        assert step.call is not None
        name, request = step.call
        if fault in ("conflict", "conflict_too", "throttled_item"):
            return moment, ("raised", cancelled(self._reasons(moment, request["TransactItems"], fault)))
        if fault == "throttle":
            return moment, ("raised", failure("ThrottlingException", name))
        if fault == "killed_before":
            return moment, ("raised", Killed(name))
        if fault == "lost_before":
            return moment, ("raised", ConnectTimeoutError(endpoint_url="dynamodb"))
        if fault == "late":
            return moment, ("raised", ReadTimeoutError(endpoint_url="dynamodb"))
        if fault == "resent":
            moment, _ = self._landed(moment, step)
        moment, answer = self._landed(moment, step)
        if fault == "lost_after":
            return moment, ("raised", ReadTimeoutError(endpoint_url="dynamodb"))
        if fault == "killed_after":
            return moment, ("raised", Killed(name))
        if fault == "unprocessed":
            found = {table: list(items) for table, items in answer[1]["Responses"].items()}
            partial: Wire = {"Responses": found, "UnprocessedKeys": {}}
            hold_back(partial, request["RequestItems"])
            return moment, ("answered", partial)
        return moment, answer

    def _reasons(self, moment: _Moment, writes: list[Wire], fault: str) -> list[Wire]:
        also = fault == "conflict_too"
        self._tables.items = moment.items
        reasons = self._tables.reasons(writes) if also else [{"Code": "None"} for _ in writes]
        code = "ThrottlingError" if fault == "throttled_item" else "TransactionConflict"
        reasons[0 if also else -1] = {"Code": code}
        return reasons

    def _effect(self, moment: _Moment, step: Step) -> _Effect:
        """What the call of a step does to the tables, and its answer. The same wherever its items are the same."""
        assert step.call is not None
        name, request = step.call
        places = _places(name, request)
        if places is None:
            touched: Any = moment.digest
        else:
            touched = tuple(id(moment.items.get(place)) for place in places)
        known = (step, touched, request.get("ClientRequestToken") in moment.tokens)
        if known not in self._effects:
            self._effects[known] = self._carried_out(moment, name, request)
        return self._effects[known]

    def _carried_out(self, moment: _Moment, name: str, request: dict[str, Any]) -> _Effect:
        tables = self._tables = Tables()
        tables.items, tables.tokens = dict(moment.items), dict(moment.tokens)
        tables.behind.items = tables.items
        try:
            answer: Answer = ("answered", getattr(tables, name)(**request))
        except ClientError as error:
            answer = ("raised", error)
        changes = []
        for commit in tables.log:
            for place, old, new in commit.changes:
                new = self._known(new) if new is not None else None
                difference = (self._hash(place, old) if old is not None else 0) ^ (
                    self._hash(place, new) if new is not None else 0
                )
                changes.append((place, new, difference))
        new_tokens = [token for token in tables.tokens if token not in moment.tokens]
        token = (new_tokens[0], tables.tokens[new_tokens[0]]) if new_tokens else None
        return _Effect(answer, tuple(changes), token)

    def _known(self, item: Wire) -> Wire:
        """One object for all items of the same content."""
        text = repr(sorted(item.items()))
        return self._same.setdefault(text, item)

    def _hash(self, place: Place, item: Wire) -> int:
        known = self._hashes.get(id(item))
        if known is None:
            known = self._hashes[id(item)] = hash(repr(sorted(item.items())))
        return hash((place, known))

    def _outcome(self, moment: _Moment) -> Any:
        return tuple(step.outcome for step in moment.steps), self.stage.state(moment.items)

    def _end(self, moment: _Moment) -> None:
        self.result.histories += 1
        ended = self._outcome(moment)
        if ended in self._ended:
            return
        self._ended.add(ended)
        history = ", ".join(
            f"{self.names[n] if n >= 0 else 'late'}{'!' + fault if fault else ''}" for n, fault in moment.history()
        )
        group = " + ".join(self.names)
        if ended not in self._right:
            self.result.found.append(f"{group}: {ended[0]} is no order of them: {history}")
        findings = [str(outcome) for outcome in ended[0] if outcome[0] == BROKEN] + self.stage.findings(moment.items)
        self.result.found += [f"{group}: verify: {each}: {history}" for each in findings]


def _places(name: str, request: dict[str, Any]) -> tuple[Place, ...] | None:
    """The items that a call concerns; None where they are not named."""
    if name == "batch_get_item":
        return tuple(
            (table, key["pk"]["S"], key["sk"]["S"])
            for table, ask in request["RequestItems"].items()
            for key in ask["Keys"]
        )
    if name == "transact_write_items":
        return tuple(place for each in request["TransactItems"] for write in each.values() for place in _place(write))
    if name in ("put_item", "update_item"):
        return tuple(_place(request))
    return None


def _place(write: Wire) -> Iterator[Place]:
    key = write.get("Key") or write["Item"]
    yield write["TableName"], key["pk"]["S"], key["sk"]["S"]
