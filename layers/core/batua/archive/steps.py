"""The steps of `archive_month.asl.json`. Each goes on from its cursor, does as much as its time allows, and says where
it stopped; all of them may be run again.

    collect(store, vault, {"run": …, "started": …, "cursor": {…}}, more) -> {"state": "more" | "done", "cursor": {…}}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .. import clock
from ..observe import log
from ..settings import settings
from ..store.store import Store
from . import months
from .bucket import ArchiveBucket
from .collect import collect_entries as collect_from
from .purge import purge_sealed as purge_from
from .seal import SealingRun

RESERVE_MS: Final = 240_000
"""What is left to a function when it begins nothing new: more than its longest single piece of work takes."""


def time_left(context: Any) -> Callable[[], bool]:
    """Whether a function may begin another piece of work."""
    return lambda: bool(context.get_remaining_time_in_millis() > RESERVE_MS)


def collect_step(
    store: Store, vault: ArchiveBucket, event: Mapping[str, Any], more: Callable[[], bool]
) -> dict[str, Any]:
    done = collect_from(store, vault, event["run"], _before(event), event["cursor"], more)
    log().info("entries collected", extra={"state": done["state"], "chunk": done["cursor"].get("chunk")})
    return done


def seal_step(store: Store, vault: ArchiveBucket, event: Mapping[str, Any], more: Callable[[], bool]) -> dict[str, Any]:
    done = SealingRun(store, vault, event["run"], _before(event)).go_on(event["cursor"], more)
    for fault in done["cursor"]["faults"][len(event["cursor"].get("faults", ())) :]:
        log().error("not sealed as it should be", extra={"fault": fault})
    return done


def purge_step(
    store: Store, vault: ArchiveBucket, event: Mapping[str, Any], more: Callable[[], bool]
) -> dict[str, Any]:
    last = months.purged_to(clock.parse_iso(event["started"]), settings().kept_months)
    return purge_from(store, vault, last, event["cursor"], more)


def _before(event: Mapping[str, Any]) -> str:
    """The same for every step of a run, however long it takes."""
    return months.closed_before(clock.parse_iso(event["started"]))
