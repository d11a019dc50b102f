"""Ids: a typed prefix and a ULID (26 characters of Crockford's alphabet), such as `ten_01J9ZQ6W3V8Y5T2R7N4K1M0PXB`.

Most ids are new ULIDs. Some are *derived*: the same parts give the same id, so that a wallet is found from a phone
number, and a transaction from an idempotency key, without a look-up.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final

from . import clock

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII)


def new_id(prefix: str, at: int | None = None) -> str:
    """A new id; ids of one prefix sort by the millisecond of their making."""
    instant = clock.system() if at is None else at
    return f"{prefix}_{_encode(instant << 80 | secrets.randbits(80))}"


def derived_id(prefix: str, *parts: str, secret: bytes = b"") -> str:
    """The id that these parts always give. With a secret nobody else can tell which parts they were."""
    digest = hmac.digest(secret, injective(*parts), "sha256") if secret else hashlib.sha256(injective(*parts)).digest()
    return f"{prefix}_{_encode(int.from_bytes(digest[:16], 'big'))}"


def dated_id(prefix: str, at: int, *parts: str) -> str:
    """The id that these parts always give at this instant; ids of one prefix sort by their instants."""
    digest = hashlib.sha256(injective(*parts)).digest()
    return f"{prefix}_{_encode(at << 80 | int.from_bytes(digest[:10], 'big'))}"


def earliest_id(prefix: str, at: int) -> str:
    """Where the ids of an instant begin: none of them is below."""
    return f"{prefix}_{_encode(at << 80)}"


def injective(*parts: str) -> bytes:
    """Joins parts so that no other parts give the same bytes: `('a', 'bc')` differs from `('ab', 'c')`."""
    return b"".join(b"%d:%s" % (len(raw), raw) for raw in (part.encode() for part in parts))


def is_id(text: str, *prefixes: str) -> bool:
    """Whether a text has the form of an id with one of the prefixes. Keys are built only from what passes here."""
    prefix, _, ulid = text.rpartition("_")
    return prefix in prefixes and _ULID.fullmatch(ulid) is not None


def _encode(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
