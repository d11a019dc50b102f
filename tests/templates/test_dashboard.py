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
