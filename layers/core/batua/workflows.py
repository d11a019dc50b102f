"""Step Functions executions: started, signalled, looked up.

Records hold the truth, workflows carry them. So an execution is started before the record that names it is written, and
one that was started in vain finds no record, or one that names another, and ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from . import errors
from .aws import client


def launch_execution(state_machine: str, name: str, content: Mapping[str, Any]) -> None:
    """Starts an execution of a state machine (its ARN) under a name that is never used twice.

    Started again, nothing more happens. `content` holds ids and times, never what a person wrote: executions can be
    read in the console. Raises SERVICE_UNAVAILABLE where nobody can tell whether it was started.
    """
    try:
        client("stepfunctions").start_execution(stateMachineArn=state_machine, name=name, input=json.dumps(content))
    except (BotoCoreError, ClientError) as fault:
        if _code(fault) != "ExecutionAlreadyExists":
            raise errors.SERVICE_UNAVAILABLE(headers={"Retry-After": "5"}) from fault


def is_running(state_machine: str, name: str) -> bool:
    """Whether the execution of this name is at work."""
    arn = state_machine.replace(":stateMachine:", ":execution:")
    try:
        found = client("stepfunctions").describe_execution(executionArn=f"{arn}:{name}")
    except ClientError as fault:
        if _code(fault) == "ExecutionDoesNotExist":
            return False
        raise
    return bool(found["status"] == "RUNNING")


@dataclass(frozen=True, slots=True)
class Execution:
    name: str
    status: str
    started: int
    """Milliseconds since 1970."""


def recent_executions(state_machine: str, since: int) -> list[Execution]:
    """The executions of a state machine that began at an instant or later (ms since 1970), at most 100, the last first.

    Raises what botocore raises.
    """
    found = client("stepfunctions").list_executions(stateMachineArn=state_machine, maxResults=100)["executions"]
    known = [Execution(each["name"], each["status"], int(each["startDate"].timestamp() * 1000)) for each in found]
    recent = [each for each in known if each.started >= since]
    return sorted(recent, key=lambda each: each.started, reverse=True)


def execution_error(state_machine: str, name: str) -> str:
    """The error that an execution failed with; empty where it did not fail. Raises what botocore raises."""
    arn = state_machine.replace(":stateMachine:", ":execution:")
    return str(client("stepfunctions").describe_execution(executionArn=f"{arn}:{name}").get("error", ""))


def resume_execution(token: str) -> None:
    """Ends the wait of an execution that left this task token. Raises what botocore raises."""
    client("stepfunctions").send_task_success(taskToken=token, output="{}")


def fail_task(token: str, error: str) -> None:
    """Ends the wait of an execution with an error that its definition catches. Raises what botocore raises."""
    client("stepfunctions").send_task_failure(taskToken=token, error=error)


def _code(fault: Exception) -> str | None:
    return fault.response["Error"]["Code"] if isinstance(fault, ClientError) else None
