"""Ten thousand numbers from 64 threads over the turn of a financial year: no gap, no double, at most 16 characters."""

from __future__ import annotations

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from batua import clock, ids
from batua.billing.numbering import next_number
from batua.billing.series import InvoiceKind
from batua.store import billing_keys, keys
from batua.store.store import Cancelled, Store
from batua.store.writes import ABSENT, Put
from tests.fakes.dynamodb import FakeDynamoDB

ZONE = "Asia/Kolkata"
SCOPE = keys.scope("live", ids.derived_id("ten", "numbers"))
KINDS: tuple[InvoiceKind, ...] = ("tax_invoice", "credit_note", "debit_note", "bill_of_supply", "receipt")
THREADS, EACH = 64, 157


class LockedDynamoDB(FakeDynamoDB):
    """Each request is atomic, as DynamoDB's are; other threads come between a read and the write after it."""

    copy = staticmethod(lambda item: item)

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def batch_get_item(self, *args: Any, **request: Any) -> Any:
        with self._lock:
            return super().batch_get_item(*args, **request)

    def transact_write_items(self, *args: Any, **request: Any) -> Any:
        with self._lock:
            return super().transact_write_items(*args, **request)


def test_numbers_have_no_gap_and_no_double_across_threads_and_years() -> None:
    store = Store(LockedDynamoDB(), "ledger", "directory", sleep=lambda _: None)
    turn = clock.day_start(2027_04_01, ZONE)

    def issue(thread: int) -> list[tuple[int, str]]:
        found = []
        for turn_of in range(EACH):
            # Half of them in the last hour of the year and half in the first of the next, by turns.
            now = turn + (-1, 0)[(thread + turn_of) % 2]
            kind = KINDS[turn_of % len(KINDS)]
            id = ids.derived_id("inv", str(thread), str(turn_of))
            while True:
                number, counted = next_number(store, SCOPE, "live", kind, now, ZONE)
                document = Put(billing_keys.billing_invoice_key(SCOPE, id), {"no": number, "at": now}, when=ABSENT)
                try:
                    store.commit([document, counted], caller=id)
                    break
                except Cancelled:
                    continue
            found.append((now, number))
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        issued = [each for found in pool.map(issue, range(THREADS)) for each in found]
    assert len(issued) == THREADS * EACH > 10_000
    series: dict[str, list[int]] = defaultdict(list)
    for now, number in issued:
        prefix, _, serial = number.rpartition("/")
        assert len(number) <= 16
        assert prefix.endswith("2627" if now < turn else "2728")
        series[prefix].append(int(serial))
    assert len(series) == 2 * len(KINDS)
    for prefix, serials in series.items():
        assert sorted(serials) == list(range(1, len(serials) + 1)), prefix
