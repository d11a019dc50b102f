from __future__ import annotations

import json
from typing import Any

import pytest

from local.model import EventSource
from tests.waiting import until

from .conftest import Handlers, function, state_machine

INVOKE = "arn:aws:states:::lambda:invoke"
WORK = function("Work")


def machine(task: dict[str, Any], **more: Any) -> Any:
    states = {"Task": {"Type": "Task", "End": True, **task}, **more}
    return state_machine("Machine", {"StartAt": "Task", "States": states})


def run(aws: Any, **given: Any) -> str:
    arn = aws.platform.resources["Machine"].arn
    return aws.client("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]


def ended(aws: Any, execution: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        described = aws.client("stepfunctions").describe_execution(executionArn=execution)
        return None if described["status"] == "RUNNING" else described

    return until(found, otherwise=execution)


def token(handlers: Handlers) -> str:
    return until(lambda: handlers.of("Work"), otherwise="the task started")[0]["token"]


WAITING = {
    "Resource": f"{INVOKE}.waitForTaskToken",
    "Parameters": {"FunctionName": WORK.arn, "Payload": {"token.$": "$$.Task.Token", "given.$": "$"}},
}


def test_a_task_invokes_the_function_through_the_service_integration(started: Any, handlers: Handlers) -> None:
    handlers.handlers["Work"] = lambda event: {"doubled": event["coins"] * 2}
    task = {"Resource": INVOKE, "Parameters": {"FunctionName": WORK.arn, "Payload.$": "$"}, "OutputPath": "$.Payload"}
    aws = started(WORK, machine(task))
    found = ended(aws, run(aws, coins=5))
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", {"doubled": 10})


def test_a_task_invokes_the_function_by_its_arn(started: Any, handlers: Handlers) -> None:
    handlers.handlers["Work"] = lambda event: event["coins"]
    aws = started(WORK, machine({"Resource": WORK.arn}))
    assert json.loads(ended(aws, run(aws, coins=5))["output"]) == 5


def test_an_error_of_a_function_is_caught_by_its_class_name(started: Any, handlers: Handlers) -> None:
    class NotEnough(Exception):
        pass

    def fail(_: dict[str, Any]) -> None:
        raise NotEnough("only 3 left")

    handlers.handlers["Work"] = fail
    catch = {"Catch": [{"ErrorEquals": ["NotEnough"], "ResultPath": "$.error", "Next": "Caught"}]}
    aws = started(WORK, machine({"Resource": WORK.arn, **catch}, Caught={"Type": "Pass", "End": True}))
    output = json.loads(ended(aws, run(aws))["output"])
    assert json.loads(output["error"]["Cause"])["errorMessage"] == "only 3 left"


def test_a_task_that_waits_for_its_token_goes_on_with_the_output_that_is_sent(started: Any, handlers: Handlers) -> None:
    aws = started(WORK, machine(WAITING))
    execution = run(aws, request="r1")
    waiting = token(handlers)
    assert handlers.of("Work")[0]["given"] == {"request": "r1"}
    aws.client("stepfunctions").send_task_success(taskToken=waiting, output='{"approved": true}')
    assert json.loads(ended(aws, execution)["output"]) == {"approved": True}


def test_a_string_as_output_is_json(started: Any, handlers: Handlers) -> None:
    aws = started(WORK, machine(WAITING))
    execution = run(aws)
    aws.client("stepfunctions").send_task_success(taskToken=token(handlers), output='"approved"')
    assert ended(aws, execution)["output"] == '"approved"'


def test_a_task_that_is_failed_by_its_token_tells_error_and_cause(started: Any, handlers: Handlers) -> None:
    aws = started(WORK, machine(WAITING))
    execution = run(aws)
    aws.client("stepfunctions").send_task_failure(taskToken=token(handlers), error="Refused", cause="over the limit")
    found = ended(aws, execution)
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Refused", "over the limit")


def test_a_failure_by_token_is_caught_with_its_cause(started: Any, handlers: Handlers) -> None:
    catch = {"Catch": [{"ErrorEquals": ["Refused"], "Next": "Caught"}]}
    aws = started(WORK, machine({**WAITING, **catch}, Caught={"Type": "Pass", "End": True}))
    execution = run(aws)
    aws.client("stepfunctions").send_task_failure(taskToken=token(handlers), error="Refused", cause="over the limit")
    assert json.loads(ended(aws, execution)["output"]) == {"Error": "Refused", "Cause": "over the limit"}


@pytest.mark.parametrize("limit", [{"TimeoutSeconds": 1}, {"HeartbeatSeconds": 1, "TimeoutSeconds": 60}])
def test_a_task_that_waits_too_long_for_its_token_times_out(started: Any, limit: dict[str, int]) -> None:
    catch = {"Catch": [{"ErrorEquals": ["States.Timeout"], "ResultPath": None, "Next": "Late"}]}
    late = {"Type": "Pass", "Result": "late", "End": True}
    aws = started(WORK, machine({**WAITING, **limit, **catch}, Late=late))
    assert json.loads(ended(aws, run(aws))["output"]) == "late"


def test_a_token_that_nobody_waits_for_is_refused(started: Any) -> None:
    aws = started(WORK, machine(WAITING))
    client = aws.client("stepfunctions")
    with pytest.raises(client.exceptions.InvalidToken):
        client.send_task_success(taskToken="x" * 100, output="{}")


def test_a_definition_is_read_from_its_file_with_its_substitutions(
    started: Any, handlers: Handlers, tmp_path: Any
) -> None:
    from dataclasses import replace

    definition = {"StartAt": "Task", "States": {"Task": {"Type": "Task", "Resource": "${Function}", "End": True}}}
    (tmp_path / "machine.asl.json").write_text(json.dumps(definition))
    properties = {"DefinitionUri": "machine.asl.json", "DefinitionSubstitutions": {"Function": WORK.arn}}
    declared = replace(state_machine("Machine", {}), properties=properties, stack=tmp_path / "template.yaml")
    handlers.handlers["Work"] = lambda _: "done"
    aws = started(WORK, declared)
    assert json.loads(ended(aws, run(aws))["output"]) == "done"


def test_an_asynchronous_invocation_returns_before_the_function_ran(started: Any, handlers: Handlers) -> None:
    aws = started(WORK)
    client = aws.client("lambda")
    assert client.invoke(FunctionName="Work", InvocationType="Event", Payload="{}")["StatusCode"] == 202
    aws.drain()
    assert handlers.of("Work") == [{}]


def test_a_function_that_does_not_exist_is_refused(started: Any) -> None:
    aws = started(function("Other", EventSource("Api", "HttpApi", {})))
    with pytest.raises(aws.client("lambda").exceptions.ResourceNotFoundException):
        aws.client("lambda").invoke(FunctionName="Work", Payload="{}")


@pytest.mark.parametrize("resource", [WORK.arn, INVOKE])
def test_a_task_whose_output_is_over_256_kilobytes_fails(started: Any, handlers: Handlers, resource: str) -> None:
    handlers.handlers["Work"] = lambda event: {"text": "x" * event["length"]}
    given: dict[str, Any] = {"Parameters": {"FunctionName": WORK.arn, "Payload.$": "$"}} if resource == INVOKE else {}
    aws = started(WORK, machine({"Resource": resource, **given}))
    execution = aws.client("stepfunctions").start_execution
    arn = aws.platform.resources["Machine"].arn
    fits, over = [
        ended(aws, execution(stateMachineArn=arn, name=str(n), input=json.dumps({"length": n}))["executionArn"])
        for n in (250_000, 270_000)
    ]
    assert fits["status"] == "SUCCEEDED"
    assert (over["status"], over["error"]) == ("FAILED", "States.DataLimitExceeded")
