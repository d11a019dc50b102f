"""Notifications, a user's head and waiting messages as values, and as items of the directory table.

Ids carry a number that counts up per user, given in the transaction that writes the notification. So «everything up to
this id» is exactly what had been written when the id was, however many writers there are: unread is a comparison with a
watermark and never a counter that can drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from .. import clock, ids
from ..store import notification_keys as keys
from ..store.codec import Item, read_attributes, write_attributes
from ..store.keys import Key
from ..store.store import Record
from ..store.versions import at_version
from ..store.writes import Put
from .preferences import Language, NotificationCategory, NotificationChannel

KEPT_MS: Final = 90 * clock.DAY_MS
MOST_DIGEST_LINES: Final = 20
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
        item = {"n": changed.number, "read_to": changed.read_to, "admin_read_to": changed.admin_read_to}
        return at_version(keys.notification_head_key(user_id), self.version).replacement(item)


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
    reference: str
    group: str
    at: int
    link: str | None = None
    count: int = 1
    read_at: int | None = None
    other: Mapping[Language, Sequence[str]] = field(default_factory=dict)
    """Title and body in the other languages: who changes theirs reads the earlier ones in it as well."""
    joined: str | None = None
    """The newer notification that this one has become a part of."""

    def unread(self, read_to: str) -> bool:
        return self.id > read_to and self.read_at is None and self.joined is None

    def text(self, language: Language) -> tuple[str, str]:
        """Title and body in a language, as far as they were kept in it."""
        title, body = self.other.get(language, (self.title, self.body))
        return title, body

    @property
    def key(self) -> Key:
        return keys.notification_key(self.user, self.id)


def numbered_id(number: int, user: str, event: str) -> str:
    """The id of a user's nth notification."""
    return ids.dated_id("ntf", number, user, event)


def first_id_after(number: int) -> str:
    """Where the ids after a user's nth notification begin."""
    return ids.earliest_id("ntf", number + 1)


_NOTIFICATION: Final = {
    "type": "type",
    "category": "cat",
    "title": "title",
    "body": "body",
    "link": "link",
    "reference": "ref",
    "group": "group",
    "at": "at",
    "count": "count",
    "other": "other",
    "read_at": "read",
    "joined": "joined",
}
_PENDING: Final = {
    "tenant": "ten",
    "channel": "channel",
    "group": "group",
    "title": "title",
    "body": "body",
    "link": "link",
    "language": "lang",
    "count": "count",
    "due": "due",
    "sent_at": "sent",
    "version": "version",
    "ticket": "ticket",
    "rates": "rates",
    "lines": "lines",
}
"""Field -> attribute of the stored item."""


def notification_item(notification: Notification) -> Item:
    return {**write_attributes(notification, _NOTIFICATION), "ttl": (notification.at + KEPT_MS) // 1000}


def read_notification_record(record: Record) -> Notification:
    user = str(record["pk"]).partition("#")[2]
    return Notification(id=record["sk"], user=user, **read_attributes(record, _NOTIFICATION))


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """Mail or a text message about one thing. `due` is None once it has been sent; then it holds off the next one."""

    user: str
    tenant: str
    channel: NotificationChannel
    group: str
    title: str
    body: str
    language: Language
    count: int
    link: str | None = None
    due: int | None = None
    sent_at: int | None = None
    version: int = 1
    ticket: str | None = None
    """The ticket that it is about: an answer to the mail goes there."""
    rates: bool = False
    """Whether its requester is asked to rate it."""
    lines: tuple[str, ...] = ()
    """The titles of a digest."""

    @property
    def key(self) -> Key:
        return keys.pending_message_key(self.user, self.channel, self.group)


def pending_message_item(message: PendingMessage, now: int) -> Item:
    item = {**write_attributes(message, _PENDING), "lines": list(message.lines) or None}
    if message.due is None:
        return {**item, "ttl": now // 1000 + 86_400}
    return {**item, "g2p": keys.due_messages_partition(), "g2s": f"{clock.iso(message.due)}#{message.user}"}


def read_pending_message(record: Record) -> PendingMessage:
    fields = {**read_attributes(record, _PENDING), "lines": tuple(record.get("lines") or ())}
    return PendingMessage(user=str(record["pk"]).partition("#")[2], **fields)
