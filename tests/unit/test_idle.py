"""The bill of a month in which nobody uses it is counted off the templates."""

from __future__ import annotations

from decimal import Decimal

from benchmarks.idle import POLLS_OF_A_QUEUE, bill
from local.model import EventSource, Function, Platform, Resource
from tests.templates.stacks import ROOT


def resource(name: str, kind: str, **properties: object) -> Resource:
    return Resource(name, kind, properties, name, f"arn:{name}", ROOT / "template.yaml")


def function(name: str, *events: tuple[str, dict[str, object]]) -> Function:
    sources = tuple(EventSource(f"E{number}", kind, values) for number, (kind, values) in enumerate(events))
    return Function(name, "shop", ROOT, name, "handler", {}, 3, 256, sources)


def test_what_is_there_is_billed_whether_it_is_used_or_not() -> None:
    expression = [{"Id": "all", "Expression": "a + b"}, {"Id": "a", "MetricStat": {}}, {"Id": "b", "MetricStat": {}}]
    platform = Platform(
        ROOT,
        {
            "Minutely": function("Minutely", ("Schedule", {"Schedule": "rate(1 minute)"})),
            "Daily": function("Daily", ("ScheduleV2", {"ScheduleExpression": "cron(0 3 * * ? *)"})),
            "Consumer": function("Consumer", ("SQS", {"Queue": "arn"}), ("HttpApi", {"Path": "/"})),
        },
        {
            "A": resource("A", "AWS::SecretsManager::Secret"),
            "B": resource("B", "AWS::CloudWatch::Alarm", MetricName="5xx"),
            "C": resource("C", "AWS::CloudWatch::Alarm", Metrics=expression),
            "D": resource("D", "AWS::CloudWatch::Dashboard"),
        },
    )
    lines = {line.what: line for line in bill(platform)}
    assert lines["secrets"].usd == Decimal("0.40")
    assert lines["metrics that alarms look at"].number == 3, "an expression is billed by the metrics in it"
    assert lines["dashboards (three are free)"].usd == Decimal("3.00")
    assert lines["runs of scheduled functions"].number == 30 * 1440 + 30
    assert lines["queues that functions poll"].usd == POLLS_OF_A_QUEUE * Decimal("0.40") / 1_000_000
