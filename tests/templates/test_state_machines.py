"""What state machines and schedules may do, held against what they do: nothing missing, nothing too much."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from local import templates
from local.aws.authorization.policies import Policies
from local.aws.workflows import definition
from local.host import PARAMETERS
from local.model import Platform
from tests.templates.stacks import ROOT, obey

MACHINES = ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine")
LOGGING_AND_TRACING = ("logs:", "xray:")


@cache
def platform() -> Platform:
    return templates.load(ROOT, PARAMETERS)


def test_a_state_machine_may_do_what_its_tasks_do_and_nothing_else() -> None:
    assert platform().of_type(*MACHINES)
    obey("a state machine's role grants exactly what its tasks need", _machine_faults())


def test_a_schedule_may_start_what_it_starts() -> None:
    obey("the role of a schedule starts the state machine that it belongs to", _schedule_faults())


def test_a_task_of_an_unknown_kind_is_not_passed_over() -> None:
    [(action, resource)] = _needs({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {}})
    assert (action, resource) == ("unknown", "arn:aws:states:::sqs:sendMessage")


def _machine_faults() -> Iterator[str]:
    for machine in platform().of_type(*MACHINES):
        role = platform().roles[machine.logical_id]
        policies = Policies(role, {})
        described = json.loads(definition(machine))
        needed = {*_tasks(described), *_own_executions(machine.arn, described)}
        for action, resource in sorted(needed):
            if not policies.allows(action, resource, {}):
                yield f"{machine.logical_id}: its role does not grant {action} on {resource}"
        for statement in role.statements:
            for action in statement.actions:
                if action.startswith(LOGGING_AND_TRACING):
                    continue
                for resource in statement.resources:
                    if (action, resource) not in needed:
                        yield f"{machine.logical_id}: no task needs {action} on {resource}"


def _schedule_faults() -> Iterator[str]:
    for machine in platform().of_type(*MACHINES):
        for name in machine.properties.get("Events") or {}:
            role = platform().roles.get(f"{machine.logical_id}{name}Role")
            if role is None or not Policies(role, {}).allows("states:StartExecution", machine.arn, {}):
                yield f"{machine.logical_id}: the role of its event {name} may not start it"


def _tasks(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        if part.get("Type") == "Task":
            yield from _needs(part)
        for inner in part.values():
            yield from _tasks(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _tasks(inner)


def _own_executions(machine: str, part: Any) -> Iterator[tuple[str, str]]:
    """A distributed map runs its items as executions of the machine itself, which it starts, follows and stops."""
    if '"Mode": "DISTRIBUTED"' in json.dumps(part):
        yield "states:StartExecution", machine
        for action in ("states:DescribeExecution", "states:StopExecution"):
            yield action, machine.replace(":stateMachine:", ":execution:") + "/*"


def _needs(task: dict[str, Any]) -> Iterator[tuple[str, str]]:
    resource = task["Resource"].removesuffix(".waitForTaskToken")
    if ":lambda:" in resource and ":function:" in resource:
        yield "lambda:InvokeFunction", resource
    elif resource == "arn:aws:states:::lambda:invoke":
        yield "lambda:InvokeFunction", task["Parameters"]["FunctionName"]
    else:
        yield "unknown", resource
