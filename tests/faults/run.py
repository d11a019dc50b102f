"""A run: the world under its faults, from the first operation until it is quiescent, with every answer given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import SimpleNamespace
from typing import Any, Final

import pytest

from batua import clock, ids, queues, workflows
from batua.api.ledger_errors import ledger_problem
from batua.billing import payment_recording, top_up_records
from batua.errors import Problem
from batua.gateway import requests
from batua.identity import otp, secrets
from batua.integrations import queue
from batua.ledger import counting
from batua.ledger.errors import LedgerError, PostingRefused
from batua.ledger.posting import customer_coins, pipeline, shard_scaling
from batua.ledger.posting.shard_scaling import ContentionTracker
from batua.messages import outbound
from batua.operations.hold_expiry import expire_due_holds
from batua.prefund import execution as prefund_execution
from batua.prefund import requests as prefund_requests
from batua.prefund import workflow as prefund_workflow
from batua.store import store as store_module
from batua.store.store import Contended, Store
from batua.wallets import direct_credits
from tests.fakes.states import Killed
from tests.faults.loop import SECOND, Loop
from tests.faults.network import FaultProfile, Line
from tests.faults.orders import Orders
from tests.faults.plan import CLOCKS, DAY, TOLD, Operation, Outcome, Plan
from tests.faults.prefunds import Postbox, Prefunds
from tests.faults.services import Bus, Executions, Workflows
from tests.faults.stream import Stream
from tests.faults.table import Tables
from tests.faults.tenants import OPERATOR, PARENT, Happened, Tenants
from tests.faults.top_ups import TopUps

AGAIN: Final = frozenset({"busy", "request_in_progress", "service_unavailable", "version_conflict"})
"""Answers after which a client retries."""

WAIT_SECONDS: Final = 6 * 3600
"""How long a workflow waits for a signal before it checks by itself."""

SWEEPS: Final = 4
"""How often expired holds are swept while clients run."""


_derived, _iso, _day = (lru_cache(100_000)(pure) for pure in (ids.derived_id, clock.iso, clock._day))
"""Fixtures that every run uses, made once."""


@dataclass(frozen=True)
class Attempt:
    """One request and what its sender learned. `began` and `ended` are positions in the order of all events."""

    operation: Operation
    about: str
    now: int
    """The time on the clock of the handler's machine."""
    task: str
    began: int
    ended: int
    outcome: Outcome
    id: str = ""
    said: Any = None
    seconds: float = 0
    replayed: bool = False
    """Whether the answer says that it is a replay."""


@dataclass(eq=False)
class World:
    """The state of a run."""

    plan: Plan
    loop: Loop
    tables: Tables
    fault_profile: FaultProfile
    tenants: Tenants
    store: Store
    stream: Stream
    flows: Workflows
    orders: Orders
    carriers: Workflows
    """Of prefund requests."""
    prefunds: Prefunds
    top_ups: TopUps
    clients: dict[str, Line]
    history: list[Attempt] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Exceptions that no handler should raise."""
    answered: dict[int, Happened] = field(default_factory=dict)
    """Operation -> what it made, as its client knows."""

    @property
    def digest(self) -> str:
        """A digest of all events and of the final state."""
        said = hashlib.sha256(repr(self.loop.trace).encode())
        said.update(repr(sorted(self.tables.items.items())).encode())
        said.update(repr([(a.task, a.began, a.ended, a.outcome, a.id, a.replayed) for a in self.history]).encode())
        return said.hexdigest()[:16]


def simulate(plan: Plan) -> World:
    """The run of a plan, to its end."""
    with _world(plan) as world:
        for operation in plan.operations:
            if operation.kind in TOLD:
                opens = {"order": world.orders.open, "prefund": world.prefunds.open, "top_up": world.top_ups.open}
                world.loop.later(operation.at, partial(opens[operation.kind], operation.number, operation.amount or 0))
                continue
            for twin in range(operation.twins):
                name = operation.name + (f".{twin}" if twin else "")
                world.loop.spawn(name, partial(_client, world, operation, name), operation.at + twin * 3_000)
            if operation.liar:
                name = f"{operation.name}.liar"
                world.loop.spawn(name, partial(_client, world, operation.other, name), operation.at + 5_000)
        last = max((operation.at for operation in plan.operations), default=0)
        for number in range(SWEEPS):
            world.loop.spawn(f"sweep-{number}", partial(_sweep, world), (number + 1) * last // SWEEPS + SECOND)
        world.loop.run()
        _come_to_rest(world)
    return world


def _come_to_rest(world: World) -> None:
    """The faults end. Whatever has no answer is retried, and some of the rest; holds and streams are drained."""
    world.fault_profile.calm = True
    known = {attempt.operation.number for attempt in world.history if attempt.outcome in ("done", "refused")}
    for operation in world.plan.operations:
        asks = operation.number % 2 == 0 if operation.number in known else operation.tries > 1
        if asks and operation.kind not in TOLD:
            world.loop.spawn(
                f"{operation.name}.again", partial(_client, world, operation, f"{operation.name}.again"), SECOND
            )
    for _ in range(2):
        world.orders.tell_again()
        world.prefunds.tell_again()
        world.top_ups.tell_again()
        world.loop.run()
    for number in range(2):
        world.loop.spawn(f"last-sweep-{number}", partial(_sweep, world), 150 * DAY)
        world.loop.run()
    world.top_ups.tell_again()
    world.loop.run()
    world.stream.drain(world.loop)
    world.loop.run()
    world.tables.behind.catch_up(None, 0)


def _client(world: World, operation: Operation, name: str) -> None:
    """Retries until there is an answer, or as often as this client does."""
    loop, task = world.loop, world.loop.task
    assert task is not None
    for number in range(operation.tries):
        if number:
            loop.pause(task.chance.randrange(SECOND // 5, 5 * SECOND))
        attempt = _attempt(world, operation, task.chance.choice(CLOCKS))
        if attempt is None:
            return
        world.history.append(attempt)
        if attempt.outcome != "silence":
            return


def _attempt(world: World, operation: Operation, wrong: int) -> Attempt | None:
    loop, task = world.loop, world.loop.task
    assert task is not None
    about = ""
    if operation.about >= 0:
        if operation.about not in world.answered:
            return None  # the client knows of nothing that this could be about
        about = world.answered[operation.about].id
    now, began = loop.now + (0 if world.fault_profile.calm else wrong), loop.tick
    learned = partial(_learned, loop, loop.elapsed, partial(Attempt, operation, about, now, task.name, began))
    try:
        happened = world.tenants.ask(operation, about, world.store, now)
    except (Killed, Contended):
        return learned("silence")
    except Problem as problem:
        code = problem.kind.code
        outcome: Outcome = "silence" if code in AGAIN else "refused"
        return learned(outcome, said=code, replayed="Idempotency-Replayed" in problem.headers)
    except PostingRefused as refusal:
        return learned("refused", said=refusal.refusal.code, replayed=refusal.replayed)
    except LedgerError as fault:
        problem = ledger_problem(fault)
        code = problem.kind.code if problem else type(fault).__name__
        return learned("silence" if code in AGAIN else "refused", said=code)
    except Exception as fault:
        world.faults.append(f"{task.name} ({operation.kind}): {type(fault).__name__}: {fault}")
        return learned("broken")
    world.answered.setdefault(operation.number, happened)
    return learned("done", id=happened.id, said=happened.said, replayed=happened.replayed)


def _learned(loop: Loop, since: int, attempt: partial[Attempt], outcome: Outcome, **more: Any) -> Attempt:
    return attempt(loop.tick, outcome, seconds=(loop.elapsed - since) / SECOND, **more)


def _sweep(world: World) -> None:
    """The schedule that releases expired holds."""
    task = world.loop.task
    assert task is not None
    wrong = 0 if world.fault_profile.calm else task.chance.choice(CLOCKS)
    try:
        done = expire_due_holds(world.store, world.loop.now + wrong)
    except (Killed, Contended):
        return
    except Exception as fault:
        world.faults.append(f"{task.name}: {type(fault).__name__}: {fault}")
        return
    if done.failed and world.fault_profile.calm:
        world.faults.append(f"{task.name}: {done.failed}")


@contextmanager
def _world(plan: Plan) -> Iterator[World]:
    """The world, set up so that nothing reads a real clock or real randomness."""
    loop = Loop(plan.seed, plan.start)
    tables = Tables()
    fault_profile = FaultProfile(plan.share, frozenset(plan.faults), plan.lag, muted=plan.muted)
    with pytest.MonkeyPatch.context() as patch:
        _tame(patch, loop)
        # A row of the totals sees a handful of entries here: names leave it as they do where there are hundreds.
        patch.setattr(counting, "FEW", 4)
        patch.setattr(counting, "MANY", 10)
        patch.setattr(counting, "RECENT_MS", 500)
        tenants = Tenants(plan, tables)
        tables.behind.catch_up(None, 0)
        store = Store(Line(loop, tables, fault_profile, tables), "ledger", "directory", sleep=loop.sleep)
        flows = Workflows(loop, fault_profile)
        stream = Stream(loop, tables, store, plan.redelivery)
        orders = Orders(loop, store, tenants.merchants[0], plan.redelivery)
        tables.on_delivery, tables.on_outcome = orders.stored, orders.ended
        orders.connect(Store(tables, "ledger", "directory", sleep=lambda _: None))
        carriers, postbox = Workflows(loop, fault_profile), Postbox(loop)
        prefunds = Prefunds(loop, tables, store, tenants.parent, postbox)
        top_ups = TopUps(loop, tables, store, PARENT, OPERATOR)
        if any(operation.kind == "prefund" for operation in plan.operations):
            prefunds.settle_in(Store(tables, "ledger", "directory", sleep=lambda _: None))
        executions = Executions({"workflow": flows, "prefunds": carriers})
        clients = {"stepfunctions": Line(loop, executions, fault_profile), "events": Line(loop, Bus(), fault_profile)}
        clients["sqs"] = Line(loop, orders, fault_profile)
        for module in (workflows, queue):
            patch.setattr(module, "client", clients.__getitem__)
        waits = SimpleNamespace(
            decision_wait_seconds=WAIT_SECONDS,
            event_bus="bus",
            balance_workflow="workflow",
            deliveries_queue="queue",
            messages_queue="messages",
            prefund_workflow="prefunds",
            prefund_wait_seconds=WAIT_SECONDS,
            direct_credit_limit=100_000,
        )
        for module in (requests, queue, outbound, prefund_execution, prefund_workflow, direct_credits):
            patch.setattr(module, "settings", lambda: waits)
        mail = Line(loop, postbox, fault_profile)
        patch.setattr(outbound, "client", lambda _: mail)
        world = World(
            plan,
            loop,
            tables,
            fault_profile,
            tenants,
            store,
            stream,
            flows,
            orders,
            carriers,
            prefunds,
            top_ups,
            clients,
        )
        for each in (flows, stream, orders, carriers, prefunds, top_ups):
            each.tell = world.faults.append
        flows.serve(store)
        carriers.serve_prefunds(store)
        carriers.unsettled = prefunds.unsettled
        yield world


def _tame(patch: pytest.MonkeyPatch, loop: Loop) -> None:
    """Replaces the library's clocks and randomness by those of the run."""

    def chance() -> Any:
        return loop.task.chance if loop.task else setup

    setup = loop.chance_of("setup")
    patch.setattr(clock, "system", lambda: loop.now)
    for module in (pipeline, queues):
        patch.setattr(module, "time", SimpleNamespace(monotonic=loop.monotonic))
    dice = SimpleNamespace(uniform=lambda low, high: chance().uniform(low, high))
    patch.setattr(pipeline, "random", dice)
    for module in (store_module, top_up_records, payment_recording):
        patch.setattr(module, "random", dice)
    patch.setattr(otp, "entropy", SimpleNamespace(randbelow=lambda below: chance().randrange(below)))
    tokens = SimpleNamespace(token_hex=lambda size: chance().randbytes(size).hex())
    patch.setattr(prefund_execution, "secrets", tokens)
    proof = {"doc": ids.derived_id("doc", "proof"), "name": "proof.pdf", "media": "application/pdf", "sha": "5a"}
    patch.setattr(prefund_requests, "_current_proof", lambda *_: proof)
    patch.setattr(customer_coins, "time", SimpleNamespace(monotonic=loop.monotonic))
    patch.setattr(customer_coins, "CONTENTION", ContentionTracker())
    patch.setattr(shard_scaling, "AHEAD_ONE_IN", 2)
    patch.setattr(ids, "secrets", SimpleNamespace(randbits=lambda bits: chance().getrandbits(bits)))
    patch.setattr(secrets, "verifier_secrets", lambda **_: {"pepper": "5a" * 32, "keys": []})
    patch.setattr(ids, "derived_id", _derived)
    patch.setattr(clock, "iso", _iso)
    patch.setattr(clock, "_day", _day)


@contextmanager
def tamed(loop: Loop) -> Iterator[None]:
    """The library by the clock and the chance of a loop, for runs that need no more of the world."""
    with pytest.MonkeyPatch.context() as patch:
        _tame(patch, loop)
        yield
