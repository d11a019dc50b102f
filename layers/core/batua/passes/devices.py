"""The phones that hold a customer's passes, so that each is told when the coins on it have changed.

Apple's register themselves, by a pass that they have; what Apple's push service knows them by is sealed. Google tells
nobody who has saved a pass: there is one item for each customer whose link was made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .. import clock
from ..identity import sealing
from ..store import pass_keys
from ..store.keys import Key, Mode
from ..store.store import Record, Store
from ..store.writes import EXISTS, Delete, Put, Update, Write
from .holders import Holder

MOST_DEVICES: Final = 10
"""Phones of one pass. The one that registered first makes place: a phone that was wiped never says so."""

GOOGLE_UNSAVED_MS: Final = 30 * clock.DAY_MS
"""For so long it is tried whether a link has been saved that Google knows no pass of."""

_BATCH_SIZE: Final = 25


@dataclass(frozen=True, slots=True)
class PassDevice:
    """A pass on a phone, or at Google (without a push token)."""

    key: Key
    serial: str
    tenant: str
    owner: str
    """In whose books the coins are: the tenant under whose key the push token is sealed."""
    made_at: int
    changed_at: int
    push: bytes | None = None

    def push_token(self) -> str:
        """Raises SecretUnreadable."""
        assert self.push is not None
        return sealing.open_tenant_secret(self.owner, _sealed_for(self.key), self.push).decode()


def read_device(record: Record) -> PassDevice:
    return PassDevice(
        key=Key("directory", record["pk"], record["sk"]),
        serial=record["serial"],
        tenant=record["tenant"],
        owner=record["owner"],
        made_at=record["made"],
        changed_at=record["changed"],
        push=record.get("push"),
    )


def register_device(store: Store, holder: Holder, pass_type: str, device: str, push_token: str, now: int) -> bool:
    """Keeps where a phone is told of changes. Returns whether it was not registered for this pass before."""
    key = pass_keys.pass_device_key(pass_type, device, holder.serial)
    there = store.read([key])[key]
    others = [each for each in devices_of(store, holder.mode, holder.customer.id) if each.key != key]
    same = sorted(
        (each for each in others if each.serial == holder.serial and each.push), key=lambda each: each.made_at
    )
    surplus: list[Write] = [Delete(each.key) for each in same[: max(0, len(same) + 1 - MOST_DEVICES)]]
    sealed = sealing.seal_tenant_secret(holder.program.owner, _sealed_for(key), push_token)
    store.commit([Put(key, _device_item(holder, now, there) | {"push": sealed}), *surplus])
    return there is None


def unregister_device(store: Store, holder: Holder, pass_type: str, device: str) -> None:
    store.commit([Delete(pass_keys.pass_device_key(pass_type, device, holder.serial))])


def passes_on(store: Store, pass_type: str, device: str) -> list[PassDevice]:
    """The passes that a phone has registered for."""
    partition = pass_keys.pass_device_partition(pass_type, device)
    return [read_device(record) for record in store.query_all("directory", partition, consistent=True)]


def note_google_pass(store: Store, holder: Holder, now: int) -> None:
    """Google may have this customer's pass from now on."""
    key = pass_keys.google_pass_key(holder.serial)
    store.write(Put(key, _device_item(holder, now, None)))


def devices_of(store: Store, mode: Mode, customer: str) -> list[PassDevice]:
    """Wherever a customer has a pass."""
    partition = pass_keys.pass_holder_partition(mode, customer)
    return [read_device(record) for record in store.query_all("directory", partition, index="by_parent")]


def device_changed(device: PassDevice, now: int) -> Update:
    """The write after which the phone is told, when it asks, that this pass has changed. It never goes back."""
    return Update(device.key, set={"changed": max(now, device.changed_at + 1)}, when=EXISTS)


def forget_devices(store: Store, devices: Iterable[PassDevice]) -> int:
    gone = [Delete(each.key) for each in devices]
    for start in range(0, len(gone), _BATCH_SIZE):
        store.commit(gone[start : start + _BATCH_SIZE])
    return len(gone)


def _device_item(holder: Holder, now: int, there: Record | None) -> dict[str, object]:
    return {
        "serial": holder.serial,
        "tenant": holder.tenant.id,
        "owner": holder.program.owner,
        "made": there["made"] if there else now,
        "changed": there["changed"] if there else now,
        "g1p": pass_keys.pass_holder_partition(holder.mode, holder.customer.id),
        "g1s": holder.serial,
    }


def _sealed_for(key: Key) -> str:
    return f"{key.pk}:{key.sk}"
