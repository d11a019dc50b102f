"""Attempts: an event sent to an endpoint, and what came of it kept.

The record is the truth. It is written after the attempt, on the condition that nobody else has made one meanwhile: who
dies between the two sends again, under the same `webhook-id`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from .. import audit_trail, clock, observe
from ..identity import webhook_signatures
from ..identity.sealing import open_tenant_secret
from ..identity.tenant import read_tenant
from ..queues import failed_items
from ..settings import settings
from ..store import event_keys, keys
from ..store.store import Cancelled, ConditionFailed, Record, Store
from ..store.writes import Condition, Put, Update
from . import sending
from .attempt_queue import DeliveryAttempt
from .model import (
    Attempt,
    DisabledReason,
    WebhookDelivery,
    WebhookEndpoint,
    delivery_state_update,
    endpoint_item,
    failing_since,
    read_endpoint,
    read_webhook_delivery,
)
from .retry_schedule import DISABLED_AFTER_MS, retry_delay
from .sending import SendOutcome

_BATCH_SIZE: Final = 10
_ANSWER: Final = 256
"""Characters that are kept of an answer."""
GONE: Final = 410
_RECOVERED: Final = Condition(present=("failing",))
_FIRST_FAILURE: Final = Condition(missing=("failing",))

Send = Callable[..., SendOutcome]


def consume_attempts(store: Store, batch: Mapping[str, Any]) -> dict[str, Any]:
    """Makes the attempts of a batch side by side: a slow receiver holds up none but itself."""
    records = batch["Records"]
    with ThreadPoolExecutor(max_workers=_BATCH_SIZE) as pool:
        done = list(pool.map(lambda record: _attempt_made(store, record), records))
    failed = [record["messageId"] for record, fine in zip(records, done, strict=True) if not fine]
    return failed_items(failed)


def _attempt_made(store: Store, record: Mapping[str, Any]) -> bool:
    try:
        make_attempt(store, DeliveryAttempt.from_text(record["body"]))
    except Exception:
        observe.log().exception("an attempt was not made", extra={"message_id": record["messageId"]})
        return False
    return True


def make_attempt(store: Store, attempt: DeliveryAttempt, send: Send = sending.send_webhook) -> WebhookDelivery | None:
    """The attempt that a message triggers; None where it has been made, or there is nothing left to send."""
    place, where = (
        event_keys.webhook_delivery_key(attempt.endpoint, attempt.event),
        event_keys.webhook_endpoint_key(attempt.tenant, attempt.endpoint),
    )
    health, tenant_key = event_keys.webhook_health_key(attempt.endpoint), keys.tenant_key(attempt.tenant)
    found = store.read([place, where, health, tenant_key])
    record, health_record, of_tenant = found[place], found[where], found[tenant_key]
    delivery = read_webhook_delivery(record) if record else None
    if delivery is None or delivery.status != "pending" or delivery.tries != attempt.tries:
        return None
    if health_record is None:
        return _store_outcome(store, delivery, replace(delivery, status="failed", reason="endpoint_deleted", due=None))
    endpoint = read_endpoint(health_record)
    if endpoint.status != "active":
        return _store_outcome(
            store, delivery, replace(delivery, status="held", reason=f"endpoint_{endpoint.status}", due=None)
        )
    if of_tenant is None or not read_tenant(of_tenant).active:
        return _store_outcome(store, delivery, replace(delivery, status="held", reason="tenant_inactive", due=None))
    outcome = attempt_delivery(endpoint, delivery.event, delivery.body, send)
    return _settle(store, endpoint, delivery, outcome, found[health])


def attempt_delivery(
    endpoint: WebhookEndpoint, event: str, body: str, send: Send = sending.send_webhook
) -> SendOutcome:
    """Signs and sends, once."""
    now = clock.system()
    content = body.encode()
    secrets = [open_tenant_secret(endpoint.tenant, endpoint.id, sealed) for sealed in endpoint.secrets(now)]
    headers = webhook_signatures.signature_headers(event, now // 1000, content, secrets)
    return send(endpoint.url, content, headers, allow_local=settings().webhooks_to_local)


def attempt_summary(outcome: SendOutcome, at: int) -> Attempt:
    """An outcome as the log keeps it: printable, and no more than a few lines."""
    text = outcome.body.decode("utf-8", "replace")
    printable = "".join(char if char.isprintable() else " " for char in text)
    return Attempt(at, outcome.status, outcome.elapsed_ms, outcome.failure, printable[:_ANSWER].strip())


def _settle(
    store: Store, endpoint: WebhookEndpoint, before: WebhookDelivery, outcome: SendOutcome, health: Record | None
) -> WebhookDelivery | None:
    now = clock.system()
    made = replace(
        before,
        tries=before.tries + 1,
        step=before.step + 1,
        attempts=(*before.attempts, attempt_summary(outcome, now)),
        due=None,
    )
    observe.tally(WebhooksDelivered=int(outcome.delivered), WebhooksFailed=int(not outcome.delivered))
    if outcome.delivered:
        _record_success(store, endpoint, health)
        return _store_outcome(store, before, replace(made, status="delivered", reason=None))
    why = _reason_to_disable(store, endpoint, outcome, health, now)
    if why:
        _disable(store, endpoint, why, now)
        return _store_outcome(store, before, replace(made, status="failed", reason=f"endpoint_{why}"))
    pause = retry_delay(made.step)
    if pause is None:
        return _store_outcome(store, before, replace(made, status="failed", reason="attempts_used_up"))
    return _store_outcome(store, before, replace(made, reason=None, due=now + pause))


def _store_outcome(store: Store, before: WebhookDelivery, after: WebhookDelivery) -> WebhookDelivery | None:
    """What has become of a delivery; None where another attempt has been recorded meanwhile."""
    state = delivery_state_update(after)
    change = Update(
        after.key,
        set={name: value for name, value in state.items() if value is not None},
        remove=tuple(name for name, value in state.items() if value is None),
        when=Condition(equal={"tries": before.tries, "status": "pending"}),
    )
    try:
        store.write(change)
    except ConditionFailed:
        return None
    return after


def _record_success(store: Store, endpoint: WebhookEndpoint, health: Record | None) -> None:
    if failing_since(health) is not None:
        with suppress(ConditionFailed):
            store.write(Update(endpoint.health_key, remove=("failing",), when=_RECOVERED))


def _reason_to_disable(
    store: Store, endpoint: WebhookEndpoint, outcome: SendOutcome, health: Record | None, now: int
) -> DisabledReason | None:
    """Why nothing more is to be sent to an endpoint. The first failure after a success begins the count of days."""
    if outcome.status == GONE:
        return "gone"
    since = failing_since(health)
    if since is None:
        with suppress(ConditionFailed):
            store.write(Update(endpoint.health_key, set={"failing": now}, when=_FIRST_FAILURE))
        return None
    return "failing" if now - since >= DISABLED_AFTER_MS else None


def _disable(store: Store, endpoint: WebhookEndpoint, why: DisabledReason, now: int) -> None:
    """Stops an endpoint, unless somebody has changed it meanwhile. The stream tells of it."""
    stopped = replace(endpoint, status="disabled", why_disabled=why, disabled_at=now, version=endpoint.version + 1)
    act = audit_trail.audit_entry(
        endpoint.mode,
        endpoint.tenant,
        now,
        what="webhook endpoint disabled",
        who="webhooks",
        address="webhooks",
        outcome=why,
        reference=endpoint.id,
    )
    write = Put(endpoint.key, endpoint_item(stopped), when=Condition(equal={"version": endpoint.version}))
    with suppress(Cancelled):
        store.commit([write, act])
