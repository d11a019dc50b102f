"""Processing many deliveries of a connection again: what was held while it was paused, or failed while we did."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, Literal

from pydantic import Field

from .. import errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import Reply
from ..store import keys
from ..store.store import ConditionFailed
from . import queue
from .deliveries import deliveries_start, own_connection
from .delivery_outcomes import queued_again, read_deliveries
from .model import ConnectionDelivery, delivery_sort_key

_MAX_SCANNED: Final = 2_000
"""Deliveries that one call may look at for those of its status."""

CONNECTION_PAUSED = errors.define(
    "connection_paused", 409, "The connection is paused, so deliveries would be held again. Activate it first."
)


class ReplayDeliveries(Model):
    status: Literal["held", "failed", "refused", "unmatched", "invalid", "queued"] = Field(
        "held",
        description="Which deliveries to process again. `queued`: those that wait, should they have been forgotten.",
    )
    limit: int = Field(200, ge=1, le=500)
    cursor: str | None = Field(None, max_length=1024, description="`meta.next_cursor` of the last answer.")


class ReplayedDeliveries(Model):
    queued: int = Field(description="Deliveries that were queued by this call.", examples=[137])


def replay_deliveries(call: Call[ReplayDeliveries]) -> Reply:
    """Queues stored deliveries of a status again, oldest first. Safe at any time, as each is."""
    connection, asked = own_connection(call), call.input
    if connection.status == "paused":
        raise CONNECTION_PAUSED()
    tenant = call.caller.tenant.id
    filters = {"list": "replay", "connection": connection.id, "status": asked.status}
    after: dict[str, Any] | None = None
    if asked.cursor:
        after = deliveries_start(connection, cursor.open_cursor(tenant, filters, asked.cursor))
    found: list[ConnectionDelivery] = []
    looked_at, more = 0, True
    while more and len(found) < asked.limit and looked_at < _MAX_SCANNED:
        page = call.store.query(
            "directory", keys.connection_deliveries_partition(connection.id), index="by_parent", limit=500, after=after
        )
        more = page.last is not None
        for delivery in read_deliveries(call.store, page.items):
            if len(found) == asked.limit:
                more = True
                break
            looked_at += 1
            after = deliveries_start(connection, delivery_sort_key(delivery.received_at, delivery.id))
            if delivery.status == asked.status and not delivery.redacted:
                found.append(delivery)
    queue.enqueue_deliveries(found)
    for delivery in found:
        # Queued first and marked then: a mark without a message would wait for ever. It may have been settled already.
        with suppress(ConditionFailed):
            call.store.write(queued_again(delivery, unless_settled=True))
    if found:
        call.store.write_new(call.act("deliveries replayed", connection.id, status=asked.status, count=len(found)))
    following = cursor.seal_cursor(tenant, filters, str(after["g1s"])) if more and after else None
    return Reply(ReplayedDeliveries(queued=len(found)), "Queued", meta={"next_cursor": following, "limit": asked.limit})
