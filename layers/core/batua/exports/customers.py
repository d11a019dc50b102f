"""The customers of a tenant's counter, in the order of its activity, with more than the list of the API says."""

from __future__ import annotations

from typing import Any, Final

from .. import clock
from ..coins import counter
from ..coins.imported_history import imported_line
from ..customers import model as customers
from ..customers.past import past_of
from ..ledger import lots
from ..ledger.decisions import customer_coins
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import read_wallet
from ..store import import_keys, keys
from .reader import CollectionPage, Reader

_ENTRIES: Final = 500
"""Entries that one page looks at."""

_BATCH_SIZE: Final = 50
"""Imported customers of one page: each has its history read."""


def read_imported_customers(reader: Reader, cursor: str | None) -> CollectionPage:
    """Those whom an import of this tenant has made or described, with what they did in the other system."""
    caller, program = reader.caller, counter.program_of(reader.caller)
    number, _, after = (cursor or "0:").partition(":")
    page = reader.store.query(
        "directory",
        import_keys.imported_customers_partition(caller.scope, int(number)),
        index="by_parent",
        since=f"{after}!" if after else None,
        limit=_BATCH_SIZE,
    )
    rows: list[Any] = []
    for record in page.items:
        customer = customers.read_customer(record)
        if customer.registered_by == caller.tenant.id or caller.tenant.id == caller.claims.owner:
            history = [
                imported_line(past, program).model_dump()
                for _, past in past_of(reader.store, caller.scope, customer.id)
            ]
            rows.append(
                {
                    "customer_id": customer.id,
                    "phone": customer.phone,
                    "name": customer.name,
                    "language": customer.preferences.get("language"),
                    "registered_at": clock.iso(customer.created_at),
                    "history": history,
                }
            )
    if page.last:
        return rows, f"{number}:{page.items[-1]['g1s']}"
    following = int(number) + 1
    return rows, f"{following}:" if following < import_keys.IMPORTED_PARTITIONS else None


def read_customers(reader: Reader, cursor: str | None) -> CollectionPage:
    """Those served at the next entries, the newest first, without those seen before.

    Phone numbers and names are shown to the owner of the program and to the merchant who registered the customer.
    """
    caller, program = reader.caller, counter.program_of(reader.caller)
    scope, merchant = caller.scope, caller.tenant.id
    after = coin_entries.start_after(scope, merchant, cursor) if cursor else None
    page = coin_entries.merchant_activity(reader.store, scope, merchant, limit=_ENTRIES, after=after)
    wallets: dict[str, str] = {}
    last = None
    for entry in coin_entries.read_entries(page):
        last = f"{clock.iso(entry.at)}#{entry.id}"
        if entry.asset == program.asset and entry.customer not in reader.seen:
            wallets.setdefault(entry.customer, entry.wallet)
    found = reader.store.read(
        [keys.customer_key(scope, id) for id in wallets] + [keys.wallet_key(scope, id) for id in wallets.values()]
    )
    rows: list[Any] = []
    for id, wallet_id in wallets.items():
        profile, record = found[keys.customer_key(scope, id)], found[keys.wallet_key(scope, wallet_id)]
        customer = customers.read_customer(profile) if profile else None
        row: dict[str, Any] = {"customer_id": id, "wallet_id": wallet_id}
        if customer:
            own = merchant in (customer.registered_by, caller.claims.owner)
            row |= {
                "phone": customer.phone if own else customer.masked_phone,
                "name": customer.name if own else None,
                "source_id": customer.source_id if own else None,
                "registered_at": clock.iso(customer.created_at),
            }
        if record:
            wallet = read_wallet(record)
            now = customer_coins.wallet_as_of(wallet, program, reader.now)
            live = lots.subtract_lots(wallet.lots, now.expired)
            row |= {
                "status": wallet.status,
                "balance": counter.coins_wire(now.balance, program),
                "held": counter.coins_wire(wallet.held, program),
                "last_visit": clock.iso(wallet.last_at),
                "expiring": [lot.model_dump() for lot in counter.lot_coins(live, program)],
            }
        rows.append(row)
    return rows, last if page.last else None
