"""Notifications, a user's head and waiting messages as values, and as items of the directory table.

Ids carry a number that counts up per user, given in the transaction that writes the notification. So «everything up to
this id» is exactly what had been written when the id was, however many writers there are: unread is a comparison with a
watermark and never a counter that can drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from .. import clock, ids
from ..store import notification_keys as keys
from ..store.codec import Item
from ..store.keys import Key
from ..store.store import Record
from ..store.writes import ABSENT, Condition, Put
from .preferences import Language, NotificationCategory, NotificationChannel

KEPT_MS: Final = 90 * clock.DAY_MS
GROUP_WINDOW_MS: Final = 15 * 60_000
"""For so long further events of one thing join its unread notification, and mail about it waits."""


@dataclass(frozen=True, slots=True)
class NotificationHead:
    """`read_to`: everything up to this id is read. Admin messages have a watermark of their own."""

    number: int = 0
    read_to: str = ""
    admin_read_to: str = ""
    version: int = 0

    def put(self, user_id: str, changed: NotificationHead) -> Put:
        """The write of a changed head, which fails where somebody else was before."""
        item = {
            "n": changed.number,
            "read_to": changed.read_to,
            "admin_read_to": changed.admin_read_to,
            "version": self.version + 1,
        }
        when = Condition(equal={"version": self.version}) if self.version else ABSENT
        return Put(keys.notification_head_key(user_id), item, when=when)


def head_from(record: Record | None) -> NotificationHead:
    if record is None:
        return NotificationHead()
    return NotificationHead(record["n"], record["read_to"], record["admin_read_to"], record["version"])


@dataclass(frozen=True, slots=True)
class Notification:
    id: str
    user: str
    type: str
    category: NotificationCategory
    title: str
    body: str
    link: str | None
    reference: str
    group: str
    at: int
    count: int = 1
    read_at: int | None = None
    joined: str | None = None
    """The newer notification that this one has become a part of."""

    def unread(self, read_to: str) -> bool:
        return self.id > read_to and self.read_at is None and self.joined is None

    @property
    def key(self) -> Key:
        return keys.notification_key(self.user, self.id)


def numbered_id(number: int, user: str, event: str) -> str:
    """The id of a user's nth notification."""
    return ids.dated_id("ntf", number, user, event)


def first_id_after(number: int) -> str:
    """Where the ids after a user's nth notification begin."""
    return ids.earliest_id("ntf", number + 1)


def notification_item(notification: Notification) -> Item:
    item = {
        "type": notification.type,
        "cat": notification.category,
        "title": notification.title,
        "body": notification.body,
        "link": notification.link,
        "ref": notification.reference,
        "group": notification.group,
        "at": notification.at,
        "count": notification.count,
        "read": notification.read_at,
        "joined": notification.joined,
        "ttl": (notification.at + KEPT_MS) // 1000,
    }
    return {name: value for name, value in item.items() if value is not None}


def read_notification_record(record: Record) -> Notification:
    return Notification(
        id=record["sk"],
        user=str(record["pk"]).partition("#")[2],
        type=record["type"],
        category=record["cat"],
        title=record["title"],
        body=record["body"],
        link=record.get("link"),
        reference=record["ref"],
        group=record["group"],
        at=record["at"],
        count=record["count"],
        read_at=record.get("read"),
        joined=record.get("joined"),
    )


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """Mail or a text message about one thing. `due` is None once it has been sent; then it holds off the next one."""

    user: str
    tenant: str
    channel: NotificationChannel
    group: str
    title: str
    body: str
    link: str | None
    language: Language
    count: int
    due: int | None
    sent_at: int | None = None
    version: int = 1

    @property
    def key(self) -> Key:
        return keys.pending_message_key(self.user, self.channel, self.group)


def pending_message_item(message: PendingMessage, now: int) -> Item:
    item: dict[str, Any] = {
        "ten": message.tenant,
        "channel": message.channel,
        "group": message.group,
        "title": message.title,
        "body": message.body,
        "link": message.link,
        "lang": message.language,
        "count": message.count,
        "due": message.due,
        "sent": message.sent_at,
        "version": message.version,
    }
    if message.due is not None:
        item |= {"g2p": keys.due_messages_partition(), "g2s": f"{clock.iso(message.due)}#{message.user}"}
    else:
        item["ttl"] = now // 1000 + 86_400
    return {name: value for name, value in item.items() if value is not None}


def read_pending_message(record: Record) -> PendingMessage:
    return PendingMessage(
        user=str(record["pk"]).partition("#")[2],
        tenant=record["ten"],
        channel=record["channel"],
        group=record["group"],
        title=record["title"],
        body=record["body"],
        link=record.get("link"),
        language=record["lang"],
        count=record["count"],
        due=record.get("due"),
        sent_at=record.get("sent"),
        version=record["version"],
    )
