"""The operator's side of its messages: write, schedule, list, withdraw."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, Final

from .. import clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.styles import Reply
from ..identity import users
from ..store import keys as directory
from ..store import notification_keys as keys
from ..store.store import Cancelled
from ..store.writes import ABSENT, Condition, Put
from ..tenants.audit_entries import tenant_audit_entry
from .admin_messages import (
    ADMIN_MESSAGE_NOT_FOUND,
    AdminMessage,
    admin_message_item,
    audience_out,
    read_admin_record,
)
from .model import KEPT_MS
from .models import AudiencePreview, NewAdminMessage, PreviewAudience, SentAdminMessageOut, SentMessagesQuery

PUBLISH_DELAY_MS: Final = 5_000
"""A message appears so long after it was written: longer than its write takes. Were it there at once, a reader could
move the watermark past a message that is still being written, and never see it as unread.
"""
_SOONEST_MS: Final = 60_000
MOST_PREVIEWED: Final = 500
"""Tenants that a preview counts people in."""


def create_admin_message(call: Call[NewAdminMessage]) -> Reply:
    """Writes one message for its whole audience."""
    _require_operator(call)
    given, now = call.input, clock.system()
    message = AdminMessage(
        id="",
        title=given.title,
        body=given.body,
        severity=given.severity,
        link=given.link,
        roles=tuple(dict.fromkeys(given.audience.roles)),
        tenants=_tenants(call, list(dict.fromkeys(given.audience.tenants))),
        publish_at=_publish_at(given.publish_at, now),
        by=call.caller.id,
        made_at=now,
    )
    message = replace(message, id=ids.new_id("amsg", message.publish_at))
    audience = f"{len(message.tenants)} tenants" if message.tenants else "all tenants"
    # Who speaks to everybody in the operator's name is heard of by the operator. The words stay in the portal.
    announce = f"A message to {audience} was written, to appear at {clock.iso(message.publish_at)}."
    details = {"tenants": len(message.tenants) or "all"}
    done = tenant_audit_entry(call, "admin message written", message.id, details, announce=announce)
    call.store.commit([Put(message.key, admin_message_item(message), when=ABSENT), done])
    return Reply(_sent_response(message, now), "Message saved")


def preview_audience(call: Call[PreviewAudience]) -> AudiencePreview:
    """Counts who would get a message now: active people with the roles, in the tenants."""
    _require_operator(call)
    wanted = call.input.audience
    named = _tenants(call, list(dict.fromkeys(wanted.tenants)))
    found, complete = (list(named), True) if named else _all_tenants(call)
    roles, by_role, people, reached = set(wanted.roles), Counter[str](), 0, 0
    for tenant in found:
        team = [user for user in users.list_tenant_users(call.store, tenant) if user.status == "active"]
        team = [user for user in team if not roles or not roles.isdisjoint(user.roles)]
        people, reached = people + len(team), reached + bool(team)
        by_role.update(role for user in team for role in set(user.roles))
    return AudiencePreview(tenants=reached, people=people, by_role=dict(sorted(by_role.items())), complete=complete)


def _all_tenants(call: Call[Any]) -> tuple[list[str], bool]:
    """The operator and all below it, level by level, and whether that is all."""
    found, at = [call.caller.tenant.id], 0
    while at < len(found) and len(found) <= MOST_PREVIEWED:
        partition, beginning = directory.tenant_items_range(found[at], "CHILD")
        rows = call.store.query_all("directory", partition, beginning=beginning)
        found += [str(row["sk"]).removeprefix(beginning) for row in rows]
        at += 1
    return found[:MOST_PREVIEWED], len(found) <= MOST_PREVIEWED


def _require_operator(call: Call[Any]) -> None:
    if call.caller.tenant.kind != "operator":
        raise errors.FORBIDDEN("Only the operator can write to everyone.")


def _tenants(call: Call[Any], wanted: list[str]) -> tuple[str, ...]:
    unfit = [id for id in wanted if not ids.is_id(id, "ten")]
    if not unfit and wanted:
        places = {id: directory.tenant_key(id) for id in wanted}
        found = call.store.read(places.values())
        unfit = [id for id, key in places.items() if found[key] is None]
    if unfit:
        raise errors.invalid("audience.tenants", f"there is no tenant {unfit[0][:64]}")
    return tuple(wanted)


def _publish_at(text: str | None, now: int) -> int:
    if text is None:
        return now + PUBLISH_DELAY_MS
    try:
        at = clock.parse_iso(text)
    except (ValueError, OverflowError) as fault:
        raise errors.invalid("publish_at", "must be an ISO 8601 time such as 2026-11-29T02:00:00Z") from fault
    if not now + _SOONEST_MS <= at <= now + KEPT_MS:
        raise errors.invalid("publish_at", "must be at least a minute and at most 90 days in the future")
    return at


def list_sent_admin_messages(call: Call[SentMessagesQuery]) -> Reply:
    """A page of all messages, scheduled and withdrawn ones included, the latest publication first."""
    _require_operator(call)
    query, partition, tenant = call.input, keys.admin_messages_partition(), call.caller.tenant.id
    filters = {"list": "sent_admin_messages"}
    after = {"pk": partition, "sk": cursor.open_cursor(tenant, filters, query.cursor)} if query.cursor else None
    page = call.store.query("directory", partition, descending=True, limit=query.limit, after=after, consistent=True)
    following = cursor.seal_cursor(tenant, filters, page.items[-1]["sk"]) if page.last and page.items else None
    now = clock.system()
    shown = [_sent_response(read_admin_record(record), now) for record in page.items]
    return Reply(shown, meta={"next_cursor": following, "limit": query.limit})


def withdraw_admin_message(call: Call[None]) -> Reply:
    """Takes a message back: it disappears for everybody, and is not counted. Withdrawn again, nothing changes."""
    _require_operator(call)
    record, now = call.loaded[call.lookup.item], clock.system()
    if record is None:
        raise ADMIN_MESSAGE_NOT_FOUND()
    message = read_admin_record(record)
    if message.withdrawn_at is not None:
        return Reply(_sent_response(message, now), "Message withdrawn")
    gone = replace(message, withdrawn_at=now)
    done = tenant_audit_entry(call, "admin message withdrawn", message.id)
    try:
        when = Condition(missing=("withdrawn",), present=("pk",))
        call.store.commit([Put(gone.key, admin_message_item(gone), when=when), done])
    except Cancelled as cancelled:
        raise errors.VERSION_CONFLICT() from cancelled
    return Reply(_sent_response(gone, now), "Message withdrawn")


def _sent_response(message: AdminMessage, now: int) -> SentAdminMessageOut:
    return SentAdminMessageOut(
        id=message.id,
        title=message.title,
        body=message.body,
        severity=message.severity,
        link=message.link,
        audience=audience_out(message),
        status=message.status(now),
        publish_at=clock.iso(message.publish_at),
        created_by=message.by,
        created_at=clock.iso(message.made_at),
        withdrawn_at=clock.iso(message.withdrawn_at) if message.withdrawn_at is not None else None,
    )
