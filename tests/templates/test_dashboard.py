"""House rules of what is shown and watched: it can be read, and somebody counts it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.templates.stacks import ROOT, Stack, obey, stacks

NAMESPACE = "Batua"


def dashboards() -> Iterator[tuple[Stack, str, dict[str, Any]]]:
    for stack in stacks():
        for logical_id, resource in stack.resources.items():
            if resource["Type"] == "AWS::CloudWatch::Dashboard":
                body = resource["Properties"]["DashboardBody"]["Fn::Sub"]
                yield stack, logical_id, json.loads(body)


def test_widgets_stand_beside_one_another_on_the_grid() -> None:
    def faults() -> Iterator[str]:
        for stack, logical_id, body in dashboards():
            taken: dict[tuple[int, int], str] = {}
            for widget in body["widgets"]:
                title = widget["properties"]["title"]
                for x in range(widget["x"], widget["x"] + widget["width"]):
                    for y in range(widget["y"], widget["y"] + widget["height"]):
                        other = taken.setdefault((x, y), title)
                        if other != title or x >= 24:
                            yield f"{stack}: {logical_id}: '{title}' lies over '{other}', or beyond the edge"

    assert list(dashboards())
    obey("widgets of a dashboard share no place, and 24 are the width", faults())


def test_what_is_watched_is_counted_by_some_function() -> None:
    source = "\n".join(
        file.read_text() for folder in ("layers/core", "functions") for file in (ROOT / folder).rglob("*.py")
    )
    obey(
        f"a metric of the namespace {NAMESPACE} that an alarm or a dashboard names is counted in the code",
        (
            f"{where}: nothing counts {name}"
            for where, name in _own_metrics()
            if not re.search(rf'["\s(]{name}(?:"|=)', source)
        ),
    )


def test_every_dead_letter_queue_is_on_the_dashboard() -> None:
    """Their names begin with one of the words that the dashboard looks for."""
    (words,) = {
        tuple(found[1].split(" OR "))
        for _, _, body in dashboards()
        for found in [re.search(r"ApproximateNumberOfMessagesVisible\\?\" \(([A-Za-z ]+)\)", json.dumps(body))]
        if found
    }
    obey(
        "a dead-letter queue is called by a word of the dashboard's search",
        (
            f"{stack}: {name} begins with none of {', '.join(words)}"
            for stack in stacks()
            for name in _dead_letter_queues(stack)
            if not name.startswith(words)
        ),
    )


def test_what_aws_itself_writes_to_is_under_vendedlogs() -> None:
    """One account-wide policy lets it write there; a policy for each log group reaches that policy's limit in size."""
    obey(
        "log groups of APIs and of state machines are called /aws/vendedlogs/...",
        (
            f"{stack}: {name} is called {stack.resources[name]['Properties']['LogGroupName']}"
            for stack in stacks()
            for name in _delivered_logs(stack)
            if not str(stack.resources[name]["Properties"]["LogGroupName"].get("Fn::Sub")).startswith(
                "/aws/vendedlogs/"
            )
        ),
    )


def test_an_alarm_watches_every_scheduled_function() -> None:
    """Nobody waits for what it answers: without an alarm it fails unnoticed."""

    def faults() -> Iterator[str]:
        for stack in stacks():
            alarms = [
                each["Properties"] for each in stack.resources.values() if each["Type"] == "AWS::CloudWatch::Alarm"
            ]
            watched = json.dumps(alarms, default=str)
            for function in stack.functions:
                scheduled = any(event["Type"] in ("Schedule", "ScheduleV2") for event in function.events)
                if scheduled and f'"{function.logical_id}"' not in watched:
                    yield f"{function}: no alarm names it (see docs/runbooks/jobs_failed.md)"

    obey("a scheduled function's errors have an alarm", faults())


def test_metrics_by_route_are_for_the_counter_alone() -> None:
    """Each route costs four metrics, whether anybody looks at them or not."""
    obey(
        "DetailedMetricsEnabled is for functions/coins alone; leave it out of DefaultRouteSettings",
        (
            f"{stack}: {name}"
            for stack in stacks()
            for name, resource in stack.resources.items()
            if (resource.get("Properties") or {}).get("DefaultRouteSettings", {}).get("DetailedMetricsEnabled")
            and stack.file.parent.name != "coins"
        ),
    )


def _dead_letter_queues(stack: Stack) -> Iterator[str]:
    for resource in stack.resources.values():
        redrive = (resource.get("Properties") or {}).get("RedrivePolicy") or {}
        if isinstance(redrive, dict) and (arn := redrive.get("deadLetterTargetArn")):
            yield (
                str(arn["Fn::GetAtt"]).split(".", maxsplit=1)[0]
                if isinstance(arn["Fn::GetAtt"], str)
                else arn["Fn::GetAtt"][0]
            )
    for name, resource in stack.resources.items():
        if resource["Type"] == "AWS::SQS::Queue" and "RedrivePolicy" not in resource.get("Properties", {}):
            yield name


def _delivered_logs(stack: Stack) -> Iterator[str]:
    for resource in stack.resources.values():
        properties = resource.get("Properties") or {}
        for part in (properties.get("AccessLogSettings") or {}, properties.get("Logging") or {}):
            yield from re.findall(r"'Fn::GetAtt': (?:\['|')(\w+)", str(part))


def _own_metrics() -> Iterator[tuple[str, str]]:
    for stack, logical_id, body in dashboards():
        for widget in body["widgets"]:
            for metric in widget["properties"].get("metrics", []):
                if metric[0] == NAMESPACE:
                    yield f"{stack}: {logical_id}", metric[1]
    for stack in stacks():
        for logical_id, resource in stack.resources.items():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::CloudWatch::Alarm" and properties.get("Namespace") == NAMESPACE:
                yield f"{stack}: {logical_id}", properties["MetricName"]
