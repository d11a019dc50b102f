"""Reminders of coins that expire: 30 and 7 days before, one message to each customer of a program.

An hourly job walks the programs that remind, and of each the wallets whose earliest coins expire with the month in
question (index `due` of the ledger). How far it came is written down after each page, so a run that is cut short is
carried on by the next, and a customer who is met twice gets one message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from .. import clock, observe
from ..customers.model import customer_wallet_id
from ..identity.tenant import read_program, read_tenant
from ..ledger.model import Program
from ..ledger.records.customer_coins import read_wallet
from ..store import keys, program_keys
from ..store.keys import Key
from ..store.store import Contended, Record, Store
from ..store.writes import Put
from .customer_texts import CustomerText, expiring_coins, keep_customer_text, send_at

_DAYS_BEFORE: Final = (30, 7)
_PAGE_SIZE: Final = 90
_STALE_MONTHS: Final = 3
"""Wallets whose earliest coins have expired, and that nobody touched since, are in the index under a past month: so
many months back they are looked for."""


def remind_of_expiry(store: Store, now: int, *, time_left: Callable[[], bool] = lambda: True) -> int:
    """Makes the reminders that are due and not made yet. Returns how many. A program that fails does so alone."""
    made = 0
    for row in store.query_all("directory", program_keys.REMINDING_PARTITION, index="by_name"):
        if not time_left():
            break
        key = Key("directory", row["pk"], row["sk"])
        try:
            owner = keys.tenant_key(str(row["pk"]).partition("#")[2])
            found = store.read([key, owner])
            record, owner_record = found[key], found[owner]
            program = read_program(record) if record else None
            if program is None or not program.messages.expiry_reminders or program.status == "draft":
                continue
            if owner_record is None or read_tenant(owner_record).status != "active":
                continue  # nobody can use coins of a suspended tenant; within the days it is made up for
            for month, days in due_reminders(program, now):
                made += _remind_program(store, program, month, days, now, time_left)
        except Contended:
            raise
        except Exception:
            observe.log().exception("customers could not be reminded of expiring coins", extra={"program": row["sk"]})
    return made


def due_reminders(program: Program, now: int) -> list[tuple[int, int]]:
    """Months whose coins expire within 30 days or 7 days from now, each with the shorter of the two."""
    this = clock.local_month(now, program.time_zone)
    due = []
    for month in (this, clock.add_months(this, 1)):
        left = clock.month_end(month, program.time_zone) - now
        within = [days for days in _DAYS_BEFORE if left < days * clock.DAY_MS]
        if within:
            due.append((month, min(within)))
    return due


def _remind_program(
    store: Store, program: Program, month: int, days: int, now: int, time_left: Callable[[], bool]
) -> int:
    place = program_keys.expiry_reminders_key(program.id, month, days)
    progress = store.read([place])[place] or {}
    if progress.get("done"):
        return 0
    made, scope = 0, keys.scope("live", program.owner)
    kept = {"ttl": (now + 400 * clock.DAY_MS) // 1000}
    months = [clock.add_months(month, -back) for back in range(_STALE_MONTHS, -1, -1)]
    for index in range(progress.get("part", 0), len(months)):
        after = progress.get("after") if index == progress.get("part", 0) else None
        for page in _pages(store, scope, months[index], after):
            made += sum(_remind_owner(store, program, scope, record, month, days, now) for record in page)
            store.write(Put(place, {"part": index, "after": str(page[-1]["pk"]).rpartition("#")[2], **kept}))
            if not time_left():
                return made
    store.write(Put(place, {"done": now, **kept}))
    return made


def _pages(store: Store, scope: str, month: int, after: str | None) -> Iterator[list[Record]]:
    """Wallets in the order of their ids, which are the index's sort key."""
    rows: list[Key] = []
    bounds: dict[str, Any] = {"since": f"{after}$"} if after else {}
    for row in store.query_all("ledger", f"{scope}#X#{month}", index="due", limit=_PAGE_SIZE, **bounds):
        rows.append(Key("ledger", row["pk"], row["sk"]))
        if len(rows) == _PAGE_SIZE:
            yield _wallet_records(store, rows)
            rows = []
    if rows:
        yield _wallet_records(store, rows)


def _wallet_records(store: Store, rows: list[Key]) -> list[Record]:
    found = store.read(rows)
    return [record for key in rows if (record := found[key]) is not None]


def _remind_owner(store: Store, program: Program, scope: str, record: Record, month: int, days: int, now: int) -> bool:
    wallet = read_wallet(record)
    # The index holds the wallets of all of an owner's programs.
    if wallet.id != customer_wallet_id(scope, program.id, wallet.customer) or wallet.status != "active":
        return False
    if not expiring_coins(wallet.lots, month, program, now):
        return False
    ends = clock.local_day(clock.month_end(month, program.time_zone), program.time_zone)
    text = CustomerText(
        scope=scope,
        customer=wallet.customer,
        occasion=f"EXPIRY#{program.id}#{month:06d}#{days:02d}",
        kind="coins_expire_soon",
        wish="expiry_reminders",
        tenant=program.owner,
        values={"brand": program.name, "date": f"{ends // 10000}-{ends // 100 % 100:02d}-{ends % 100:02d}"},
        due=send_at(program.messages, program.time_zone, now),
        wallet=wallet.id,
        program=(program.owner, program.id),
        month=month,
        made_at=now,
    )
    return keep_customer_text(store, text)
