"""The network between handlers and services: it delays, loses and repeats calls, and handlers die in it.

Each call draws its own fault. The worst is `late`: the client times out, perhaps retries, and the first call is
executed after that.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from tests.fakes.dynamodb import Wire, cancelled, failure
from tests.fakes.faults import hold_back
from tests.fakes.states import Killed
from tests.faults.loop import SECOND, Loop, Task
from tests.faults.table import Tables

ANY: Final = ("throttle", "lost_before", "lost_after", "slow", "killed_before", "killed_after")
WRITES: Final = (*ANY, "resent", "late")
FAULTS: Final[dict[str, tuple[str, ...]]] = {
    "transact_write_items": (*WRITES, "conflict", "conflict_too", "throttled_item", "in_progress"),
    "put_item": WRITES,
    "update_item": WRITES,
    "batch_get_item": (*ANY, "unprocessed", "split_read"),
    "query": ANY,
    "scan": ANY,
}
"""Call -> the faults that it can meet. `ANY` is for other services."""

ALL: Final = tuple(sorted({fault for faults in FAULTS.values() for fault in faults}))
_TIMEOUT = 4 * SECOND


@dataclass
class FaultProfile:
    """The faults of a run: the share of calls that meet one, which there are, and how far indexes lag behind."""

    share: float
    faults: frozenset[str]
    lag: float
    calm: bool = False
    muted: frozenset[tuple[str, int]] = frozenset()
    """Faults left out, by task and number of the call; used to reduce a failing run."""
    met: set[tuple[str, int]] = field(default_factory=set)

    def draw(self, chance: random.Random, call: str, place: tuple[str, int]) -> str:
        hit, which = chance.random() < self.share, chance.random()
        kinds = [fault for fault in FAULTS.get(call, ANY) if fault in self.faults]
        if self.calm or not hit or not kinds or place in self.muted:
            return ""
        self.met.add(place)
        return kinds[int(which * len(kinds))]


class Line:
    """A client of one service, as handlers hold it."""

    def __init__(self, loop: Loop, inner: Any, fault_profile: FaultProfile, tables: Tables | None = None) -> None:
        self._loop, self._inner, self._fault_profile, self._tables = loop, inner, fault_profile, tables

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._call, name)

    def _call(self, name: str, /, **request: Any) -> Any:
        loop, task = self._loop, self._loop.task
        assert task is not None
        task.calls += 1
        chance, number = task.chance, task.calls
        fault = self._fault_profile.draw(chance, name, (task.name, number))
        loop.pause(_latency(chance))
        outcome = "ok"
        try:
            return self._befall(fault, name, request, task)
        except Killed:
            outcome = "killed"
            raise
        except ClientError as refusal:
            outcome = _why(refusal)
            raise
        except (ConnectTimeoutError, ReadTimeoutError):
            outcome = "no reply"
            raise
        finally:
            loop.trace.append((loop.elapsed, task.name, number, name, _about(name, request), fault, outcome))

    def _befall(self, fault: str, name: str, request: dict[str, Any], task: Task) -> Any:
        chance = task.chance
        carry_out = partial(self._carry_out, name, task, chance)
        do = partial(carry_out, request)
        if fault in ("conflict", "conflict_too", "throttled_item"):
            raise self._spoilt(fault, request["TransactItems"], chance)
        if fault in ("throttle", "in_progress"):
            raise failure("ThrottlingException" if fault == "throttle" else "TransactionInProgressException", name)
        if fault == "killed_before":
            raise Killed(name)
        if fault == "killed_after":
            _quietly(do)
            raise Killed(name)
        if fault in ("lost_before", "lost_after", "late"):
            if fault == "lost_after":
                _quietly(do)
            elif fault == "late":
                self._later(do, request, chance)
            self._loop.pause(_TIMEOUT)
            error = ConnectTimeoutError if fault == "lost_before" else ReadTimeoutError
            raise error(endpoint_url="https://service")
        if fault == "resent":
            # The client library itself asks again where no reply came.
            _quietly(do)
            self._loop.pause(_TIMEOUT)
            return do()
        if fault == "split_read":
            return self._split_read(request["RequestItems"], lambda part: carry_out({"RequestItems": part}), chance)
        answer = do()
        if fault == "unprocessed":
            answer = {**answer, "UnprocessedKeys": {}}
            hold_back(answer, request["RequestItems"])
        if fault == "slow":
            self._loop.pause(chance.randrange(SECOND, 6 * SECOND))
        return answer

    def _carry_out(self, name: str, task: Task, chance: random.Random, request: dict[str, Any]) -> Any:
        loop, tables = self._loop, self._tables
        loop.tick += 1
        if tables is not None:
            tables.tick, tables.by, tables.at = loop.tick, task.name, loop.now
            if name in ("query", "batch_get_item"):
                tables.behind.catch_up(None if self._fault_profile.calm else chance, self._fault_profile.lag)
        return getattr(self._inner, name)(**request)

    def _later(self, do: Callable[[], Any], request: dict[str, Any], chance: random.Random) -> None:
        """Executes a write at some later time. Whether the service knows its token before that is random as well."""
        after, known = chance.randrange(SECOND // 10, 9 * SECOND), chance.random() < 0.5
        token = request.get("ClientRequestToken")
        tables = self._tables
        if token and known and tables is not None:
            tables.in_flight.add(token)

        def arrive() -> None:
            if token and tables is not None:
                tables.in_flight.discard(token)
            _quietly(do)

        self._loop.later(after, arrive)

    def _split_read(self, asked: Wire, read: Callable[[Wire], Wire], chance: random.Random) -> Wire:
        """A batch read need not show one moment."""
        places = [(table, key) for table, ask in asked.items() for key in ask["Keys"]]
        chance.shuffle(places)
        cut, gap = chance.randrange(len(places) + 1), chance.choice((2_000, 30_000, 2 * SECOND))
        responses: dict[str, list[Wire]] = {table: [] for table in asked}
        for part in filter(None, (places[:cut], places[cut:])):
            request: Wire = {table: {**ask, "Keys": []} for table, ask in asked.items()}
            for table, key in part:
                request[table]["Keys"].append(key)
            answer = read({table: ask for table, ask in request.items() if ask["Keys"]})
            for table, found in answer["Responses"].items():
                responses[table] += found
            self._loop.pause(gap)
        return {"Responses": responses, "UnprocessedKeys": {}}

    def _spoilt(self, fault: str, writes: list[Wire], chance: random.Random) -> ClientError:
        """A transaction cancelled by a conflict on one of its items, alone or together with failed conditions."""
        assert self._tables is not None
        reasons = self._tables.reasons(writes) if fault == "conflict_too" else [{"Code": "None"} for _ in writes]
        code = "ThrottlingError" if fault == "throttled_item" else "TransactionConflict"
        reasons[chance.randrange(len(writes))] = {"Code": code}
        return cancelled(reasons)


def _quietly(do: Callable[[], Any]) -> None:
    """Executes without an answer."""
    try:
        do()
    except ClientError:
        return


def _latency(chance: random.Random) -> int:
    """Mostly a few milliseconds, sometimes far longer, so that handlers overtake each other."""
    drawn = chance.random()
    if drawn < 0.8:
        return 1_000 + int(drawn * 6_000)
    return int(20_000 + (drawn - 0.8) * 1_000_000)


def _why(refusal: ClientError) -> str:
    response: Any = refusal.response
    reasons = [reason.get("Code", "None") for reason in response.get("CancellationReasons", ())]
    return "cancelled: " + ", ".join(reasons) if reasons else str(response["Error"]["Code"])


def _about(name: str, request: dict[str, Any]) -> tuple[str, ...]:
    """What a call is about, in a few words an item."""
    return tuple(_words(name, request))


def _words(name: str, request: dict[str, Any]) -> Iterator[str]:
    if name == "transact_write_items":
        for item in request["TransactItems"]:
            for operation, write in item.items():
                yield f"{operation} {_place(write.get('Item') or write['Key'])}"
    elif name == "batch_get_item":
        for ask in request["RequestItems"].values():
            yield from (_place(key) for key in ask["Keys"])
    elif name in ("put_item", "update_item"):
        yield _place(request.get("Item") or request["Key"])
    elif name in ("query", "scan"):
        yield f"{request.get('IndexName', '')} {request['ExpressionAttributeValues'][':v0']['S']}"


def _place(key: Wire) -> str:
    return f"{key['pk']['S'].rpartition('#')[2]} {key['sk']['S']}"
