"""Puts every customer of a time before there were lists into the lists of the merchants that served them.

    LEDGER_TABLE=... DIRECTORY_TABLE=... python -m batua.customers.relisting

Nothing waits for it: the list itself is made of entries, and each customer's next visit makes the row that search finds
them by. It reads both tables once, a read unit for each 4 KB, and writes what is missing; run again, or while customers
come, it changes nothing that is there. The platform on one machine does it by itself, once for each store.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from .. import clock
from ..ledger.records.tombstones import rehydrate
from ..store import keys
from ..store.keys import Key
from ..store.store import Cancelled, Record, Store, store
from ..store.writes import Check, Condition, Put, Write
from .listing import NO_VISIT, listed_put, name_writes, still_there

_MODES: Final = ("L#", "T#")
_DONE: Final = Key("directory", "CUSTOMERS", "LISTED")
"""The mark of a store on one machine, in which this has been done."""

Served = dict[str, set[str]]
"""Tenants that served a customer, by the partition of the customer's record; none where coins went to another one."""


def list_all_once(store: Store) -> int:
    """The number of customers who got a row; nothing happens in a store where it was done before."""
    if store.read([_DONE])[_DONE] is not None:
        return 0
    listed = list_all(store)
    store.write(Put(_DONE, {}))
    return listed


def list_all(store: Store) -> int:
    """Returns the number of customers who got a row or words of their name."""
    run = f"relisting of {clock.system()}"
    return sum(_list(store, *each, run) for mode in _MODES for each in _people(store, mode))


def _people(store: Store, mode: str) -> Iterator[tuple[Record, set[str], bool]]:
    """Every customer who is known by more than an id, with the tenants whose list they belong to, and whether they have
    yet to come."""
    served = _served(store, mode)
    for record in store.scan_all("directory", beginning=mode):
        if record["sk"] != "CUSTOMER" or record.get("erased"):
            continue
        if record["pk"] in served:
            yield record, served[record["pk"]], False
        else:
            yield record, {record["by"]} if "made_by" in record and "by" in record else set(), True


def _served(store: Store, mode: str) -> Served:
    served: Served = {}
    left: dict[str, int] = {}
    last: dict[str, int] = {}
    for stored in store.scan_all("ledger", beginning=mode):
        if stored["sk"] != "TX" or not str(stored.get("asset", "")).startswith("prg_") or "cust" not in stored:
            continue
        gone = stored["kind"] == "transfer_out" and "orig" not in stored
        if stored["kind"] in NO_VISIT or (stored["kind"] == "transfer_out" and not gone):
            continue
        entry = rehydrate(stored)
        about = keys.customer_key(keys.scope_of(entry["pk"]), entry["cust"]).pk
        number = int(entry["g1s"])
        if gone:
            left[about] = max(left.get(about, 0), number)
        else:
            last[about] = max(last.get(about, 0), number)
            served.setdefault(about, set()).add(str(entry["g2p"]).rpartition("#")[2])
    for about, number in left.items():
        if last.get(about, 0) < number:
            served[about] = set()
    return served


def _list(store: Store, record: Record, tenants: Iterable[str], waiting: bool, run: str) -> bool:
    scope, _, id = str(record["pk"]).rpartition("#C#")
    there = still_there(scope, id)
    written = [_commit(store, (listed_put(scope, record, each, waiting=waiting), there), run) for each in tenants]
    if "name" in record:
        named = Check(keys.customer_key(scope, id), Condition(equal={"name": record["name"]}, missing=("erased",)))
        words = name_writes(scope, id, record.get("by"), None, record["name"])
        written.append(bool(words) and _commit(store, [*words, named], run))
    return any(written)


def _commit(store: Store, writes: Sequence[Write], run: str) -> bool:
    try:
        store.commit(writes, caller=run)
    except Cancelled:
        return False  # it is there, or their data was deleted meanwhile
    return True


def main() -> int:
    sys.stdout.write(f"{list_all(store())} customers were listed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
