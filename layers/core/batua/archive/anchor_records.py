"""What an anchor consists of, as it lies in the bucket. Pure, but for the signature.

    list   a tenant's entries of one day: `anchors/<tenant>/<day>.gz`, naming the tenant's list before it by its hash
    roll   the last list of every tenant by its hash: `anchors/rolls/<day>.gz`, signed by the deployment's signing key

A list's first line says what its entries come to; then follows a line for each: wallet, id, sort key, hash.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from .. import clock
from ..identity import tokens
from ..ids import is_id
from ..store.store import Record
from .lines import ContentDamaged, content_digest, pack, unpack
from .months import entry_time, entry_wallet

ANCHORS: Final = "anchors"
ROLLS: Final = f"{ANCHORS}/rolls/"
_FORMAT: Final = 1
_SIGNED_AS: Final = "anchor"

AnchorLine = tuple[str, str, str, str]
"""Wallet, transaction, sort key, hash (hex) of an entry."""

AnchorLink = tuple[int, str]
"""A day (yyyymmdd, UTC) and the hash of what was anchored for it."""


@dataclass(frozen=True, slots=True)
class AnchorList:
    """A tenant's entries of a day, and those of the day before that its own list lacks. `begins` is the first day of
    the tenant's history that lists cover: what is older is in the archive's sealed months.

    `sums`: `<asset> <kind> count` and `… amount` -> how many, or minor units.
    """

    tenant: str
    day: int
    previous: AnchorLink | None
    begins: int
    sums: Mapping[str, int]
    lines: tuple[AnchorLine, ...]

    def to_bytes(self) -> bytes:
        head = {name: value for name, value in asdict(self).items() if name != "lines"}
        head |= {"format": _FORMAT, "entries": len(self.lines)}
        return pack([_json(head), *map(_json, self.lines)])


@dataclass(frozen=True, slots=True)
class AnchorHead:
    """How a tenant's anchored history ends: its last list, and how many entries all its lists have.

    `merchants` are the tenants that have ever posted in its books.
    """

    last: AnchorLink
    begins: int
    entries: int
    merchants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnchorRoll:
    """Every tenant's head at the end of a day (UTC), with the hash of the roll before."""

    day: int
    previous: AnchorLink | None
    heads: Mapping[str, AnchorHead] = field(default_factory=dict)


def anchor_line(record: Record) -> AnchorLine:
    return entry_wallet(record), str(record["pk"]).rpartition("#")[2], str(record["sk"]), record["hash"].hex()


def entry_day(record: Record) -> int:
    """The day of an entry in UTC, as yyyymmdd."""
    at = entry_time(record)
    return int(at[:4] + at[5:7] + at[8:10])


def make_list(tenant: str, day: int, previous: AnchorLink | None, begins: int, records: Iterable[Record]) -> AnchorList:
    sums: dict[str, int] = defaultdict(int)
    lines = []
    for record in records:
        place = f"{record['asset']} {record['kind']}"
        sums[f"{place} count"] += 1
        sums[f"{place} amount"] += record["amt"]
        lines.append(anchor_line(record))
    return AnchorList(tenant, day, previous, begins, dict(sorted(sums.items())), tuple(sorted(lines)))


def read_list(body: bytes) -> AnchorList:
    """Raises ContentDamaged."""
    try:
        first, *rest = map(json.loads, unpack(body))
        lines = tuple((wallet, id, sk, hash) for wallet, id, sk, hash in rest)
        made = AnchorList(
            first["tenant"], first["day"], _read_link(first["previous"]), first["begins"], first["sums"], lines
        )
    except (ValueError, KeyError, TypeError, IndexError) as fault:
        raise ContentDamaged(str(fault)) from fault
    if (first.get("format"), first.get("entries")) != (_FORMAT, len(lines)):
        raise ContentDamaged("it does not have as many entries as it says")
    return made


def sign_roll(roll: AnchorRoll) -> bytes:
    """The roll as stored: its text, and a token of the deployment over the text's hash."""
    text = json.dumps({"format": _FORMAT, **asdict(roll)}, sort_keys=True)
    claims = {"sub": str(roll.day), "typ": _SIGNED_AS, "sha": content_digest(text.encode())}
    return pack([_json([text, tokens.sign_token(claims)])])


def read_roll(body: bytes) -> tuple[AnchorRoll, bool]:
    """A roll, and whether the deployment signed it. Raises ContentDamaged."""
    try:
        ((text, token),) = map(json.loads, unpack(body))
        content = json.loads(text)
        heads = {tenant: _head(head) for tenant, head in content["heads"].items()}
        roll = AnchorRoll(content["day"], _read_link(content["previous"]), heads)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as fault:
        raise ContentDamaged(str(fault)) from fault
    try:
        claims = tokens.verify_token(token)
    except tokens.TokenRefused:
        return roll, False
    signed = (claims["typ"], claims["sub"], claims.get("sha"))
    return roll, signed == (_SIGNED_AS, str(roll.day), content_digest(text.encode()))


def list_key(tenant: str, day: int) -> str:
    """Raises ValueError for what is no tenant: no key leads elsewhere."""
    if not is_id(tenant, "ten"):
        raise ValueError("not an id of kind ten")
    return f"{ANCHORS}/{tenant}/{day:08d}.gz"


def roll_key(day: int) -> str:
    return f"{ROLLS}{day:08d}.gz"


def next_day(day: int, days: int = 1) -> int:
    return clock.local_day(clock.day_start(day, "UTC") + days * clock.DAY_MS, "UTC")


def _head(content: Mapping[str, Any]) -> AnchorHead:
    last = _read_link(content["last"])
    if last is None:
        raise ValueError("a head without a list")
    return AnchorHead(last, content["begins"], content["entries"], tuple(content["merchants"]))


def _read_link(content: Any) -> AnchorLink | None:
    return (int(content[0]), str(content[1])) if content else None


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
