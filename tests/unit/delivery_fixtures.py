"""Events, their endpoints, and queues that answer as AWS does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from batua import clock, ids
from batua.events import attempt_queue, publish, route
from batua.events.attempt_queue import DeliveryAttempt
from batua.events.event import Event, sequence_number
from batua.events.model import WebhookEndpoint, endpoint_item
from batua.identity.tenant import Tenant, tenant_item
from batua.store import keys
from batua.store.store import Store
from batua.store.writes import Put
from tests.fakes.dynamodb import FakeDynamoDB

NOW = clock.parse_iso("2026-11-21T09:30:00Z")
OPERATOR, PARENT, SHOP, STRANGER = (ids.derived_id("ten", each) for each in ("operator", "parent", "shop", "stranger"))
SECRET = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Aws:
    """Queues and the bus. `refuse` tells which entries of a call the bus does not take."""

    sent: list[Any] = field(default_factory=list)
    lost: list[Any] = field(default_factory=list)
    calls: list[list[str]] = field(default_factory=list)
    refuse: Any = lambda call, detail: False
    silent: int = 0

    def put_events(self, Entries: list[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append([json.loads(each["Detail"])["data"]["reference"] for each in Entries])
        if self.silent:
            self.silent -= 1
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "PutEvents")
        failed = [bool(self.refuse(len(self.calls), json.loads(each["Detail"]))) for each in Entries]
        entries = [{"ErrorCode": "InternalFailure"} if bad else {"EventId": "1"} for bad in failed]
        return {"FailedEntryCount": sum(failed), "Entries": entries}

    def send_message_batch(self, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        self.sent += [DeliveryAttempt.from_text(each["MessageBody"]) for each in Entries]
        return {"Successful": Entries}

    def send_message(self, QueueUrl: str, MessageBody: str) -> dict[str, Any]:  # noqa: N803
        self.lost.append(json.loads(MessageBody))
        return {}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    played = Aws()
    for module in (publish, attempt_queue):
        monkeypatch.setattr(module, "client", lambda service: played)
    return played


@pytest.fixture
def store() -> Store:
    store = Store(FakeDynamoDB(), "ledger", "directory", sleep=lambda seconds: None)
    for id, kind, path in (
        (OPERATOR, "operator", ()),
        (PARENT, "parent", (OPERATOR,)),
        (SHOP, "merchant", (OPERATOR, PARENT)),
        (STRANGER, "parent", (OPERATOR,)),
    ):
        above = path[-1] if path else None
        tenant = Tenant(id, kind, "Name", "active", above, path, "IN", "Asia/Kolkata", 0)  # type: ignore[arg-type]
        store.write(Put(keys.tenant_key(id), tenant_item(tenant)))
    return store


def event(type: str = "coins.issued", tenant: str = SHOP, mode: Any = "live", **more: Any) -> Event:
    id = ids.dated_id("evt", NOW, type, tenant, mode, *map(str, more.values()))
    return Event(id, type, 1, NOW, tenant, mode, ids.derived_id("wal", "w"), sequence_number(1), {"x": "1"}, **more)


def endpoint(tenant: str = SHOP, *events: str, name: str = "", **more: Any) -> WebhookEndpoint:
    id = ids.derived_id("wep", tenant, name)
    return WebhookEndpoint(
        id, tenant, more.pop("mode", "live"), "https://h.example.com", events or ("*",), SECRET, 0, **more
    )


def routed(store: Store, published: Event, *endpoints: WebhookEndpoint) -> Any:
    for each in endpoints:
        store.write(Put(each.key, endpoint_item(each)))
    return route.consume_routing(
        store, {"Records": [{"messageId": "m", "body": json.dumps({"detail": json.loads(published.detail())})}]}
    )
