"""What a deployment costs in a month in which nobody uses it: `make cost` prints it after what uses cost.

Counted off the templates; the prices are those of us-east-1, which ap-south-1 shares for these (CloudWatch, Secrets
Manager, SQS; read on 2026-11-21). Free tiers are not deducted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from local import templates
from local.host import PARAMETERS, ROOT
from local.model import Platform

SECRET = Decimal("0.40")
ALARM_METRIC = Decimal("0.10")
CUSTOM_METRIC = Decimal("0.30")
DASHBOARD = Decimal("3.00")
QUEUE_REQUEST = Decimal("0.40") / 1_000_000
POLLS_OF_A_QUEUE = 5 * 3 * 60 * 24 * 30
"""Lambda keeps five long polls of 20 s open on each queue that it reads."""
RUN = Decimal("0.0000133334") / 4 + Decimal("0.0000002")
"""Of a scheduled function that finds nothing to do: a quarter of a gigabyte-second."""


@dataclass(frozen=True)
class Line:
    what: str
    number: int
    usd: Decimal


def bill(platform: Platform) -> list[Line]:
    """What is there whether it is used or not, the dearest first."""
    secrets = len(platform.of_type("AWS::SecretsManager::Secret"))
    metrics = sum(_metrics(each.properties) for each in platform.of_type("AWS::CloudWatch::Alarm"))
    dashboards = len(platform.of_type("AWS::CloudWatch::Dashboard"))
    polled = sum(event.type == "SQS" for function in platform.functions.values() for event in function.events)
    runs = sum(_runs(event.properties) for event in _schedules(platform))
    lines = [
        Line("secrets", secrets, secrets * SECRET),
        Line("metrics that alarms look at", metrics, metrics * ALARM_METRIC),
        Line("dashboards (three are free)", dashboards, dashboards * DASHBOARD),
        Line("queues that functions poll", polled, polled * POLLS_OF_A_QUEUE * QUEUE_REQUEST),
        Line("runs of scheduled functions", runs, runs * RUN),
        Line("metrics that the hourly verification counts", 3, 3 * CUSTOM_METRIC),
    ]
    return sorted(lines, key=lambda line: -line.usd)


def main() -> int:
    lines = bill(templates.load(ROOT, PARAMETERS))
    print("A month in which nobody uses it:")
    for line in lines:
        print(f"  {line.what:<44} {line.number:>7,} {line.usd:>8.2f} USD")
    print(f"  {'together':<44} {'':>7} {sum(line.usd for line in lines):>8.2f} USD")
    print("Storage, backups and logs come to it as they grow (point-in-time recovery: about 0.20 USD a gigabyte).")
    return 0


def _metrics(properties: Mapping[str, Any]) -> int:
    listed = properties.get("Metrics")
    return sum("MetricStat" in each for each in listed) if listed else 1


def _schedules(platform: Platform) -> Iterator[Any]:
    for function in platform.functions.values():
        yield from (event for event in function.events if event.type in ("Schedule", "ScheduleV2"))


def _runs(properties: Mapping[str, Any]) -> int:
    """Of a month of 30 days. `cron` is taken for once a day."""
    written = str(properties.get("Schedule") or properties.get("ScheduleExpression"))
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", written)
    if rate is None:
        return 30
    minutes = {"minute": 1, "hour": 60, "day": 1440}[rate[2]]
    return 30 * 1440 // (int(rate[1]) * minutes)


if __name__ == "__main__":
    raise SystemExit(main())
