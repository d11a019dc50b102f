"""The manifest of a sealed month: its parts, what their entries come to, and the month before. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from ..store.store import Record
from .lines import ContentDamaged
from .months import entry_wallet

FORMAT: Final = 1
EntrySums = Mapping[str, int]
"""`<book> <asset> <kind> count`, `… amount`, and `<book> <asset> <account> legs` -> minor units, or how many."""


@dataclass(frozen=True, slots=True)
class ManifestPart:
    """One object of a month: its digest and size as stored, and what its entries come to.

    `chains` is the digest of where each wallet begins and ends in it: first and last number and the last hash.
    """

    sha256: str
    size: int
    entries: int
    wallets: int
    chains: str
    sums: EntrySums


@dataclass(frozen=True, slots=True)
class Manifest:
    """A sealed month. `previous` is the month sealed before it with the digest of its manifest; None for the first."""

    tenant: str
    month: int
    previous: tuple[int, str] | None
    parts: tuple[ManifestPart, ...]

    @property
    def entries(self) -> int:
        return sum(part.entries for part in self.parts)

    @property
    def sums(self) -> EntrySums:
        return _sum_of(part.sums for part in self.parts)

    def to_bytes(self) -> bytes:
        content = {"format": FORMAT, "entries": self.entries, "sums": self.sums, **asdict(self)}
        return json.dumps(content, sort_keys=True, indent=1).encode() + b"\n"


def read_manifest(body: bytes) -> Manifest:
    """Raises ContentDamaged, also where the sums are not those of the parts."""
    try:
        content = json.loads(body)
        previous = content["previous"]
        made = Manifest(
            tenant=content["tenant"],
            month=content["month"],
            previous=(previous[0], previous[1]) if previous else None,
            parts=tuple(ManifestPart(**part) for part in content["parts"]),
        )
    except (ValueError, KeyError, TypeError, IndexError) as fault:
        raise ContentDamaged(str(fault)) from fault
    if (content.get("format"), content.get("entries"), content.get("sums")) != (FORMAT, made.entries, dict(made.sums)):
        raise ContentDamaged("its sums are not those of its parts")
    return made


def describe(sha256: str, size: int, records: Sequence[Record]) -> ManifestPart:
    """What a part holds."""
    chains = _chains(records)
    text = "".join(f"{wallet} {first} {last} {hash}\n" for wallet, (first, last, hash) in sorted(chains.items()))
    return ManifestPart(
        sha256, size, len(records), len(chains), hashlib.sha256(text.encode()).hexdigest(), _sums_of(records)
    )


def order_of(record: Record) -> tuple[str, str, str, str]:
    """How entries stand in a part: by book and wallet, then in the order of the statement."""
    return record["sk"].partition("#")[0], entry_wallet(record), record["g1s"], record["sk"]


def _chains(records: Iterable[Record]) -> dict[str, tuple[str, str, str]]:
    chains: dict[str, tuple[str, str, str]] = {}
    for record in records:
        wallet, place = entry_wallet(record), record["g1s"]
        first = chains[wallet][0] if wallet in chains else place
        chains[wallet] = (first, place, record["hash"].hex())
    return chains


def _sums_of(records: Iterable[Record]) -> EntrySums:
    sums: dict[str, int] = defaultdict(int)
    for record in records:
        place = f"{'coins' if record['sk'] == 'TX' else 'funds'} {record['asset']}"
        sums[f"{place} {record['kind']} count"] += 1
        sums[f"{place} {record['kind']} amount"] += record["amt"]
        for account, amount in record["legs"]:
            sums[f"{place} {account} legs"] += amount
    return dict(sorted(sums.items()))


def _sum_of(parts: Iterable[EntrySums]) -> EntrySums:
    total: Counter[str] = Counter()
    for sums in parts:
        total.update(sums)
    return dict(sorted(total.items()))


def part_from(content: Mapping[str, Any]) -> ManifestPart:
    return ManifestPart(**content)
