"""Browsers that a user has asked to be notified on: one item for all of a user's, read with their preferences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import Field

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import Instant, Model, Text
from ..api.request import Request
from ..identity import secrets
from ..identity.credentials import Claims
from ..settings import settings
from ..store import notification_keys as keys
from ..store.keys import Key, user_key
from ..store.store import ConditionFailed, Record, Store
from ..store.versions import at_version
from ..store.writes import Put
from .preferences import signed_in_user

MAX_DEVICES: Final = 10
PUSH_SERVICES: Final = re.compile(
    r"https://(fcm\.googleapis\.com|updates\.push\.services\.mozilla\.com|[a-z0-9-]{1,60}\.push\.apple\.com"
    r"|[a-z0-9-]{1,60}\.notify\.windows\.com)/[!-~]{1,900}"
)
"""The services of the browsers. A message goes to no other address, whatever a client says."""

_LOCAL: Final = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}/[!-~]{1,900}")

PUSH_DEVICE_NOT_FOUND = errors.define("push_device_not_found", 404, "Device not found.")
TOO_MANY_DEVICES = errors.define(
    "too_many_devices", 409, "Device limit reached (10). Remove a device that you no longer use."
)


class PushKeys(Model):
    p256dh: str = Field(min_length=1, max_length=120, examples=["BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx…"])
    auth: str = Field(min_length=1, max_length=40, examples=["BTBZMqHH6r4Tts7J_aSIgg"])


class RegisterDevice(Model):
    """A browser's `PushSubscription`, as its `toJSON()` gives it."""

    endpoint: str = Field(min_length=1, max_length=1_000, examples=["https://fcm.googleapis.com/fcm/send/dQw4w9WgXcQ"])
    keys: PushKeys
    name: Text | None = Field(None, description="Tells the user's devices apart.", examples=["Chrome on Android"])


class PushDeviceOut(Model):
    id: str = Field(examples=["psh_0KW51YTG9EAGXR24JY7JYC3B3B"])
    name: str | None = Field(examples=["Chrome on Android"])
    registered_at: Instant


class PushDevicesOut(Model):
    public_key: str = Field(
        description="What a browser takes as `applicationServerKey` (VAPID).", examples=["BP4z9KsN6nGRTbVYI_c7VJSPQTB…"]
    )
    devices: list[PushDeviceOut]


@dataclass(frozen=True, slots=True)
class PushDevice:
    id: str
    endpoint: str
    receiver: str
    shared: str
    at: int
    name: str | None = None
    epoch: int = 0
    """Of the user's sessions when it was registered. It ends with them: a stolen session leaves no browser behind."""


@dataclass(frozen=True, slots=True)
class PushDevices:
    devices: tuple[PushDevice, ...] = ()
    version: int = 0

    def put(self, user: str, changed: PushDevices) -> Put:
        devices = [_device_item(each) for each in changed.devices]
        return at_version(keys.push_devices_key(user), self.version).replacement({"devices": devices})

    def of_epoch(self, epoch: int) -> PushDevices:
        """Without those that were registered in sessions that have been ended, such as by a change of the password."""
        return replace(self, devices=tuple(each for each in self.devices if each.epoch == epoch))

    def without(self, id: str) -> PushDevices:
        return replace(self, devices=tuple(each for each in self.devices if each.id != id))


def read_push_record(record: Record | None) -> PushDevices:
    if record is None:
        return PushDevices()
    return PushDevices(tuple(map(_read_device, record["devices"])), record["version"])


def load_push_devices(store: Store, user: str) -> PushDevices:
    key = keys.push_devices_key(user)
    return read_push_record(store.read([key])[key])


def _own_devices(call: Call[Any]) -> tuple[PushDevices, int]:
    """The caller's devices, and the epoch of their sessions."""
    user = call.loaded[user_key(call.caller.tenant.id, call.caller.id)] or {}
    epoch = user.get("epoch", 0)
    return read_push_record(call.loaded[call.lookup.key]).of_epoch(epoch), epoch


def vapid_seed() -> bytes:
    """The secret of the deployment's push key. It has to stay, as every subscription is bound to it."""
    return secrets.pepper("web-push")


@dataclass(frozen=True, slots=True)
class PushLookup:
    key: Key

    @property
    def keys(self) -> list[Key]:
        return [self.key]


def prefetch_push_devices(claims: Claims, content: object, request: Request) -> PushLookup:
    return PushLookup(keys.push_devices_key(signed_in_user(claims)))


def list_push_devices(call: Call[None]) -> PushDevicesOut:
    return _devices_out(_own_devices(call)[0])


def register_push_device(call: Call[RegisterDevice]) -> PushDevicesOut:
    """Registers a browser. Registered again, it has the keys of the newer subscription."""
    given, user = call.input, call.caller.id
    _require_good(given)
    id = ids.derived_id("psh", user, given.endpoint)
    known, epoch = _own_devices(call)
    device = PushDevice(id, given.endpoint, given.keys.p256dh, given.keys.auth, clock.system(), given.name, epoch)
    rest = known.without(id)
    if len(rest.devices) >= MAX_DEVICES:
        raise TOO_MANY_DEVICES(figures={"limit": MAX_DEVICES})
    return _save_devices(call, known, replace(rest, devices=(*rest.devices, device)), user)


def remove_push_device(call: Call[None]) -> PushDevicesOut:
    (known, _), id = _own_devices(call), call.path["id"]
    rest = known.without(id)
    if rest == known:
        raise PUSH_DEVICE_NOT_FOUND()
    return _save_devices(call, known, rest, call.caller.id)


def _save_devices(call: Call[Any], known: PushDevices, changed: PushDevices, user: str) -> PushDevicesOut:
    try:
        call.store.write(known.put(user, changed))
    except ConditionFailed as failed:
        raise errors.VERSION_CONFLICT() from failed
    return _devices_out(changed)


def _require_good(given: RegisterDevice) -> None:
    from .web_push import decode_url, is_public_point

    local = settings().webhooks_to_local and _LOCAL.fullmatch(given.endpoint)
    if not (local or PUSH_SERVICES.fullmatch(given.endpoint)):
        raise errors.invalid("endpoint", "must be a push service URL of Chrome, Firefox, Safari or Edge")
    for name, text in (("keys.p256dh", given.keys.p256dh), ("keys.auth", given.keys.auth)):
        try:
            content = decode_url(text)
        except ValueError:
            content = b""
        if not (is_public_point(content) if name == "keys.p256dh" else len(content) == 16):
            raise errors.invalid(name, "must be the value from the browser's PushSubscription, in base64url")


def _devices_out(known: PushDevices) -> PushDevicesOut:
    from .web_push import public_text, vapid_key

    return PushDevicesOut(
        public_key=public_text(vapid_key(vapid_seed())),
        devices=[PushDeviceOut(id=each.id, name=each.name, registered_at=clock.iso(each.at)) for each in known.devices],
    )


def _device_item(device: PushDevice) -> Mapping[str, Any]:
    item = {
        "id": device.id,
        "url": device.endpoint,
        "key": device.receiver,
        "auth": device.shared,
        "at": device.at,
        "name": device.name,
        "epoch": device.epoch or None,
    }
    return {name: value for name, value in item.items() if value is not None}


def _read_device(item: Mapping[str, Any]) -> PushDevice:
    given = (item["id"], item["url"], item["key"], item["auth"], item["at"])
    return PushDevice(*given, item.get("name"), item.get("epoch", 0))
