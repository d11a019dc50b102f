"""What a function says of itself: one JSON line per request, metrics in the same stream, traces where they are on.

No line holds personal data or secrets: the route as declared, never the path as called; ids, never phone numbers.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from aws_lambda_powertools import Logger

Handler = TypeVar("Handler", bound=Callable[..., Any])


@lru_cache(maxsize=1)
def log() -> Logger:
    return Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "batua"), utc=True, log_uncaught_exceptions=False)


def count(route: str, status: int, milliseconds: float) -> None:
    """Requests, refusals and faults, as EMF: log lines that CloudWatch counts. Nothing where off.

    By domain and for the whole stage; by route only where the deployment asks for it (METRICS_BY_ROUTE), as every route
    is four metrics that are paid for each month. What did not happen is no metric: the line is paid for by its length.
    """
    metrics = _metrics()
    if metrics is None:
        return
    from aws_lambda_powertools.metrics import MetricUnit

    if os.environ.get("METRICS_BY_ROUTE") == "1":
        metrics.add_dimension("route", route)
    metrics.add_dimension("stage", _stage())
    metrics.add_dimensions(stage=_stage())  # all routes together: what alarms and the dashboard look at
    metrics.add_metric("Requests", MetricUnit.Count, 1)
    if status >= 400:
        metrics.add_metric("Faults" if status >= 500 else "Refusals", MetricUnit.Count, 1)
    metrics.add_metric("Duration", MetricUnit.Milliseconds, milliseconds)
    metrics.flush_metrics()


def tally(**counts: int) -> None:
    """Counts what happened, by name, for the function's domain and for the whole stage, as EMF. Nothing where off."""
    metrics = _metrics()
    if metrics is None:
        return
    from aws_lambda_powertools.metrics import MetricUnit

    metrics.add_dimensions(stage=_stage())
    for name, number in counts.items():
        metrics.add_metric(name, MetricUnit.Count, number)
    metrics.flush_metrics()


def traced(handler: Handler) -> Handler:
    """The handler in an X-Ray segment of its own, where the deployment turned tracing on; else the handler itself."""
    if os.environ.get("TRACING") != "active":
        return handler
    from aws_lambda_powertools import Tracer

    tracer: Any = Tracer(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "batua"))
    wrapped: Handler = tracer.capture_lambda_handler(handler, capture_response=False)
    return wrapped


def _stage() -> str:
    return os.environ.get("STAGE") or "dev"


@lru_cache(maxsize=1)
def _metrics() -> Any:
    if os.environ.get("POWERTOOLS_METRICS_DISABLED", "").lower() == "true":
        return None
    if not os.environ.get("POWERTOOLS_METRICS_NAMESPACE"):
        return None
    from aws_lambda_powertools import Metrics

    return Metrics()
