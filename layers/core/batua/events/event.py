"""An event: something that has happened, in the form of the bus and in the form that receivers get.

Its id comes from the entry or the record that tells of it, so that a change which the stream brings twice is the same
event. `subject` and `sequence` are CloudEvents' words: events of one subject sort by their sequence, as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .. import clock, ids
from ..store.keys import Mode

SOURCE: Final = "batua.events"
"""On the bus: who says so."""


class UnpublishableChange(ValueError):
    """A change that no event can be made of, however often it is tried."""


@dataclass(frozen=True, slots=True)
class Event:
    """`data` is of the model that `schemas` names for the type. `created_at` is when it happened."""

    id: str
    type: str
    version: int
    created_at: int
    tenant: str
    """To whom it happened."""
    mode: Mode
    subject: str
    """Whose history it belongs to: a wallet, a request, a dispute, an endpoint."""
    sequence: str
    data: Mapping[str, Any]
    parties: tuple[str, ...] = field(default=())
    """Other tenants that it concerns as much; receivers don't see them."""

    def body(self) -> str:
        """What is sent, byte for byte the same at each attempt."""
        return json.dumps(self._content(), ensure_ascii=False, separators=(",", ":"))

    def detail(self) -> str:
        """The event on the bus."""
        return json.dumps({**self._content(), "parties": list(self.parties)}, ensure_ascii=False, separators=(",", ":"))

    def _content(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": self.type,
            "version": self.version,
            "created_at": clock.iso(self.created_at),
            "tenant": self.tenant,
            "mode": self.mode,
            "subject": self.subject,
            "sequence": self.sequence,
            "data": dict(self.data),
        }


def read_detail(detail: Mapping[str, Any]) -> Event:
    """An event off the bus. Raises UnpublishableChange."""
    try:
        event = Event(
            id=detail["id"],
            type=detail["type"],
            version=detail["version"],
            created_at=clock.parse_iso(detail["created_at"]),
            tenant=detail["tenant"],
            mode=detail["mode"],
            subject=detail["subject"],
            sequence=detail["sequence"],
            data=detail["data"],
            parties=tuple(detail["parties"]),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise UnpublishableChange(f"not an event: {fault!r}") from fault
    if not ids.is_id(event.id, "evt") or not all(ids.is_id(each, "ten") for each in (event.tenant, *event.parties)):
        raise UnpublishableChange("not an event: an id has no form of one")
    return event


def read_queued_event(body: str) -> Event:
    """The event in a queue's message, as `queued_event` and the bus put it there.

    Raises UnpublishableChange, ValueError or KeyError.
    """
    return read_detail(json.loads(body)["detail"])


def queued_event(event: Event) -> str:
    """An event as a queue's message."""
    return json.dumps({"detail": json.loads(event.detail())}, ensure_ascii=False, separators=(",", ":"))


def sequence_number(value: int) -> str:
    """A number as a sequence: of fixed width, so that text sorts as numbers do."""
    return f"{value:012d}"
