"""EventBridge: rules to functions, queues and state machines, and schedules that run when they are told to.

moto delivers to queues, logs and other buses; on a function or a state machine as target it raises NotImplementedError
out of PutEvents. Those targets are delivered here, and queues too: moto builds eight parsers for each event to one, and
tells the time as a number.
"""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from moto.events.models import Rule
from moto.events.utils import EventTemplateParser
from moto.sqs.models import sqs_backends

from local.model import ACCOUNT, REGION, EventSource

from .functions import RETRIES, Functions, Invocation, logical_id
from .patching import Patches

log = logging.getLogger(__name__)

Client = Callable[[str], Any]
SCHEDULES = {"Schedule", "ScheduleV2"}
RULES = {"EventBridgeRule", "CloudWatchEvent"}


class Router:
    """Delivers what a rule selects to the targets that moto cannot reach."""

    def __init__(self, functions: Functions, client: Client) -> None:
        self._functions = functions
        self._client = client

    def install(self, patches: Patches) -> None:
        router = self
        original = Rule.send_to_targets

        def send_to_targets(self: Rule, original_event: Any, transform_input: bool = True) -> None:
            """Traps: as the module tells; and rules that are disabled or only scheduled match every event."""
            if self.state == "DISABLED" or self.scheduled_expression or not self.event_pattern.get_pattern():
                return
            if not self.event_pattern.matches_event(original_event):
                return
            remaining = copy.copy(self)
            remaining.targets = [target for target in self.targets if not router.deliver(target, original_event)]
            original(remaining, original_event, transform_input)

        patches.replace(Rule, "send_to_targets", send_to_targets)

    def deliver(self, target: dict[str, Any], event: Mapping[str, Any]) -> bool:
        """Whether the target is one of those delivered here."""
        service = target["Arn"].split(":")[2]
        if service not in {"lambda", "states", "sqs"}:
            return False
        self.send(target, target_input(target, delivered(event)))
        return True

    def send(self, target: Mapping[str, Any], event: Any) -> None:
        if target["Arn"].split(":")[2] == "states":
            self._client("stepfunctions").start_execution(stateMachineArn=target["Arn"], input=json.dumps(event))
            return
        if target["Arn"].split(":")[2] == "sqs":
            self._enqueue(target, json.dumps(event))
            return
        retries = (target.get("RetryPolicy") or {}).get("MaximumRetryAttempts")
        self._functions.queue(
            Invocation(
                logical_id(target["Arn"]),
                event,
                retries=RETRIES if retries is None else int(retries),
                failed=self._dead_letter(target, event),
                target=dict(target),
            )
        )

    def revive(self, kept: dict[str, Any]) -> Invocation:
        """An invocation that was on its way when the process ended."""
        target = kept["target"]
        failed = self._dead_letter(target, kept["event"]) if target else None
        return Invocation(kept["function"], kept["event"], kept["retries"], failed, target)

    def _enqueue(self, target: Mapping[str, Any], body: str) -> None:
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        name = target["Arn"].rsplit(":", 1)[-1]
        sqs_backends[ACCOUNT][REGION].send_message(queue_name=name, message_body=body, group_id=group)

    def _dead_letter(self, target: Mapping[str, Any], event: Any) -> Callable[[Exception], None] | None:
        arn = (target.get("DeadLetterConfig") or {}).get("Arn")
        if not arn:
            return None

        def send(error: Exception) -> None:
            queue = self._client("sqs").get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
            code = {"StringValue": type(error).__name__, "DataType": "String"}
            self._client("sqs").send_message(
                QueueUrl=queue, MessageBody=json.dumps(event), MessageAttributes={"ERROR_CODE": code}
            )

        return send


def delivered(event: Mapping[str, Any]) -> dict[str, Any]:
    """moto's event as a target gets it: an ISO time, and nothing that is only for archives."""
    moment = event["time"]
    if isinstance(moment, int | float):
        moment = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kept = {name: value for name, value in event.items() if name not in {"ingestion-time", "event-bus-name"}}
    return {**kept, "time": moment}


def target_input(target: Mapping[str, Any], event: dict[str, Any]) -> Any:
    if target.get("Input") is not None:
        return json.loads(target["Input"])
    if path := target.get("InputPath"):
        return _at(event, path)
    if transformer := target.get("InputTransformer"):
        return EventTemplateParser.parse(
            input_template=transformer.get("InputTemplate"),
            input_paths_map=transformer.get("InputPathsMap", {}),
            event=cast(Any, event | {"ingestion-time": event["time"]}),
        )
    return event


def _at(event: Any, path: str) -> Any:
    for name in path.removeprefix("$").strip(".").split("."):
        event = event[name] if name else event
    return event


def scheduled_event(schedule: str) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{schedule}"],
        "detail": {},
    }


def put_rule(client: Client, name: str, properties: Mapping[str, Any], targets: list[dict[str, Any]]) -> None:
    bus = {"EventBusName": properties["EventBusName"]} if properties.get("EventBusName") else {}
    rule: dict[str, Any] = {"Name": name, "State": properties.get("State") or "ENABLED", **bus}
    if properties.get("EventPattern"):
        pattern = properties["EventPattern"]
        rule["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
    if properties.get("ScheduleExpression"):
        rule["ScheduleExpression"] = properties["ScheduleExpression"]
    client("events").put_rule(**rule)
    if targets:
        client("events").put_targets(Rule=name, Targets=targets, **bus)


def put_event_rule(client: Client, owner: str, arn: str, source: EventSource) -> None:
    """The rule that SAM makes of an EventBridgeRule event of a function or a state machine."""
    properties = source.properties
    kept = ("Input", "InputPath", "InputTransformer", "RetryPolicy", "DeadLetterConfig")
    target = {"Id": owner, "Arn": arn, **{name: properties[name] for name in kept if properties.get(name)}}
    rule = {**properties, "EventPattern": properties.get("Pattern") or properties.get("EventPattern")}
    put_rule(client, f"{owner}{source.name}", rule, [target])
