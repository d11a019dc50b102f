"""The run that invoices what tenants used, in virtual time: every way through the state machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from batua import clock
from tests.fakes.states import Execution, Machine, all_edges

DEFINITION = Path("functions/billing/usage_run.asl.json")
START = clock.parse_iso("2026-11-03T04:00:00Z")
SEEN: set[str] = set()


def run(*answers: Any, month: int | None = None) -> tuple[Execution, list[dict[str, Any]]]:
    """Runs the machine over a step that answers so; an exception is raised instead."""
    now, events, left = [START], [], list(answers)

    def step(event: dict[str, Any]) -> Any:
        events.append(event)
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    machine = Machine(DEFINITION, {"${InvoiceArn}": step}, lambda: now[0], clock.iso)
    machine.start_execution(stateMachineArn="usage-run", name="one", input=f'{{"month": {month or "null"}}}')
    execution = machine.executions["one"]
    while execution.status == "RUNNING":
        now[0] = machine.next_time() or now[0]
        for each in machine.due():
            machine.step(each)
    SEEN.update(machine.edges)
    return execution, events


def test_it_goes_on_from_its_cursor_until_all_are_invoiced() -> None:
    more = {"state": "more", "cursor": "ten_1", "faults": 1}
    execution, events = run(more, TimeoutError("slow"), {"state": "done", "cursor": None, "faults": 0}, month=202610)
    assert execution.status == "SUCCEEDED"
    first, *others = events
    assert first == {"started": "2026-11-03T04:00:00.000Z", "month": 202610, "cursor": None, "faults": 0}
    assert others == [{**first, "cursor": "ten_1", "faults": 1}] * 2


def test_tenants_that_could_not_be_invoiced_end_it_in_an_alarm() -> None:
    execution, _ = run({"state": "faulty", "cursor": None, "faults": 2})
    assert (execution.status, execution.state) == ("FAILED", "Faulty")


def test_it_gives_up_after_half_a_day() -> None:
    execution, events = run(ValueError("broken"))
    assert (execution.status, len(events)) == ("FAILED", 19)


def test_the_three_runs_take_every_way() -> None:
    test_it_goes_on_from_its_cursor_until_all_are_invoiced()
    test_tenants_that_could_not_be_invoiced_end_it_in_an_alarm()
    test_it_gives_up_after_half_a_day()
    assert set(all_edges(DEFINITION)) <= SEEN
