"""The operator's messages to everybody, to roles or to tenants: one item each, however many read it.

Who has read what is stored with each reader, as a watermark and marks. Ids sort by the time of publication, so that a
watermark is right for messages that were written earlier and appear later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from .. import clock, errors, ids
from ..api import cursor
from ..api.conditional import conditional_reply
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Raw, Reply
from ..identity.credentials import Claims
from ..store import keys as directory
from ..store import notification_keys as keys
from ..store.codec import Item, read_attributes, write_attributes
from ..store.keys import Key
from ..store.store import ConditionFailed, Record, Store
from ..store.writes import Put
from .inbox import MOST_COUNTED
from .model import KEPT_MS, NotificationHead, head_from
from .models import AdminMessageOut, AdminMessagesQuery, Audience, ReadAllAdmin, UnreadCount
from .preferences import signed_in_user

ADMIN_MESSAGE_NOT_FOUND = errors.define("admin_message_not_found", 404, "Message not found.")
_MAX_ATTEMPTS: Final = 8


@dataclass(frozen=True, slots=True)
class AdminMessage:
    id: str
    title: str
    body: str
    severity: Literal["info", "warning", "critical"]
    roles: tuple[str, ...]
    tenants: tuple[str, ...]
    publish_at: int
    by: str
    made_at: int
    link: str | None = None
    withdrawn_at: int | None = None

    @property
    def key(self) -> Key:
        return keys.admin_message_key(self.id)

    def is_for(self, tenant: str, roles: list[str]) -> bool:
        of_role = not self.roles or not set(self.roles).isdisjoint(roles)
        return of_role and (not self.tenants or tenant in self.tenants)

    def status(self, now: int) -> Literal["scheduled", "published", "withdrawn"]:
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "published" if self.publish_at <= now else "scheduled"


_MESSAGE: Final = {
    "title": "title",
    "body": "body",
    "severity": "severity",
    "link": "link",
    "roles": "roles",
    "tenants": "tenants",
    "publish_at": "publish",
    "by": "by",
    "made_at": "made",
    "withdrawn_at": "withdrawn",
}
"""Field -> attribute of the stored item."""


def admin_message_item(message: AdminMessage) -> Item:
    return {**write_attributes(message, _MESSAGE), "ttl": (message.publish_at + KEPT_MS) // 1000}


def read_admin_record(record: Record) -> AdminMessage:
    content = read_attributes(record, _MESSAGE)
    content |= {name: tuple(content[name]) for name in ("roles", "tenants")}
    return AdminMessage(id=record["sk"], **content)


@dataclass(frozen=True, slots=True)
class AdminLookup:
    head: Key
    item: Key | None = None

    @property
    def keys(self) -> list[Key]:
        return [self.head, *([self.item] if self.item else [])]


def prefetch_admin_head(claims: Claims, content: Any, request: Request) -> AdminLookup:
    return AdminLookup(keys.notification_head_key(signed_in_user(claims)))


def prefetch_admin_message(claims: Claims, content: Any, request: Request) -> AdminLookup:
    id = request.path["id"]
    if not ids.is_id(id, "amsg"):
        raise ADMIN_MESSAGE_NOT_FOUND()
    return AdminLookup(keys.notification_head_key(signed_in_user(claims)), keys.admin_message_key(id))


@dataclass(slots=True)
class _Reader:
    """The caller as a reader: what they may see, and what they have read."""

    store: Store
    tenant: str
    roles: list[str]
    joined_at: int
    now: int
    head: NotificationHead
    marks: frozenset[str]

    def sees(self, message: AdminMessage) -> bool:
        """Published, not withdrawn, meant for the reader, and not from before they joined."""
        return (
            message.status(self.now) == "published"
            and message.publish_at > self.now - KEPT_MS
            and message.publish_at >= self.joined_at
            and message.is_for(self.tenant, self.roles)
        )

    def unread(self, message: AdminMessage) -> bool:
        return message.id > self.head.admin_read_to and message.id not in self.marks

    def messages(self, before: str | None = None) -> Iterator[AdminMessage]:
        """The messages that the reader sees, the newest first."""
        newest = before or ids.earliest_id("amsg", self.now + 1)
        return filter(self.sees, _published_before(self.store, newest))


def _published_before(store: Store, newest: str) -> Iterator[AdminMessage]:
    partition = keys.admin_messages_partition()
    after: dict[str, Any] | None = {"pk": partition, "sk": newest}
    while after is not None:
        page = store.query("directory", partition, descending=True, limit=100, after=after, consistent=True)
        yield from map(read_admin_record, page.items)
        after = page.last


def _reader(call: Call[Any]) -> _Reader:
    caller = call.caller
    record = call.loaded[directory.user_key(caller.tenant.id, caller.id)] or {}
    partition = keys.notifications_partition(caller.id)
    marks = call.store.query_all("directory", partition, beginning=keys.ADMIN_READ, consistent=True)
    seen = frozenset(str(mark["sk"]).removeprefix(keys.ADMIN_READ) for mark in marks)
    head = head_from(call.loaded[call.lookup.head])
    return _Reader(call.store, caller.tenant.id, record["roles"], record["created"], clock.system(), head, seen)


def list_admin_messages(call: Call[AdminMessagesQuery]) -> Reply | Raw:
    """A page of the operator's messages to the caller, the newest first."""
    query, reader, tenant = call.input, _reader(call), call.caller.tenant.id
    filters = {"list": "admin_messages", "user": call.caller.id, "unread": query.unread}
    before = cursor.open_cursor(tenant, filters, query.cursor) if query.cursor else None
    rows: list[AdminMessage] = []
    for message in reader.messages(before):
        if query.unread in (None, reader.unread(message)):
            rows.append(message)
        if len(rows) > query.limit:
            break
    following = cursor.seal_cursor(tenant, filters, rows[query.limit - 1].id) if len(rows) > query.limit else None
    shown = [_message_response(message, not reader.unread(message)) for message in rows[: query.limit]]
    return conditional_reply(call.request, shown, {"next_cursor": following, "limit": query.limit})


def count_unread_admin_messages(call: Call[None]) -> Reply | Raw:
    return conditional_reply(call.request, _count_unread(_reader(call)))


def _count_unread(reader: _Reader) -> UnreadCount:
    count = 0
    for message in reader.messages():
        if message.id <= reader.head.admin_read_to or count > MOST_COUNTED:
            break
        count += reader.unread(message)
    return UnreadCount(count=min(count, MOST_COUNTED), more=count > MOST_COUNTED)


def read_admin_message(call: Call[None]) -> AdminMessageOut:
    """Marks one as read for the caller alone."""
    record, reader = call.loaded[call.lookup.item], _reader(call)
    message = read_admin_record(record) if record else None
    if message is None or not reader.sees(message):
        raise ADMIN_MESSAGE_NOT_FOUND()
    if reader.unread(message):
        until = (message.publish_at + KEPT_MS) // 1000
        call.store.write(Put(keys.admin_message_mark_key(call.caller.id, message.id), {"at": reader.now, "ttl": until}))
    return _message_response(message, True)


def read_all_admin_messages(call: Call[ReadAllAdmin]) -> UnreadCount:
    """Moves the caller's watermark up to the newest message that the client has shown; never back."""
    reader, wanted = _reader(call), call.input.newest_id
    latest = ids.earliest_id("amsg", reader.now + 1)
    if wanted is not None and (not ids.is_id(wanted, "amsg") or wanted >= latest):
        raise errors.invalid("newest_id", "must be the id of a message to you, `amsg_…`")
    if wanted is None:
        newest = next(reader.messages(), None)
        wanted = newest.id if newest else ""
    for _ in range(_MAX_ATTEMPTS):
        head = reader.head
        read_to = max(head.admin_read_to, wanted)
        if read_to == head.admin_read_to:
            return _count_unread(reader)
        changed = replace(head, admin_read_to=read_to)
        try:
            call.store.write(head.put(call.caller.id, changed))
        except ConditionFailed as failed:
            reader.head = head_from(failed.item)
            continue
        reader.head = changed
        return _count_unread(reader)
    raise errors.BUSY(headers={"Retry-After": "1"})


def _message_response(message: AdminMessage, read: bool) -> AdminMessageOut:
    return AdminMessageOut(
        id=message.id,
        title=message.title,
        body=message.body,
        severity=message.severity,
        link=message.link,
        published_at=clock.iso(message.publish_at),
        read=read,
    )


def audience_out(message: AdminMessage) -> Audience:
    return Audience(roles=list(message.roles), tenants=list(message.tenants))
