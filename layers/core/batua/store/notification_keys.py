"""The keys of notifications, all in the directory: of each user, and the operator's messages to all.

A user's notifications share a partition with their head, preferences, marks and messages that wait to be sent.
"""

from __future__ import annotations

from typing import Final

from .. import ids
from .keys import Key
from .scope import Scope, require_id

NOTIFICATION: Final = "ntf_"
ADMIN_READ: Final = "AREAD#"


def notifications_partition(user_id: str) -> str:
    require_id(user_id, "usr")
    return f"NOTES#{user_id}"


def notification_key(user_id: str, notification_id: str) -> Key:
    require_id(notification_id, "ntf")
    return Key("directory", notifications_partition(user_id), notification_id)


def notification_head_key(user_id: str) -> Key:
    """How many notifications a user has had, and up to which they have read all."""
    return Key("directory", notifications_partition(user_id), "HEAD")


def notification_preferences_key(user_id: str) -> Key:
    return Key("directory", notifications_partition(user_id), "PREFERENCES")


def push_devices_key(user_id: str) -> Key:
    """The browsers that a user is notified on."""
    return Key("directory", notifications_partition(user_id), "PUSH")


def notification_defaults_key(tenant_id: str) -> Key:
    """What a tenant's people get unless they choose otherwise."""
    require_id(tenant_id, "ten")
    return Key("directory", f"NOTES#{tenant_id}", "DEFAULTS")


def notified_key(user_id: str, event_id: str, notice: str) -> Key:
    """Says that a user has been notified of an event."""
    require_id(event_id, "evt")
    return Key("directory", notifications_partition(user_id), f"EVENT#{event_id}#{notice}")


def notification_group_key(user_id: str, group: str) -> Key:
    """The newest notification about one thing, which further events of it join."""
    return Key("directory", notifications_partition(user_id), f"GROUP#{_digest(group)}")


def pending_message_key(user_id: str, channel: str, group: str) -> Key:
    """Mail or a text message about one thing: waiting to be sent, or sent a short while ago."""
    return Key("directory", notifications_partition(user_id), f"OUT#{channel}#{_digest(group)}")


def due_messages_partition() -> str:
    """Messages in index `by_name` by the time at which they are to be sent."""
    return "NOTES_DUE"


def customer_text_key(scope: str, customer_id: str, occasion: str) -> Key:
    """A text message to a customer: one for each occasion, such as an event or the expiry of a month's coins."""
    require_id(customer_id, "cust")
    return Key("directory", f"TEXTS#{Scope.of(scope)}#{customer_id}", occasion)


def due_customer_texts_partition() -> str:
    """Text messages to customers in index `by_name` by the time at which they are to be sent."""
    return "TEXTS_DUE"


def admin_messages_partition() -> str:
    return "ADMIN_MESSAGES"


def admin_message_key(message_id: str) -> Key:
    """One item for a broadcast, whatever its audience is."""
    require_id(message_id, "amsg")
    return Key("directory", admin_messages_partition(), message_id)


def admin_message_mark_key(user_id: str, message_id: str) -> Key:
    """Says that a user has read one of the operator's messages."""
    require_id(message_id, "amsg")
    return Key("directory", notifications_partition(user_id), f"{ADMIN_READ}{message_id}")


def _digest(group: str) -> str:
    return ids.derived_id("grp", group)
