"""Somebody who is notified, and events that they are notified of."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import Any

import pytest

from batua import clock, ids
from batua.events.event import Event
from batua.notifications import deliver
from batua.store.store import Contended, store
from local.host import LocalPlatform
from tests.api.conftest import Client
from tests.support_desk import data

INBOX = "/api/v1/notifications"
PREFERENCES = f"{INBOX}/preferences"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Reader(Client):
    """A tenant's only administrator."""

    id: str = ""
    tenant: str = ""
    email: str = ""

    def unread(self) -> int:
        return int(data(self.get(f"{INBOX}/unread-count"))["count"])

    def inbox(self, **filters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = data(self.get(INBOX, params={"limit": 100, **filters}))
        return found

    def event_of(self, subject: str | None = None, at: int | None = None) -> Event:
        """An event of this reader's tenant about one of its endpoints, told to its administrators."""
        made = event(self.tenant, subject or ids.new_id("wep"))
        deliver.notify_of_event(store(), made, at or clock.system())
        return made

    def notified(self) -> None:
        """An event reaches the reader; the queue brings it again where it met contention."""
        while True:
            try:
                self.event_of()
                return
            except Contended:
                time.sleep(0.01)


def event(tenant: str, subject: str, type: str = "webhook_endpoint.disabled", **content: Any) -> Event:
    said = content or {"endpoint_id": subject, "url": "https://shop.example/hook", "reason": "gone"}
    now, number = clock.system(), next(_numbers)
    return Event(ids.new_id("evt", now), type, 1, now, tenant, "live", subject, f"{number:012d}", said)


@pytest.fixture
def reader(platform: LocalPlatform, new_person: Any) -> Reader:
    person = new_person(roles=("tenant_admin",))
    headers = {"Authorization": f"Bearer {person.token()}"}
    return Reader(platform.url, headers, id=person.id, tenant=person.tenant, email=person.email)


def commented(reader: Reader, ticket: str, at: int) -> None:
    """An event of a public reply to the reader's ticket."""
    said = {
        "ticket_id": ticket,
        "status": "open",
        "previous_status": "open",
        "category": "other",
        "priority": "normal",
        "requester_id": reader.id,
        "comment_id": None,
        "by_type": "staff",
        "by": "usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    }
    deliver.notify_of_event(store(), event(reader.tenant, ticket, "ticket.commented", **said), at)
