"""What a collection leaves in the staging area for the sealing: one line per entry, sorted by tenant, in chunks.

    <hash> <month> E <the entry>                          of a month that is to be sealed
    <hash> <month> S [book, wallet, number, hash]          of any other: that it is there
    <hash> 000000 B [wallet, number, hash]                 a customer's wallet in its present state
    <hash> 000000 F [wallet]                               a tenant's wallet

The hash deals lines into buckets of a size that a function can hold, without reading what is in other buckets: all of a
customer's wallet into one; those of a tenant's wallet, which may be many, by their transactions.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ..store.store import Record
from .bucket import STAGING, ArchiveBucket
from .lines import from_line, to_line, unpack
from .months import entry_month, entry_wallet

StagedKind = Literal["E", "S", "B", "F"]
_HEAD: Final = 18
"""Bytes before the content of a line."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A line, its content not read yet."""

    hash: int
    month: int
    kind: str
    content: bytes

    def entry(self) -> Record:
        return from_line(self.content)

    def values(self) -> list[str]:
        values: list[str] = json.loads(self.content)
        return values


def partition_hash(partition_key: str) -> int:
    """Deals evenly; the same for ever, as the part of a customer's wallet is found by it."""
    return zlib.crc32(partition_key.encode())


def entry_line(record: Record) -> bytes:
    return _staged_line(_partition_key(record), entry_month(record), "E", to_line(record))


def shadow_line(record: Record) -> bytes:
    """That an entry is there, or its tombstone."""
    book = "coins" if record["sk"] == "TX" else "funds"
    wallet = entry_wallet(record)
    content = json.dumps([book, wallet, record["g1s"], record["hash"].hex()]).encode()
    return _staged_line(_partition_key(record), entry_month(record), "S", content)


def wallet_line(record: Record) -> bytes:
    wallet = record["pk"].rpartition("#")[2]
    content = json.dumps([wallet, f"{record['seq']:012d}", record["hash"].hex()]).encode()
    return _staged_line(wallet, 0, "B", content)


def tenant_wallet_line(record: Record) -> bytes:
    wallet = record["pk"].rpartition("#")[2]
    return _staged_line(wallet, 0, "F", json.dumps([wallet]).encode())


def _partition_key(record: Record) -> str:
    return entry_wallet(record) if record["sk"] == "TX" else str(record["pk"])


def _staged_line(partition_key: str, month: int, kind: StagedKind, content: bytes) -> bytes:
    return b"%08x %06d %s " % (partition_hash(partition_key), month, kind.encode()) + content


def chunk_key(run: str, chunk: int, tenant: str) -> str:
    return f"{run}/lines/{chunk:08d}/{tenant}.gz"


def chunks(vault: ArchiveBucket, run: str, *, since: int = 0) -> Iterator[str]:
    """The keys of a run's chunks from one on."""
    prefix = f"{STAGING}/{run}/lines/"
    for key in vault.names(prefix):
        if int(key.removeprefix(prefix).partition("/")[0]) >= since:
            yield key


def chunks_by_tenant(vault: ArchiveBucket, run: str) -> dict[str, list[str]]:
    """The keys of a run's chunks by the tenant whose books they are of, sorted."""
    found: dict[str, list[str]] = defaultdict(list)
    for key in chunks(vault, run):
        found[key.rpartition("/")[2].removesuffix(".gz")].append(key)
    return dict(sorted(found.items()))


def staged_lines(vault: ArchiveBucket, keys: Iterable[str], bucket: int = 0, buckets: int = 1) -> Iterator[Staged]:
    """The lines of chunks that are dealt into a bucket."""
    for key in keys:
        for line in unpack(vault.read(key) or b""):
            hash = int(line[:8], 16)
            if hash % buckets == bucket:
                yield Staged(hash, int(line[9:15]), line[16:17].decode(), line[_HEAD:])
