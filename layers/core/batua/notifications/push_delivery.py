"""Sending a message to a browser, by the push service that the browser named."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from .. import clock, observe
from ..messages.model import Message
from ..settings import settings
from ..store.store import ConditionFailed, Store
from . import web_push
from .push_devices import load_push_devices, vapid_seed

PUSH_TTL_SECONDS: Final = 86_400
"""So long a push service keeps a message for a device that is off."""

_TIMEOUT_SECONDS: Final = 5
_GONE: Final = frozenset({404, 410})


class PushFailed(Exception):
    """The service did not take the message; it may later."""


def deliver_push(store: Store, message: Message) -> None:
    """Sends one message to one device, and forgets one that is gone. Raises PushFailed where it may be tried again.

    What is sent has the title alone: a text may be read on a locked screen.
    """
    import urllib3

    user, id = message.to, message.values["device"]
    known = load_push_devices(store, user)
    device = next((each for each in known.devices if each.id == id), None)
    if device is None:
        return
    shown = {"title": message.values["title"], "link": message.values["link"], "tag": message.values["tag"]}
    content = json.dumps(shown, ensure_ascii=False).encode()[: web_push.MOST_PUSHED]
    body = web_push.encrypt_push(content, web_push.decode_url(device.receiver), web_push.decode_url(device.shared))
    contact = f"mailto:{settings().mail_from}" if settings().mail_from else settings().public_url
    key = web_push.vapid_key(vapid_seed())
    headers = {
        "Authorization": web_push.vapid_header(key, device.endpoint, contact, clock.system()),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(PUSH_TTL_SECONDS),
        # A newer message about the same thing takes the place of one that has not been delivered.
        "Topic": web_push.encode_url(hashlib.sha256(message.values["tag"].encode()).digest())[:32],
    }
    try:
        answer = urllib3.PoolManager().request(
            "POST", device.endpoint, body=body, headers=headers, timeout=_TIMEOUT_SECONDS, retries=False, redirect=False
        )
    except urllib3.exceptions.HTTPError as fault:
        raise PushFailed("no answer") from fault
    if answer.status in _GONE:
        _forget(store, user, id)
    elif answer.status == 429 or answer.status >= 500:
        raise PushFailed(f"status {answer.status}")
    elif answer.status >= 300:
        observe.log().error("a push service refused a message", extra={"device": id, "status": answer.status})


def _forget(store: Store, user: str, id: str) -> None:
    for _ in range(3):
        known = load_push_devices(store, user)
        rest = known.without(id)
        if rest == known:
            return
        try:
            store.write(known.put(user, rest))
        except ConditionFailed:
            continue
        return
