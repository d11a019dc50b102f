"""In which language somebody is written to: the one of their notification preferences."""

from __future__ import annotations

from .. import ids
from ..identity import users
from ..messages.model import ADDRESSEE, Message
from ..store import keys, notification_keys
from ..store.store import Store


def readers_language(store: Store, message: Message) -> str:
    """That of the first reader who has chosen one, else English."""
    readers = [_addressee(store, message.to) if each == ADDRESSEE else each for each in message.readers]
    places = [notification_keys.notification_preferences_key(each) for each in readers if ids.is_id(each, "usr")]
    found = store.read(places) if places else {}
    return next((str(record["lang"]) for each in places if (record := found[each]) is not None), "en")


def _addressee(store: Store, address: str) -> str:
    """The user who signs in under an address; an empty text where there is none."""
    login = keys.login_key(users.login_digest(address))
    entry = store.read([login])[login]
    return str(entry["user"]) if entry else ""
