"""From the bus to people: every event of interest becomes one notification per person, and one message.

The notification, the mark that the event is done and the messages to be sent are one transaction, so an event
that comes twice notifies once, and a message is never lost: what could not be sent at once is due, and a schedule
sends it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from .. import clock, observe
from ..events.event import Event, read_queued_event
from ..identity import users
from ..identity.users import User
from ..messages import outbound
from ..messages.model import Channel, Message
from ..queues import consume_messages
from ..settings import settings
from ..store import notification_keys as keys
from ..store.keys import Key
from ..store.store import Cancelled, ConditionFailed, Contended, Record, Store
from ..store.writes import ABSENT, Condition, Put, Update, Write
from ..support.links import rating_url, reply_address
from .audience import NoticeContext
from .model import (
    GROUP_WINDOW_MS,
    KEPT_MS,
    MOST_DIGEST_LINES,
    Notification,
    PendingMessage,
    head_from,
    notification_item,
    numbered_id,
    pending_message_item,
    read_notification_record,
    read_pending_message,
)
from .notices import NOTICES, Notice
from .preferences import Language, NotificationChannel, Preferences, preferences_from
from .push_devices import PushDevices, load_push_devices, read_push_record

_MAX_ATTEMPTS: Final = 10
_MESSAGE_CHANNELS: Final[tuple[NotificationChannel, ...]] = ("email", "sms", "web_push", "whatsapp")


def consume_notifications(store: Store, batch: Mapping[str, Any]) -> dict[str, Any]:
    """Notifies people of the events in a batch. Answers which messages are to come again."""

    def notify(body: str) -> None:
        notify_of_event(store, read_queued_event(body), clock.system())

    return consume_messages(batch, notify, "nobody was notified of an event")


def notify_of_event(store: Store, event: Event, now: int) -> int:
    """Tells everybody who is to know of an event. Returns how many notifications and messages that made."""
    context, count = NoticeContext(store, event), 0
    if event.mode != "live":
        return 0  # nobody is called from the sandbox
    for notice in NOTICES.get(event.type, ()):
        for user in context.recipients(notice):
            count += _notify_user(context, notice, user, now)
    return count


@dataclass(frozen=True, slots=True)
class _Told:
    """One person's notification, in their language."""

    notice: Notice
    user: User
    event: Event
    title: str
    body: str
    link: str
    other: Mapping[Language, tuple[str, str]]
    preferences: Preferences
    devices: PushDevices

    @property
    def group(self) -> str:
        return f"{self.notice.name}#{self.event.type}#{self.event.subject}"

    def reaches(self, channel: NotificationChannel) -> bool:
        return bool(self.devices.devices) if channel == "web_push" else _reachable(self.user, channel)

    def message_group(self, channel: NotificationChannel, now: int) -> str:
        """What a message is sent together with: all of its category in a digest, else all about the same thing."""
        category = self.notice.category
        return f"digest#{category}" if self.digest_at(channel, now) is not None else self.group

    def digest_at(self, channel: NotificationChannel, now: int) -> int | None:
        return None if channel == "web_push" else self.preferences.digest_at(self.notice.category, now)


def _notify_user(context: NoticeContext, notice: Notice, user: User, now: int) -> int:
    store, event = context.store, context.event
    marker = keys.notified_key(user.id, event.id, notice.name)
    place, browsers = keys.notification_preferences_key(user.id), keys.push_devices_key(user.id)
    defaults = keys.notification_defaults_key(user.tenant)
    found = store.read([marker, place, browsers, defaults])
    if found[marker] is not None:
        return 0
    preferences = preferences_from(found[place], found[defaults])
    devices = read_push_record(found[browsers]).of_epoch(user.epoch)
    texts = {language: context.text(notice, language) for language in notice.texts}
    title, body = texts.pop(preferences.language)
    addressed = _Told(notice, user, event, title, body, context.link(notice), texts, preferences, devices)
    seen = Put(marker, {"at": now, "ttl": (now + KEPT_MS) // 1000}, when=ABSENT)
    for tries in range(_MAX_ATTEMPTS):
        writes, messages = _written(store, addressed, now)
        try:
            store.commit([seen, *writes], caller=f"{event.id}{user.id}{tries}")
        except Cancelled as cancelled:
            if cancelled.reasons[0].failed:
                return 0
            store.sleep(random.uniform(0, 0.005 * 2 ** min(tries, 5)))  # noqa: S311 - the spread of retries
            continue
        except Contended as contended:
            if contended.outcome_unknown and store.read([marker])[marker] is not None:
                return 1
            store.sleep(0.02 * 2 ** min(tries, 5))
            continue
        for message in messages:
            if message.due is not None and message.due <= now:
                send_pending_message(store, message, now)
        return len(messages) + 1
    raise Contended("the notification could not be written")


def _written(store: Store, addressed: _Told, now: int) -> tuple[list[Write], list[PendingMessage]]:
    user, category = addressed.user, addressed.notice.category
    # Where a workflow writes mail of its own, the browser still tells.
    channels: tuple[NotificationChannel, ...] = _MESSAGE_CHANNELS if addressed.notice.mail else ("web_push",)
    wanted = [each for each in channels if addressed.preferences.wants(category, each) and addressed.reaches(each)]
    places = {each: keys.pending_message_key(user.id, each, addressed.message_group(each, now)) for each in wanted}
    head, group = keys.notification_head_key(user.id), keys.notification_group_key(user.id, addressed.group)
    found = store.read([head, group, *places.values()])
    writes: list[Write] = []
    if addressed.preferences.wants(category, "in_app"):
        writes += _in_app(store, addressed, found[head], group, found[group], now)
    messages = [_pending_message(addressed, channel, found[places[channel]], now) for channel in wanted]
    for channel, message in zip(wanted, messages, strict=True):
        before = found[places[channel]]
        when = Condition(equal={"version": before["version"]}) if before else ABSENT
        writes.append(Put(message.key, pending_message_item(message, now), when=when))
    return writes, messages


def _reachable(user: User, channel: NotificationChannel) -> bool:
    if channel == "whatsapp":
        return bool(user.phone and settings().whatsapp_sender)
    if channel == "web_push":
        return True  # the devices are read when it is sent
    return bool(user.email) if channel == "email" else bool(user.phone)


def _in_app(
    store: Store, addressed: _Told, head_record: Record | None, place: Key, group: Record | None, now: int
) -> list[Write]:
    """The notification under the next number. An unread one about the same thing becomes a part of it."""
    user, event, head = addressed.user, addressed.event, head_from(head_record)
    number = head.number + 1
    notification = Notification(
        id=numbered_id(number, user.id, event.id),
        user=user.id,
        type=event.type,
        category=addressed.notice.category,
        title=addressed.title,
        body=addressed.body,
        link=addressed.link,
        other=addressed.other,
        reference=event.subject,
        group=addressed.group,
        at=now,
    )
    writes: list[Write] = [head.put(user.id, replace(head, number=number))]
    if group is not None and now - group["at"] < GROUP_WINDOW_MS:
        old_key = keys.notification_key(user.id, group["id"])
        record = store.read([old_key])[old_key]
        old = read_notification_record(record) if record else None
        if old is not None and old.unread(head.read_to):
            notification = replace(notification, count=old.count + 1)
            # Read in the meantime, the old one stays by itself: the transaction fails and is decided again.
            still = Condition(equal={"count": old.count}, missing=("read", "joined"))
            writes.append(Update(old_key, set={"joined": notification.id}, when=still))
    writes.append(Put(notification.key, notification_item(notification), when=ABSENT))
    kept = {"id": notification.id, "at": now, "ttl": now // 1000 + 86_400}
    writes.append(Put(place, kept, when=Condition(equal={"id": group["id"]}) if group else ABSENT))
    return writes


def _pending_message(addressed: _Told, channel: NotificationChannel, before: Record | None, now: int) -> PendingMessage:
    """What is to be sent: at once, after the quiet hours, or together with what else happens within the window."""
    digest = addressed.digest_at(channel, now)
    due = addressed.preferences.send_at(addressed.notice.category, now) if digest is None else digest
    message = PendingMessage(
        user=addressed.user.id,
        tenant=addressed.user.tenant,
        channel=channel,
        group=addressed.message_group(channel, now),
        title=addressed.title,
        body=addressed.body,
        link=addressed.link,
        language=addressed.preferences.language,
        count=1,
        due=due,
        ticket=addressed.event.subject if digest is None and addressed.event.type.startswith("ticket.") else None,
        rates=digest is None and _asks_for_rating(addressed),
        lines=() if digest is None else (addressed.title,),
    )
    if before is None:
        return message
    earlier = read_pending_message(before)
    message = replace(message, version=earlier.version + 1)
    if digest is not None:
        if earlier.due is None:
            return message
        lines = (*earlier.lines, addressed.title)[:MOST_DIGEST_LINES]
        return replace(message, count=earlier.count + 1, lines=lines, due=earlier.due)
    if earlier.due is not None:
        return replace(message, count=earlier.count + 1, due=max(earlier.due, due) if due > now else earlier.due)
    if earlier.sent_at is not None and now - earlier.sent_at < GROUP_WINDOW_MS:
        return replace(message, due=max(due, earlier.sent_at + GROUP_WINDOW_MS), sent_at=earlier.sent_at)
    return message


def _asks_for_rating(addressed: _Told) -> bool:
    """Whether a mail asks the requester of a ticket to rate it: one that has just been resolved."""
    event = addressed.event
    resolved = event.type == "ticket.status_changed" and event.data["status"] == "resolved"
    return resolved and addressed.notice.audience == "requester"


def send_pending_message(store: Store, message: PendingMessage, now: int) -> bool:
    """Hands a message in and remembers that it did. Interrupted in between, it is sent again rather than never."""
    user = users.load_user(store, message.tenant, message.user)
    if user is not None and user.status == "active" and _reachable(user, message.channel):
        if message.channel == "web_push":
            _push(store, message, user)
        else:
            outbound.enqueue(_render(message, user, now))
    sent = replace(message, due=None, sent_at=now, version=message.version + 1)
    try:
        store.write(
            Put(
                message.key,
                pending_message_item(sent, now),
                when=Condition(equal={"version": message.version}),
            )
        )
    except ConditionFailed:
        # Another event has joined it meanwhile and stays due: it is sent with a later one.
        return False
    return True


def _push(store: Store, message: PendingMessage, user: User) -> None:
    """Hands in a message for each of the user's browsers. It has the title alone: screens are locked, and seen."""
    for device in load_push_devices(store, user.id).of_epoch(user.epoch).devices:
        values = {"title": message.title, "link": message.link or "/notifications", "tag": message.group}
        outbound.enqueue(Message("push", user.id, "web_push", user.tenant, {**values, "device": device.id}))


def _render(message: PendingMessage, user: User, now: int) -> Message:
    hindi = message.language == "hi"
    more = message.count - 1
    values = {"name": user.name, "title": message.title, "body": message.body, "more": "-"}
    if more:
        values["more"] = f"इसके बारे में {more} और सूचनाएँ हैं।" if hindi else f"There are {more} more updates about this."
    # A digest is about many things, and what was kept before there were links for each leads to the list as well.
    page = "/notifications" if message.lines else message.link or "/notifications"
    values["link"] = f"{settings().public_url}{page}"
    kind = f"notification{'_more' if more else ''}{'_hi' if hindi else ''}"
    if message.lines:
        kind = f"notification_digest{'_hi' if hindi else ''}"
        values |= {"count": str(message.count), "lines": " • ".join(message.lines)}
    reply_to = None
    if message.ticket is not None and message.channel == "email":
        reply_to = reply_address(message.ticket, user.id)
        if message.rates:
            kind = f"ticket_resolved{'_hi' if hindi else ''}"
            values["link"] = rating_url(message.ticket, now)
    if message.channel == "sms":
        # A text message with a ₹ has room for 70 characters instead of 160; in Hindi it has anyway.
        values = values if hindi else {name: value.replace("₹", "Rs ") for name, value in values.items()}
    to = user.email if message.channel == "email" else str(user.phone)
    channel: Channel = message.channel if message.channel in ("sms", "whatsapp") else "email"
    return Message(kind, to, channel, user.tenant, values, reply_to=reply_to)


def send_due_messages(store: Store, now: int, *, most: int = 500) -> int:
    """Sends what is due. Returns how many were sent; each fails alone, and stays due."""
    sent = 0
    due = store.query_all(
        "directory", keys.due_messages_partition(), index="by_name", until=f"{clock.iso(now)}$", limit=100
    )
    for row in due:
        if sent >= most:
            break
        key = Key("directory", row["pk"], row["sk"])
        try:
            # The index may be a moment behind: the item itself says whether it is still due.
            record = store.read([key])[key]
            message = read_pending_message(record) if record else None
            if message is not None and message.due is not None and message.due <= now:
                sent += send_pending_message(store, message, now)
        except Contended:
            raise
        except Exception:
            observe.log().exception("a message could not be sent", extra={"user": key.pk})
    return sent
