"""Rows become entries, and entries are taken back: each under an idempotency key of the file's content and its line.

So a part may be run any number of times, and by any import of the same file, and gives its coins once. All of it goes
through the ledger's one posting path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from ..coins import counter
from ..customers.listing import newcomer_put
from ..customers.model import Customer, customer_put
from ..ledger.decisions import customer_coins
from ..ledger.decisions.customer_coins import Merchant
from ..ledger.errors import IdempotencyKeyConflict, LedgerBusy, PostingRefused
from ..ledger.model import CoinDecision, Origin, Wallet
from ..ledger.posting.customer_coins import PostingService
from ..ledger.posting.request import PostingRequest, PostingState, on_first_entry
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import read_entry, read_wallet
from ..store import keys
from ..store.keys import Scope
from ..store.store import Cancelled, Contended, Record, Store
from ..store.writes import Put
from .checking import ImportBooks, load_books
from .parts import CheckedRow, PartMissing, RowState, read_rows, write_rows
from .record import NEVER_POSTED, Import
from .records import apply_record_row, reverse_record_rows

_BATCH_SIZE: Final = 90
"""Rows whose wallets are read together."""

AT_ONCE: Final = 8
"""Rows of a part that are posted side by side: a row mostly waits for its transaction."""


class ImportBusy(Exception):
    """Others were at it, or a service did not answer: the part is to be run again."""


def apply_part(store: Store, record: Import, part: int, now: int) -> None:
    """Brings in the rows of a part that the check found ready. Raises ImportBusy."""
    books = load_books(store, record)
    rows = read_rows(record, "checked", part)
    ready = [row for row in rows if row.state == "ready"]
    for batch in _batches(ready):
        if record.kind in NEVER_POSTED:
            people = store.read({keys.customer_key(record.scope, str(row.customer)) for row in batch})
            work = partial(apply_record_row, store, record, known=people, now=now)
            _side_by_side(record, books, batch, work)
            continue
        wallets = _load_wallets(store, record, batch)
        _side_by_side(record, books, batch, partial(_apply_row, store, record, books, wallets=wallets, now=now))
    write_rows(record, "applied", part, rows)


def reverse_part(store: Store, record: Import, part: int, now: int) -> None:
    """Takes back what the rows of a part brought in, as far as it is still there. Raises ImportBusy."""
    books = load_books(store, record)
    rows = [row for row in read_rows(record, "checked", part) if row.state == "ready"]
    for batch in _batches(rows):
        if record.kind in NEVER_POSTED:
            reverse_record_rows(store, record, batch, _applied(record, part))
            continue
        entries = {row.number: _posting_request(record, books, row).id for row in batch if _moves_coins(row)}
        places = {n: keys.transaction_key(record.scope, id) for n, id in entries.items()}
        undone = {n: keys.reversed_sum_key(record.scope, id) for n, id in entries.items()}
        found = {**store.read(places.values()), **store.read(undone.values())}
        wallets = _load_wallets(store, record, batch)
        there = {n: entry for n, place in places.items() if (entry := found[place]) and entry["kind"] != "refused"}
        sums = {n: (found[undone[n]] or {}).get("sum", 0) for n in there}
        take_back = partial(_reverse_row, store, record, books, entries=there, sums=sums, wallets=wallets, now=now)
        _side_by_side(record, books, [row for row in batch if row.number in there], take_back)
        for row in batch:
            if row.number not in there:
                row.state, row.message = "unchanged", None
    write_rows(record, "reversed", part, rows)


def _applied(record: Import, part: int) -> dict[int, RowState]:
    """What became of each row as it was applied; empty where that run broke off before the end of the part."""
    try:
        return {row.number: row.state for row in read_rows(record, "applied", part)}
    except PartMissing:
        return {}


def _side_by_side(
    record: Import, books: ImportBooks, rows: Sequence[CheckedRow], work: Callable[[CheckedRow], None]
) -> None:
    """Does the work of each row, several at a time where no two rows write the same items. Raises ImportBusy."""
    # Bulk issues all write the merchant's month, and prefunded coins the merchant's wallet.
    prefunded = books.program.funding == "prefunded" and record.kind not in NEVER_POSTED
    alone = record.kind == "issue" or prefunded

    def run(row: CheckedRow) -> None:
        with busy_again():
            work(row)

    if alone or len(rows) < 2:
        for row in rows:
            run(row)
        return
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="import-row") as pool:
        for done in [pool.submit(run, row) for row in rows]:
            done.result()


def _apply_row(
    store: Store, record: Import, books: ImportBooks, row: CheckedRow, *, wallets: Mapping[str, Wallet], now: int
) -> None:
    assert row.customer is not None
    assert row.wallet is not None
    put = customer_put(record.scope, Customer(row.customer, now, phone=row.phone), by=record.tenant)
    if not _moves_coins(row):
        row.state = "unchanged" if row.known else "imported"
        _make_customer(store, put, newcomer_put(put, record.tenant))
        return
    wallet = wallets.get(row.wallet) or Wallet(row.wallet, row.customer)
    service = _posting_service(store, record, books, on_first_entry(put))
    try:
        posted = service.post(
            _posting_request(record, books, row), PostingState(wallet, now), _decision(record, books, row)
        )
    except PostingRefused as refused:
        problem = counter.coin_problem(refused, books.program)
        row.state, row.message = "refused", problem.message
        return
    except IdempotencyKeyConflict:
        row.state, row.message = "refused", "this line of the same file was imported before with other values"
        return
    row.state, row.transaction, row.moved = "imported", posted.entry.id, posted.entry.amount


def _decision(record: Import, books: ImportBooks, row: CheckedRow) -> Callable[[PostingState], CoinDecision]:
    program, merchant = books.program, _merchant(books)

    def decide(state: PostingState) -> CoinDecision:
        if record.kind == "balances":
            return customer_coins.decide_import(
                state.wallet, program, state.now, coins=row.coins or 0, expires=row.month
            )
        return customer_coins.decide_issue(
            state.wallet,
            program,
            merchant,
            state.now,
            coins=row.coins,
            bill=row.bill,
            shard=state.shard,
            campaigns=program.campaigns,
            exhausted=state.exhausted,
        )

    return decide


def _reverse_row(
    store: Store,
    record: Import,
    books: ImportBooks,
    row: CheckedRow,
    *,
    entries: Mapping[int, Record],
    sums: Mapping[int, int],
    wallets: Mapping[str, Wallet],
    now: int,
) -> None:
    entry, reversed = read_entry(entries[row.number]), sums[row.number]
    original = coin_entries.original_from(entry, 0)
    # What was spent stays spent: an import is taken back as a whole, and a customer is not sent below zero by it.
    program = replace(books.program, reversal="cap") if books.program.reversal == "reject" else books.program
    merchant = _merchant(books) if record.kind == "issue" else None

    def decide(state: PostingState) -> CoinDecision:
        assert state.original is not None
        return customer_coins.decide_reversal(
            state.wallet, program, state.original, state.now, merchant=merchant, shards=state.shards
        )

    request = PostingRequest(
        operation="import reversal",
        mode=Scope.of(record.scope).mode,
        scope=record.scope,
        source=_origin(record, row),
        key=f"{record.row_key(row.number)}:reverse",
        content={"original": entry.id},
    )
    state = PostingState(wallets[entry.wallet], now, original=replace(original, reversed=reversed))
    try:
        posted = _posting_service(store, record, books, ()).post(request, state, decide)
    except PostingRefused as refused:
        done = refused.refusal.code == "nothing_to_reverse"  # somebody has reversed this entry by itself
        row.state = "unchanged" if done else "refused"
        row.message = counter.coin_problem(refused, books.program).message
        return
    row.state, row.moved, row.transaction = "reversed", posted.entry.amount, posted.entry.id
    if posted.entry.shortfall:
        row.state = "short"
        amount = counter.coins_wire(posted.entry.shortfall, books.program)
        row.message = f"{amount} of the coins had been spent and could not be taken back"


def _posting_request(record: Import, books: ImportBooks, row: CheckedRow) -> PostingRequest:
    return PostingRequest(
        operation="import" if record.kind == "balances" else "bulk issue",
        mode=Scope.of(record.scope).mode,
        scope=record.scope,
        source=_origin(record, row),
        key=record.row_key(row.number),
        content={"wallet": row.wallet, "coins": row.coins, "bill": row.bill, "month": row.month},
    )


def _origin(record: Import, row: CheckedRow) -> Origin:
    """The user who applied the import, with the import's id in the note, so that an entry leads back to its file."""
    note = f"{record.id} line {row.number}" + (f": {row.note}" if row.note else "")
    who = record.applied_by or record.created_by
    return Origin(who, record.address, record.tenant, row.reference, note[:256])


def _posting_service(store: Store, record: Import, books: ImportBooks, extra: Any) -> PostingService:
    tenant = books.tenant
    scaling = tenant.scaling if record.kind == "issue" else None
    # A refusal is not kept: once what stood in its way is gone, the same part may be run again.
    return PostingService(store, books.program, tenant.shards, extra_writes=extra, keep_refusal=False, scaling=scaling)


def _merchant(books: ImportBooks) -> Merchant:
    return Merchant(books.tenant.id, books.tenant.program_since, books.tenant.rules)


def _load_wallets(store: Store, record: Import, rows: Sequence[CheckedRow]) -> dict[str, Wallet]:
    places = {row.wallet: keys.wallet_key(record.scope, row.wallet) for row in rows if row.wallet}
    found = store.read(places.values())
    return {wallet: read_wallet(stored) for wallet, place in places.items() if (stored := found[place])}


def _make_customer(store: Store, put: Put, listed: Put) -> None:
    with suppress(Cancelled):  # it is there
        store.commit([put, listed])


def _moves_coins(row: CheckedRow) -> bool:
    return row.coins is not None or row.bill is not None


def _batches(rows: list[CheckedRow]) -> list[list[CheckedRow]]:
    return [rows[start : start + _BATCH_SIZE] for start in range(0, len(rows), _BATCH_SIZE)]


@contextmanager
def busy_again() -> Iterator[None]:
    """What a service did not answer is tried again: the workflow runs the whole part anew."""
    try:
        yield
    except (LedgerBusy, Contended) as busy:
        raise ImportBusy(str(busy)) from busy
