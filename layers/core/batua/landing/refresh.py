"""Run by a schedule: checks the platform, and publishes everything again. Each part fails alone."""

from __future__ import annotations

from collections.abc import Callable

from .. import observe
from ..store.store import Store
from .content import publish_content
from .incidents import publish_incidents
from .metrics import publish_metrics
from .status import publish_checks


def refresh_landing(store: Store, now: int) -> dict[str, bool]:
    """Returns what was published. The checks come first: they say that the tables are down."""
    return {
        "checks": _attempt("checks", lambda: publish_checks(store, now)),
        "incidents": _attempt("incidents", lambda: publish_incidents(store, now)),
        "content": _attempt("content", lambda: publish_content(store)),
        "metrics": _attempt("metrics", lambda: publish_metrics(store, now)),
    }


def _attempt(part: str, publish: Callable[[], object]) -> bool:
    try:
        publish()
    except Exception:
        observe.log().exception("a public document could not be published", extra={"document": part})
        return False
    return True
