"""The services behind the handlers: the ledger's stream, the workflows of requests, the bus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from batua import clock
from batua.gateway import workflow
from batua.gateway.settlement import BalanceRequestBusy, BalanceSettlementRefused
from batua.prefund import workflow as prefund
from batua.store.store import Store
from tests.fakes.states import Execution, Machine
from tests.faults.loop import Loop
from tests.faults.network import FaultProfile
from tests.faults.plan import CLOCKS

_FUNCTIONS: Final = Path(__file__).resolve().parents[2] / "functions"
DEFINITION: Final = _FUNCTIONS / "gateway" / "balance_request.asl.json"
PREFUND_DEFINITION: Final = _FUNCTIONS / "prefund" / "prefund_request.asl.json"
_EXPECTED: Final = (
    BalanceRequestBusy,
    BalanceSettlementRefused,
    workflow.BalanceRequestDecided,
    workflow.BalanceRequestNotWritten,
    workflow.BalanceRequestSuperseded,
    workflow.BalanceRequestUndecided,
    prefund.PrefundBusy,
    prefund.PrefundNotWritten,
    prefund.PrefundAlreadyDecided,
    prefund.PrefundSettlementRefused,
    BotoCoreError,
    ClientError,
)
"""What a task may raise; the definition says what follows, and must name a store that does not answer."""


class Bus:
    """Accepts every event."""

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, int]:  # noqa: N803
        return {"FailedEntryCount": 0}


class Executions:
    """Step Functions: one client for the executions of every state machine, by its ARN."""

    def __init__(self, machines: dict[str, Workflows]) -> None:
        self._machines = machines

    def start_execution(self, **request: Any) -> None:
        self._machines[request["stateMachineArn"]].start_execution(**request)

    def send_task_success(self, **request: Any) -> None:
        for machine in self._machines.values():
            machine.send_task_success(**request)

    def send_task_failure(self, **request: Any) -> None:
        for machine in self._machines.values():
            machine.send_task_failure(**request)

    def describe_execution(self, **request: Any) -> dict[str, str]:
        arn = request["executionArn"].rpartition(":")[0]
        return self._machines[arn].machine.describe_execution(**request)


class Workflows:
    """A deployed definition with an execution for each request."""

    def __init__(self, loop: Loop, fault_profile: FaultProfile) -> None:
        self._loop, self._fault_profile = loop, fault_profile
        self._busy: set[str] = set()
        self._awaited: set[int] = set()
        self._steps = 0
        self.machine: Machine
        self.unsettled: set[str] = set()
        """Prefund requests whose first settlement fails."""
        self.tell: Callable[[str], None] = lambda fault: None

    def serve(self, store: Store) -> None:
        """The workflow of balance requests."""
        carry = {
            "${WatchArn}": lambda event: workflow.look_step(store, event, self._now()),
            "${AwaitArn}": lambda event: workflow.wait_step(store, event),
            "${SettleArn}": lambda event: workflow.settle_step(store, event, self._now()),
            "${ReleaseArn}": lambda event: workflow.release_step(store, event, self._now()),
        }
        self._carry(DEFINITION, carry)

    def serve_prefunds(self, store: Store) -> None:
        """The workflow of prefund requests."""
        carry = {
            "${SubmitArn}": lambda event: prefund.prefund_submit_step(store, event, self._now()),
            "${AwaitArn}": lambda event: prefund.prefund_wait_step(store, event, self._now()),
            "${FollowUpArn}": lambda event: prefund.prefund_follow_up_step(store, event, self._now()),
            "${SettleArn}": lambda event: self._settle_prefund(store, event),
            "${FailArn}": lambda event: prefund.prefund_fail_step(store, event, self._now()),
            "${TellArn}": lambda event: prefund.prefund_notify_step(store, event, self._now()),
        }
        self._carry(PREFUND_DEFINITION, carry)

    def _settle_prefund(self, store: Store, event: dict[str, Any]) -> Any:
        if event["request"] in self.unsettled:
            self.unsettled.discard(event["request"])
            raise prefund.PrefundSettlementRefused("the wallet takes no credit now")
        return prefund.prefund_settle_step(store, event, self._now())

    def _carry(self, definition: Path, steps: dict[str, Callable[[dict[str, Any]], Any]]) -> None:
        tasks: dict[str, Callable[[dict[str, Any]], Any]] = {
            place: partial(self._watched, run) for place, run in steps.items()
        }
        self.machine = Machine(definition, tasks, lambda: self._loop.now, clock.iso)

    def _now(self) -> int:
        """The time on the clock of the task's machine."""
        task = self._loop.task
        assert task is not None
        return self._loop.now + (0 if self._fault_profile.calm else task.chance.choice(CLOCKS))

    def _watched(self, run: Callable[[dict[str, Any]], Any], event: dict[str, Any]) -> Any:
        try:
            return run(event)
        except _EXPECTED:
            raise
        except Exception as fault:
            self.tell(f"a task of the workflow: {type(fault).__name__}: {fault}")
            raise

    def start_execution(self, **request: Any) -> None:
        self.machine.start_execution(**request)
        self._go_on()

    def send_task_success(self, **request: Any) -> None:
        self.machine.send_task_success(**request)
        self._go_on()

    def send_task_failure(self, **request: Any) -> None:
        self.machine.send_task_failure(**request)
        self._go_on()

    def _go_on(self) -> None:
        """Lets every execution take its next step when it is due."""
        for execution in self.machine.due():
            if execution.name not in self._busy:
                self._busy.add(execution.name)
                self._steps += 1
                self._loop.spawn(f"{execution.name[-6:]}-{self._steps}", partial(self._step, execution))
        at = self.machine.next_time()
        if at is not None and at > self._loop.now and at not in self._awaited:
            self._awaited.add(at)
            self._loop.later((at - self._loop.now) * 1000, self._go_on)

    def _step(self, execution: Execution) -> None:
        try:
            self.machine.step(execution)
        finally:
            self._busy.discard(execution.name)
        self._go_on()
