"""A user's notifications: the list, the unread count and the marks. Count and list judge by the same rule."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from .. import clock, errors, ids
from ..api import cursor
from ..api.conditional import conditional_reply
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Raw, Reply
from ..identity.credentials import Claims
from ..store import notification_keys as keys
from ..store.keys import Key
from ..store.store import ConditionFailed
from ..store.writes import EXISTS, Update
from .model import KEPT_MS, Notification, first_id_after, head_from, read_notification_record
from .models import NotificationOut, NotificationsQuery, ReadAll, UnreadCount
from .preferences import Language, signed_in_user

NOTIFICATION_NOT_FOUND = errors.define("notification_not_found", 404, "Notification not found.")
MOST_COUNTED: Final = 99
_MAX_ATTEMPTS: Final = 20


@dataclass(frozen=True, slots=True)
class HeadLookup:
    head: Key
    item: Key | None = None

    @property
    def keys(self) -> list[Key]:
        return [self.head, *([self.item] if self.item else [])]


def prefetch_head(claims: Claims, content: Any, request: Request) -> HeadLookup:
    return HeadLookup(keys.notification_head_key(signed_in_user(claims)))


def prefetch_notification(claims: Claims, content: Any, request: Request) -> HeadLookup:
    id = request.path["id"]
    if not ids.is_id(id, "ntf"):
        raise NOTIFICATION_NOT_FOUND()
    return HeadLookup(
        keys.notification_head_key(signed_in_user(claims)), keys.notification_key(signed_in_user(claims), id)
    )


def list_notifications(call: Call[NotificationsQuery]) -> Reply | Raw:
    """A page of the caller's notifications, the newest first."""
    query, user, tenant = call.input, call.caller.id, call.caller.tenant.id
    read_to = head_from(call.loaded[call.lookup.head]).read_to
    filters = {"list": "notifications", "user": user, "unread": query.unread, "category": query.category}
    before = cursor.open_cursor(tenant, filters, query.cursor) if query.cursor else None
    rows: list[Notification] = []
    for notification in _notifications_by_time(call, before):
        unread = notification.unread(read_to)
        if notification.joined is not None or query.unread not in (None, unread):
            continue
        if query.category not in (None, notification.category):
            continue
        rows.append(notification)
        if len(rows) > query.limit:
            break
    following = cursor.seal_cursor(tenant, filters, rows[query.limit - 1].id) if len(rows) > query.limit else None
    shown = [notification_out(each, read_to, query.language) for each in rows[: query.limit]]
    return conditional_reply(call.request, shown, {"next_cursor": following, "limit": query.limit})


def _notifications_by_time(call: Call[Any], before: str | None) -> Iterator[Notification]:
    partition = keys.notifications_partition(call.caller.id)
    after = {"pk": partition, "sk": before} if before else None
    oldest = clock.system() - KEPT_MS
    while True:
        page = call.store.query(
            "directory",
            partition,
            beginning=keys.NOTIFICATION,
            descending=True,
            limit=100,
            after=after,
            consistent=True,
        )
        # Items past their time may stay in the table for two days.
        yield from (each for each in map(read_notification_record, page.items) if each.at > oldest)
        after = page.last
        if after is None:
            return


def count_unread_notifications(call: Call[None]) -> Reply | Raw:
    """How many are unread: counted from the watermark on, so it cannot drift from the list."""
    read_to = head_from(call.loaded[call.lookup.head]).read_to
    return conditional_reply(call.request, _unread(call, read_to))


def read_notification(call: Call[None]) -> NotificationOut:
    """Marks one as read. One that has become a part of a newer one gives the newer one, which stays unread."""
    read_to = head_from(call.loaded[call.lookup.head]).read_to
    record = call.loaded[call.lookup.item]
    if record is None:
        raise NOTIFICATION_NOT_FOUND()
    notification = read_notification_record(record)
    if notification.joined is None and notification.read_at is None:
        notification = _mark_read(call, notification)
    return notification_out(_newest_of(call, notification), read_to)


def _newest_of(call: Call[None], notification: Notification) -> Notification:
    """The notification that this one has become a part of, if any."""
    while notification.joined is not None:
        key = keys.notification_key(call.caller.id, notification.joined)
        record = call.store.read([key])[key]
        if record is None:
            break
        notification = read_notification_record(record)
    return notification


def _mark_read(call: Call[None], notification: Notification) -> Notification:
    now = clock.system()
    try:
        when = replace(EXISTS, missing=("joined",))
        call.store.write(Update(notification.key, set={"read": now}, when=when))
    except ConditionFailed as failed:
        if failed.item is None:
            raise NOTIFICATION_NOT_FOUND() from failed
        return read_notification_record(failed.item)
    return replace(notification, read_at=now)


def read_all_notifications(call: Call[ReadAll]) -> UnreadCount:
    """Moves the watermark up to the newest notification that the client has shown; never back."""
    user, wanted = call.caller.id, call.input.newest_id
    if wanted is not None and not ids.is_id(wanted, "ntf"):
        raise errors.invalid("newest_id", "must be the id of one of your notifications, `ntf_…`")
    head = head_from(call.loaded[call.lookup.head])
    for tries in range(_MAX_ATTEMPTS):
        if wanted is not None and wanted >= first_id_after(head.number):
            raise errors.invalid("newest_id", "must be the id of one of your notifications, `ntf_…`")
        # Without an id, all that was there when the head was read: later ones have higher numbers.
        read_to = max(head.read_to, wanted or first_id_after(head.number))
        if read_to == head.read_to:
            return _unread(call, read_to)
        try:
            call.store.write(head.put(user, replace(head, read_to=read_to)))
            return _unread(call, read_to)
        except ConditionFailed as failed:
            head = head_from(failed.item)
            call.store.sleep(random.uniform(0, 0.005 * 2 ** min(tries, 5)))  # noqa: S311 - the spread of retries
    raise errors.BUSY(headers={"Retry-After": "1"})


def _unread(call: Call[Any], read_to: str) -> UnreadCount:
    count = 0
    for notification in _notifications_by_time(call, None):
        if notification.id <= read_to:
            break
        count += notification.unread(read_to)
        if count > MOST_COUNTED:
            break
    return UnreadCount(count=min(count, MOST_COUNTED), more=count > MOST_COUNTED)


def notification_out(notification: Notification, read_to: str, language: Language | None = None) -> NotificationOut:
    title, body = notification.text(language) if language else (notification.title, notification.body)
    return NotificationOut(
        id=notification.id,
        type=notification.type,
        category=notification.category,
        title=title,
        body=body,
        link=notification.link,
        reference=notification.reference,
        count=notification.count,
        read=not notification.unread(read_to),
        created_at=clock.iso(notification.at),
    )
