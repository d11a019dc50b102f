"""Rows that are stored outside the ledger: customers' profiles, and their history in another system.

A profile fills in what is not known yet and never replaces what is; a line of history is kept once, by what it says. So
a part may be run any number of times, and nothing in here moves value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..customers.listing import list_brought_in, name_writes, newcomer_put
from ..customers.model import Customer, customer_listing, customer_put
from ..customers.past import PastTransaction, past_deletion, past_item
from ..customers.tags import tags_item
from ..store import keys
from ..store.customer_keys import customer_tags_key, listed_customer_key
from ..store.keys import Key
from ..store.store import Cancelled, ConditionFailed, Contended, Record, Store, commit_creation
from ..store.writes import ABSENT, Check, Condition, Delete, Put, Update
from .parts import CheckedRow, RowState
from .record import Import

_MAX_ATTEMPTS: Final = 5
_BY: Final[Mapping[str, str]] = {"name": "name_by", "prefs": "prefs_by"}
"""What a profile sets, and the attribute that says which import did."""


def apply_record_row(
    store: Store, record: Import, row: CheckedRow, known: Mapping[Key, Record | None], now: int
) -> None:
    """Brings in one row. `known` are the customers of its batch. Raises Contended where the record keeps changing."""
    assert row.customer is not None
    about = keys.customer_key(record.scope, row.customer)
    _keep_profile(store, record, row, known[about], now)
    if record.kind == "history" and row.state == "imported":
        _keep_past(store, record, row)
    elif (row.details or {}).get("tags") and row.state != "refused":
        _keep_tags(store, record, row, now)


def _keep_profile(store: Store, record: Import, row: CheckedRow, there: Record | None, now: int) -> None:
    assert row.customer is not None
    about = keys.customer_key(record.scope, row.customer)
    wanted = _profile_attributes(row)
    for _ in range(_MAX_ATTEMPTS):
        if there is None:
            marks = {"made_by": record.id, **{_BY[name]: record.id for name in wanted}}
            customer = Customer(row.customer, now, phone=row.phone)
            listing = customer_listing(record.scope, row.customer)
            put = customer_put(record.scope, customer, by=record.tenant, **wanted, **marks, **listing)
            named = name_writes(record.scope, row.customer, record.tenant, None, wanted.get("name"))
            there = commit_creation(store, [put, newcomer_put(put, record.tenant), *named], caller=record.id)
            if there is not None:
                continue
            row.state = "imported"
            return
        if there.get("erased"):
            row.state = "refused"
            row.message = "this customer had their personal data deleted; they come back when they sign in"
            return
        if there.get("by") == record.tenant:
            list_brought_in(store, record.scope, there, caller=record.id)
        ours = record.id in (there.get("made_by"), *(there.get(by) for by in _BY.values()))
        missing = {name: value for name, value in wanted.items() if name not in there}
        if not missing:
            kept = [name for name in wanted if there.get(_BY[name]) != record.id]
            row.state = "imported" if ours or record.kind == "history" else "unchanged"
            if kept and record.kind == "customers":
                row.message = f"kept as it was: {', '.join('preferences' if n == 'prefs' else n for n in kept)}"
            return
        listing = customer_listing(record.scope, row.customer)
        change = {**missing, **{_BY[name]: record.id for name in missing}, **listing}
        fill_in = Update(about, set=change, when=Condition(present=("pk",), missing=(*missing, "erased")))
        named = name_writes(record.scope, row.customer, there.get("by"), None, missing.get("name"))
        try:
            store.commit([fill_in, *named])
        except Cancelled as failed:
            there = failed.reasons[0].item
            continue
        row.state = "imported"
        return
    raise Contended("the customer's record changed all the time")


def _keep_tags(store: Store, record: Import, row: CheckedRow, now: int) -> None:
    """Where the tenant has put none on the customer yet."""
    assert row.customer is not None
    assert row.details is not None
    item = {**tags_item(row.details["tags"], record.created_by, now), "import": record.id}
    try:
        store.write(Put(customer_tags_key(record.scope, row.customer, record.tenant), item, when=ABSENT))
    except ConditionFailed as failed:
        if (failed.item or {}).get("import") != record.id:
            row.message = "; ".join(filter(None, (row.message, "kept as it was: tags")))
        else:
            row.state = "imported"
    else:
        row.state = "imported"


def _take_tags_out(store: Store, record: Import, row: CheckedRow) -> bool:
    if not (row.details or {}).get("tags"):
        return False
    key = customer_tags_key(record.scope, str(row.customer), record.tenant)
    return _commit_if_unchanged(store, [Delete(key, when=Condition(equal={"import": record.id}))])


def _profile_attributes(row: CheckedRow) -> dict[str, Any]:
    """The attributes of a customer's record that a row of a profile fills in."""
    said, wanted = row.details or {}, dict[str, Any]()
    if "name" in said:
        wanted["name"] = said["name"]
    chosen = {"language": said["language"]} if "language" in said else {}
    if "messages" in said:
        chosen |= {"receipts": said["messages"], "expiry_reminders": said["messages"]}
    if chosen:
        wanted["prefs"] = chosen
    return wanted


def _past(record: Import, row: CheckedRow) -> PastTransaction:
    said = row.details or {}
    return PastTransaction(
        at=said["at"],
        type=said["type"],
        coins=row.coins,
        bill=row.bill,
        reference=row.reference,
        place=said.get("place"),
        note=row.note,
        ordinal=said.get("ordinal", 0),
        source=record.id,
    )


def _keep_past(store: Store, record: Import, row: CheckedRow) -> None:
    assert row.customer is not None
    past = _past(record, row)
    try:
        store.write(Put(past.key(record.scope, row.customer), past_item(past), when=ABSENT))
    except ConditionFailed as failed:
        other = (failed.item or {}).get("import")
        if other != record.id:
            row.state, row.message = "unchanged", f"{other} has brought in the same line"


def reverse_record_rows(
    store: Store, record: Import, rows: Sequence[CheckedRow], applied: Mapping[int, RowState]
) -> None:
    """Removes what the rows brought in: lines of history, the fields of profiles that were not changed since, and
    customers that this import made and nobody has used since. `applied`: what became of each row then."""
    lines = {row.number: _past(record, row).key(record.scope, str(row.customer)) for row in rows if _is_past(row)}
    people = {row.number: keys.customer_key(record.scope, str(row.customer)) for row in rows}
    found = store.read({*lines.values(), *people.values()})
    own = {number: line for number, line in lines.items() if (found[line] or {}).get("import") == record.id}
    deletions = [past_deletion(line, record.id) for line in dict.fromkeys(own.values())]
    if deletions and not _commit_if_unchanged(store, deletions):
        raise Contended("lines of history changed while they were taken out")
    met: set[Key] = set()
    for row in rows:
        about = people[row.number]
        taken = _take_tags_out(store, record, row)
        taken |= about not in met and _take_profile_out(store, record, row, found[about])
        met.add(about)
        row.message = None
        done = taken or row.number in own or applied.get(row.number) == "imported"
        row.state = "reversed" if done else "unchanged"


def _take_profile_out(store: Store, record: Import, row: CheckedRow, there: Record | None) -> bool:
    if there is None:
        return False
    about = keys.customer_key(record.scope, str(row.customer))
    own = [name for name, by in _BY.items() if there.get(by) == record.id]
    nameless = name_writes(record.scope, str(row.customer), there.get("by"), there.get("name"), None)
    if there.get("made_by") == record.id and not there.get("seen") and not there.get("erased"):
        same = Condition(equal={"made_by": record.id}, missing=("seen", "erased"))
        unused = Check(keys.wallet_key(record.scope, str(row.wallet)), ABSENT)
        chosen = "prefs" in there and "prefs" not in own
        unlisted = [Delete(listed_customer_key(record.scope, str(row.customer), record.tenant)), *nameless]
        if not chosen and _commit_if_unchanged(store, [Delete(about, when=same), unused, *unlisted]):
            return True
    taken = False
    for name in own:
        still = Condition(equal={_BY[name]: record.id})
        unnamed = nameless if name == "name" else []
        taken |= _commit_if_unchanged(store, [Update(about, remove=(name, _BY[name]), when=still), *unnamed])
    return taken


def _commit_if_unchanged(store: Store, writes: Sequence[Any]) -> bool:
    """False if the records have been changed in the meantime."""
    try:
        store.commit(list(writes))
    except Cancelled:
        return False
    return True


def _is_past(row: CheckedRow) -> bool:
    return row.details is not None and "at" in row.details
