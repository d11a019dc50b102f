"""A customer, and how its ids come from what a caller knows.

The id of a customer is a keyed digest of its phone number (or source id) under the owner's pepper, in its scope: so an
issue by phone finds the wallet without a look-up, and the same number is another customer under another owner or in the
sandbox. The id of a wallet follows from program and customer.
"""

from __future__ import annotations

import base64
import hmac
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .. import clock, ids, phone
from ..identity import secrets
from ..store import keys
from ..store.store import Record
from ..store.writes import ABSENT, EXISTS, Put, Update

SILENCE_MS: Final = 180 * clock.DAY_MS
"""A phone number that was unused for this long may have a new owner: earlier history is not shown."""

_QR_SIGNATURE: Final = 10


@dataclass(frozen=True, slots=True)
class Customer:
    id: str
    created_at: int
    phone: str | None = None
    source_id: str | None = None
    qr_version: int = 1
    registered_by: str | None = None
    """The tenant that served this customer first."""
    epoch: int = 0
    """Sessions of earlier epochs are over."""
    erased_at: int | None = None
    """When the customer had their personal data deleted; they are a customer again once they sign in anew."""
    preferences: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    """As the shop says; for the program's owner and the merchant who registered the customer."""
    named_at: int | None = None
    """When it was given, where that was not by an import."""

    @property
    def masked_phone(self) -> str | None:
        return phone.masked(self.phone) if self.phone else None


def customer_put(scope: str, customer: Customer, **more: Any) -> Put:
    """The write that makes a customer, where it is not there yet."""
    item = {
        "phone": customer.phone,
        "source": customer.source_id,
        "qr": customer.qr_version,
        "made": customer.created_at,
        **more,
    }
    present = {name: value for name, value in item.items() if value is not None}
    return Put(keys.customer_key(scope, customer.id), present, when=ABSENT)


def read_customer(record: Record) -> Customer:
    return Customer(
        id=record["pk"].rpartition("#")[2],
        created_at=record["made"],
        phone=record.get("phone"),
        source_id=record.get("source"),
        qr_version=record["qr"],
        registered_by=record.get("by"),
        epoch=record.get("epoch", 0),
        erased_at=record.get("erased"),
        # Until they choose, the language is that of the page that they last signed in on.
        preferences={**({"language": record["lang"]} if "lang" in record else {}), **record.get("prefs", {})},
        name=record.get("name"),
        named_at=record.get("name_at"),
    )


def birthday_text(record: Record) -> str | None:
    """The day in a customer's record as `MM-DD`."""
    day = record.get("bday")
    return None if day is None else f"{day // 100:02d}-{day % 100:02d}"


def customer_listing(scope: str, customer: str) -> dict[str, str]:
    """Index keys of imported customers, including those who never came to a counter."""
    from ..store import import_keys  # most functions bring nobody in

    number = zlib.crc32(customer.encode()) % import_keys.IMPORTED_PARTITIONS
    return {"g1p": import_keys.imported_customers_partition(scope, number), "g1s": customer}


def contact_unlinking(contact: keys.Key, now: int) -> Update:
    """The write after which an e-mail address no longer leads to a customer, nor its next order to another one."""
    return Update(contact, set={"at": now}, remove=("phone", "g1p", "g1s"), when=EXISTS)


def customer_id_by_phone(scope: str, owner: str, e164: str) -> str:
    return ids.derived_id("cust", scope, "phone", e164, secret=secrets.pepper(owner))


def customer_id_by_source(scope: str, owner: str, source_id: str) -> str:
    return ids.derived_id("cust", scope, "source", source_id, secret=secrets.pepper(owner))


def customer_wallet_id(scope: str, program: str, customer: str) -> str:
    return ids.derived_id("wal", scope, program, customer)


def qr_token(scope: str, owner: str, customer: str, version: int, until: int | None = None) -> str:
    """The text of a customer's QR code: capital letters and digits alone, which QR packs densest.

    Signed under the owner's pepper; a higher version on the customer's record revokes it. With `until` (seconds since
    the epoch), as on the customer's own phone, it is good until then; without, as on a printed card, until revoked.
    """
    named = str(version) if until is None else f"{version}.{until}"
    return f"BATUA.{customer.removeprefix('cust_')}.{named}.{_sign_qr(scope, owner, customer, named)}"


def read_qr_token(scope: str, owner: str, token: str) -> tuple[str, int] | None:
    """Customer and version of a token that was signed for this scope; None for any other text."""
    parts = token.strip().split(".")
    numbers = parts[2:-1]
    if not 4 <= len(parts) <= 5 or parts[0] != "BATUA" or not all(one.isascii() and one.isdigit() for one in numbers):
        return None
    customer, version = f"cust_{parts[1]}", int(numbers[0][:9])
    if not ids.is_id(customer, "cust"):
        return None
    expected = _sign_qr(scope, owner, customer, ".".join(numbers))
    if not hmac.compare_digest(expected.encode(), parts[-1].encode()):
        return None
    if len(numbers) == 2 and clock.system() >= int(numbers[1]) * 1000:
        return None
    return customer, version


def _sign_qr(scope: str, owner: str, customer: str, version: str) -> str:
    content = ids.injective("qr", scope, customer, version)
    return base64.b32encode(hmac.digest(secrets.pepper(owner), content, "sha256")[:_QR_SIGNATURE]).decode()


def loaded_customer(found: Mapping[keys.Key, Record | None], scope: str, customer: str) -> Customer | None:
    record = found.get(keys.customer_key(scope, customer))
    return read_customer(record) if record else None
