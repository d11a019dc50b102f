"""The dry run: the file is split into parts, each row is read and looked up, and duplicates are found over all parts.

Nothing that it does is visible to a customer, and all of it may be done again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .. import clock, files
from ..customers import model as customers
from ..identity.tenant import Tenant, read_tenant
from ..ledger import lots
from ..ledger.model import Program
from ..ledger.records.customer_coins import read_wallet
from ..store import keys
from ..store.store import Store
from . import csv_files
from .csv_files import FileRejected
from .parts import PART_ROWS, CheckedRow, read_rows, read_source, write_rows, write_source
from .record import FAILED, NEVER_POSTED, Import, changed, commit_import
from .rows import FIELDS_OF, RowProblem, guess_mapping, read_row

_LOOKED_UP: Final = 50
"""Rows whose wallets and customers are read in one round trip."""


@dataclass(frozen=True, slots=True)
class ImportBooks:
    """The importing tenant and the program, as they are now."""

    tenant: Tenant
    program: Program


def load_books(store: Store, record: Import) -> ImportBooks:
    """Raises FileRejected where the tenant no longer runs the program."""
    key = keys.tenant_key(record.tenant)
    stored = store.read([key])[key]
    tenant = read_tenant(stored) if stored else None
    if tenant is None or not tenant.active or tenant.program is None or tenant.program.id != record.program:
        raise FileRejected("The tenant no longer runs the program that this import was created for.")
    return ImportBooks(tenant, tenant.program)


def split_file(store: Store, record: Import, now: int) -> Import | None:
    """Splits what was uploaded into parts. None where the import has changed meanwhile.

    A file that cannot be read leaves the import `rejected`, with the reason.
    """
    try:
        after = _split(record)
    except FileRejected as refusal:
        after = changed(record, status="rejected", phase=None, reason=str(refusal), checked_at=now)
    return after if commit_import(store, record, after) else None


def _split(record: Import) -> Import:
    content = files.read_content(record.upload_key, csv_files.MAX_IMPORT_BYTES)
    if content is None:
        raise FileRejected("No file was uploaded, or more than a day ago. Create another import and upload it again.")
    if len(content) != record.size:
        raise FileRejected(f"The file has {len(content):,} bytes, but {record.size:,} were announced.")
    digest = hashlib.sha256(content).hexdigest()
    if record.sha256 not in (None, digest):
        raise FileRejected(f"The file's SHA-256 is {digest}, which is not the one that was announced.")
    table = csv_files.read_table(csv_files.decoded(content))
    del content
    _, header = next(table, (1, []))
    headers = tuple(cell.strip() for cell in header)
    mapping = _mapped(record, headers)
    places = {field: headers.index(column) for field, column in mapping.items()}
    part, rows, total = 0, [], 0
    for number, cells in table:
        rows.append((number, {field: cells[at] for field, at in places.items() if at < len(cells)}))
        total += 1
        if len(rows) == PART_ROWS:
            part += 1
            write_source(record, part, rows)
            rows = []
    if rows:
        part += 1
        write_source(record, part, rows)
    if not total:
        raise FileRejected("The file has a header but no rows." if headers else "The file is empty.")
    return changed(
        record, digest=digest, headers=headers, mapping=mapping, parts=part, counts={"rows": total}, reason=None
    )


def _mapped(record: Import, headers: tuple[str, ...]) -> dict[str, str]:
    """Field -> column, by the request's mapping or the usual names. Raises FileRejected."""
    mapping = dict(record.mapping) or guess_mapping(headers, record.kind)
    named = f"The file's columns are {', '.join(headers[:20]) or 'none'}."
    for field, column in mapping.items():
        if headers.count(column) != 1:
            often = "is not in the file" if column not in headers else "is in the file more than once"
            raise FileRejected(f"The column {column!r}, mapped to {field}, {often}. {named}")
    for field in ("phone", "date") if record.kind == "history" else ("phone",):
        if field not in mapping:
            what = "the phone number" if field == "phone" else "the date"
            raise FileRejected(f"No column holds {what}: name it in mapping.{field}. {named}")
    amounts = {"coins", "bill_amount"} & set(FIELDS_OF[record.kind])
    if record.kind == "issue" and not amounts & set(mapping):
        raise FileRejected(f"No column holds coins or bill_amount: name one in mapping. {named}")
    return mapping


def check_part(store: Store, record: Import, part: int, now: int) -> None:
    """Reads every row of a part, and looks its customer up."""
    books = load_books(store, record)
    checked: list[CheckedRow] = []
    for number, cells in read_source(record, part):
        try:
            row = read_row(number, cells, record.kind, books.program, books.tenant.region, now)
        except RowProblem as problem:
            checked.append(CheckedRow(number, "problem", phone=cells.get("phone", "")[:32], message=str(problem)))
            continue
        customer = customers.customer_id_by_phone(record.scope, books.program.owner, row.phone)
        wallet = customers.customer_wallet_id(record.scope, books.program.id, customer)
        found = CheckedRow(number, "ready", row.phone, customer, wallet, row.coins, row.month, row.bill, row.reference)
        found.note, found.details = row.note, dict(row.details) if row.details is not None else None
        checked.append(found)
    ready = [row for row in checked if row.state == "ready"]
    for start in range(0, len(ready), _LOOKED_UP):
        _look_up(store, record, books.program, ready[start : start + _LOOKED_UP], now)
    write_rows(record, "checked", part, checked)


def _look_up(store: Store, record: Import, program: Program, rows: list[CheckedRow], now: int) -> None:
    wallets = {row.wallet: keys.wallet_key(record.scope, row.wallet) for row in rows if row.wallet}
    people = {row.customer: keys.customer_key(record.scope, row.customer) for row in rows if row.customer}
    found = store.read([*wallets.values(), *people.values()])
    month = clock.local_month(now, program.time_zone)
    for row in rows:
        stored = found[wallets[row.wallet]] if row.wallet else None
        if stored:
            wallet = read_wallet(stored)
            row.balance = wallet.balance - sum(lots.expired_lots(wallet.lots, month).values())
            if wallet.status != "active" and record.kind not in NEVER_POSTED:
                row.state, row.message = "problem", "phone belongs to a customer whose wallet is frozen"
        row.known = bool(stored or (row.customer and found[people[row.customer]]))


def find_duplicates(record: Import) -> Iterable[list[CheckedRow]]:
    """Marks the rows that say again what an earlier one said, part by part; yields each part as it is then."""
    first: dict[tuple[object, ...], int] = {}
    repeats = Counter[tuple[object, ...]]()
    for part in range(1, record.parts + 1):
        rows = read_rows(record, "checked", part)
        changes = False
        for row in rows:
            if row.state == "problem":
                continue
            earlier = first.setdefault(row.identity, row.number)
            if earlier == row.number:
                continue
            said = "is about the same customer as" if record.kind == "customers" else "says the same as"
            message = f"{said} line {earlier}"
            # Two profiles of one customer would depend on which of them is brought in first.
            keeps = record.duplicates == "keep" and record.kind != "customers"
            state = "ready" if keeps else "duplicate"
            ordinal = repeats[row.identity] = repeats[row.identity] + 1
            changes |= (row.state, row.message) != (state, message)
            row.state, row.message = state, message  # type: ignore[assignment]
            if record.kind == "history" and row.details is not None:
                row.details["ordinal"] = ordinal
        if changes:
            write_rows(record, "checked", part, rows)
        yield rows


def count_checked(
    record: Import, counts: Counter[str], expiry: Counter[str], rows: Iterable[CheckedRow], seen: set[str]
) -> None:
    """Adds a part to what the dry run answers. `seen` are the customers counted so far."""
    for row in rows:
        counts["rows"] += 1
        counts[row.state if row.state != "problem" else "problems"] += 1
        if row.state == "ready" and row.message:
            counts["repeated"] += 1
        if row.state != "ready" or row.customer is None:
            continue
        if row.customer not in seen:
            seen.add(row.customer)
            counts["known_customers" if row.known else "new_customers"] += 1
        if record.kind in NEVER_POSTED:
            continue
        counts["coins"] += row.coins or 0
        if row.month:
            expiry[str(row.month)] += row.coins or 0


def fail_run(store: Store, record: Import, run: int, reason: str) -> None:
    """Says that a run of the workflow has failed for good; it may be started again."""
    if record.phase is None or record.run != run:
        return
    commit_import(store, record, changed(record, status=FAILED[record.phase], phase=None, reason=reason))
