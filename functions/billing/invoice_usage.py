"""The step of `usage_run.asl.json`: invoices what the operator's tenants used in a month."""

from typing import Any

from batua import clock
from batua.archive.steps import time_left
from batua.billing.usage_runs import usage_run_step
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return usage_run_step(store(), event, clock.system(), time_left(context))
