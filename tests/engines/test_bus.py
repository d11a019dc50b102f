from __future__ import annotations

import json
from typing import Any

import pytest

from local.model import ACCOUNT, REGION, EventSource

from .conftest import Handlers, function, queue, resource, state_machine

BUS = resource("Bus", "AWS::Events::EventBus", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/Bus")
PATTERN = {"source": ["batua.ledger"], "detail-type": ["Issued"]}


def rule(*targets: dict[str, Any], **properties: Any) -> Any:
    arn = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/Bus/Rule"
    given = {"EventBusName": "Bus", "EventPattern": PATTERN, "Targets": list(targets)}
    return resource("Rule", "AWS::Events::Rule", arn, **{**given, **properties})


def listener(**properties: Any) -> Any:
    given = {"EventBusName": "Bus", "Pattern": PATTERN}
    return function("Listener", EventSource("Issued", "EventBridgeRule", {**given, **properties}))


def publish(aws: Any, kind: str = "Issued") -> None:
    entry = {"EventBusName": "Bus", "Source": "batua.ledger", "DetailType": kind, "Detail": '{"coins": 5}'}
    assert aws.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_a_rule_delivers_what_its_pattern_selects_to_its_function(started: Any, handlers: Handlers) -> None:
    aws = started(BUS, listener())
    publish(aws)
    publish(aws, "Redeemed")
    aws.drain()
    (event,) = handlers.of("Listener")
    assert event["detail"] == {"coins": 5}
    assert (event["source"], event["detail-type"]) == ("batua.ledger", "Issued")
    assert (event["account"], event["region"], event["version"]) == (ACCOUNT, REGION, "0")
    assert event["time"].endswith("Z")
    assert "ingestion-time" not in event


def test_a_rule_delivers_to_a_function_a_queue_and_a_state_machine(started: Any, handlers: Handlers) -> None:
    inbox = queue("Inbox")
    machine = state_machine("Machine", {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    listening = function("Listener")
    arns = {"f": listening.arn, "q": inbox.arn, "m": machine.arn}
    targets = [{"Id": name, "Arn": arn, "RoleArn": "r"} for name, arn in arns.items()]
    aws = started(BUS, inbox, machine, listening, rule(*targets))
    publish(aws)
    aws.drain()
    assert len(handlers.of("Listener")) == 1
    url = aws.client("sqs").get_queue_url(QueueName="Inbox")["QueueUrl"]
    (message,) = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["detail"] == {"coins": 5}
    (execution,) = aws.client("stepfunctions").list_executions(stateMachineArn=machine.arn)["executions"]
    started_with = aws.client("stepfunctions").describe_execution(executionArn=execution["executionArn"])["input"]
    assert json.loads(started_with)["detail"] == {"coins": 5}


@pytest.mark.parametrize(
    ("given", "received"),
    [
        ({"InputPath": "$.detail"}, {"coins": 5}),
        ({"Input": '{"fixed": true}'}, {"fixed": True}),
        (
            {"InputTransformer": {"InputPathsMap": {"c": "$.detail.coins"}, "InputTemplate": '{"n": <c>}'}},
            {"n": 5},
        ),
    ],
)
def test_a_target_gets_the_input_that_it_asks_for(
    started: Any, handlers: Handlers, given: dict[str, Any], received: dict[str, Any]
) -> None:
    aws = started(BUS, listener(**given))
    publish(aws)
    aws.drain()
    assert handlers.of("Listener") == [received]


def test_a_disabled_rule_delivers_nothing(started: Any, handlers: Handlers) -> None:
    aws = started(BUS, listener(State="DISABLED"))
    publish(aws)
    aws.drain()
    assert handlers.of("Listener") == []


def test_an_event_that_keeps_failing_ends_in_the_dead_letter_queue(started: Any, handlers: Handlers) -> None:
    def fail(_: dict[str, Any]) -> None:
        raise RuntimeError("always")

    handlers.handlers["Listener"] = fail
    dead = queue("Dead")
    aws = started(BUS, dead, listener(DeadLetterConfig={"Arn": dead.arn}))
    publish(aws)
    aws.drain()
    assert len(handlers.of("Listener")) == 3
    assert [name for name, _ in aws.functions.given_up] == ["Listener"]
    url = aws.client("sqs").get_queue_url(QueueName="Dead")["QueueUrl"]
    (message,) = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["detail"] == {"coins": 5}


def test_a_schedule_runs_only_when_it_is_told_to(started: Any, handlers: Handlers) -> None:
    handlers.handlers["Sweep"] = lambda event: event["source"]
    schedule = EventSource("Nightly", "Schedule", {"Schedule": "rate(1 day)"})
    fixed = EventSource("Monthly", "ScheduleV2", {"ScheduleExpression": "rate(30 days)", "Input": '{"month": true}'})
    aws = started(function("Sweep", schedule), function("Close", fixed))
    aws.drain()
    assert handlers.events == []
    assert aws.run_schedule("Sweep") == "aws.events"
    aws.run_schedule("Close")
    assert handlers.of("Close") == [{"month": True}]
    with pytest.raises(LookupError, match="Nightly"):
        aws.run_schedule("Sweep", "Hourly")


def test_a_scheduled_rule_matches_no_event_and_runs_its_targets_when_told(started: Any, handlers: Handlers) -> None:
    sweep = function("Sweep")
    scheduled = rule(
        {"Id": "f", "Arn": sweep.arn}, EventPattern=None, ScheduleExpression="rate(1 day)", EventBusName=""
    )
    aws = started(BUS, sweep, scheduled)
    publish(aws)
    aws.drain()
    assert handlers.of("Sweep") == []
    aws.run_schedule("Rule")
    aws.drain()
    assert [event["detail-type"] for event in handlers.of("Sweep")] == ["Scheduled Event"]
