"""Reads vendors' catalogues anew, on a schedule: what is new or changed is written, what is gone is deleted.

A catalogue counts as a whole. Where a vendor falls silent in the middle, nothing is deleted, and the account says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from .. import ids, observe
from ..store import market_keys
from ..store.store import Record, Store
from ..store.writes import Delete, Put
from .account import VendorAccount, read_account_record
from .exchange import VendorSilent
from .vendor import ListedVendor
from .vendor_products import product_item, vendor_product_id
from .vendors import listed_vendor, read_catalogue

FRESH_MS: Final = 6 * 60 * 60 * 1000
RETRY_MS: Final = 60 * 60 * 1000
MOST_PRODUCTS: Final = 2_000
"""Of one account."""
VendorOfAccount = Callable[[Store, VendorAccount, int], ListedVendor]


def refresh_catalogues(store: Store, now: int, vendor_of: VendorOfAccount = listed_vendor) -> int:
    """Refreshes the catalogues that are due; one that fails delays no other. How many were refreshed."""
    refreshed = 0
    for row in store.query_all("directory", market_keys.VENDOR_ACCOUNTS_PARTITION, index="by_parent"):
        account = read_account_record(row)
        key = market_keys.vendor_catalogue_key(account.scope, account.tenant, account.vendor)
        last = store.read([key])[key]
        if account.status != "active" or not _is_due(last, account, now):
            continue
        try:
            count = refresh_catalogue(store, account, now, vendor_of)
        except VendorSilent as silent:
            fault: dict[str, Any] = {"fault": silent.silence, "tried": now, "gen": account.generation}
            kept: dict[str, Any] = {name: last[name] for name in ("at", "count") if last and name in last}
            store.write(Put(key, {**kept, **fault}))
            observe.log().warning("a vendor's catalogue was not refreshed", extra={"vendor": account.vendor, **fault})
            continue
        except Exception:
            about = {"vendor": account.vendor, "tenant": account.tenant}
            observe.log().exception("a vendor's catalogue could not be refreshed", extra=about)
            continue
        store.write(Put(key, {"at": now, "tried": now, "count": count, "gen": account.generation}))
        refreshed += 1
    return refreshed


def _is_due(last: Record | None, account: VendorAccount, now: int) -> bool:
    if last is None or last.get("gen") != account.generation:
        return True
    if "fault" in last:
        return bool(now - last["tried"] >= RETRY_MS)
    return bool(now - last["at"] >= FRESH_MS)


def refresh_catalogue(
    store: Store, account: VendorAccount, now: int, vendor_of: VendorOfAccount = listed_vendor
) -> int:
    """Makes the cached products those that the vendor lists. How many there are. Raises VendorSilent."""
    partition = market_keys.market_products_partition(account.scope, account.tenant)
    cached = {
        str(row["pk"]).rpartition("#")[2]: row
        for row in store.query_all("directory", partition, index="by_parent")
        if row["ven"] == account.vendor
    }
    # All of it before anything is written: half a catalogue is none.
    listed = list(read_catalogue(vendor_of(store, account, now), MOST_PRODUCTS))
    gone = dict(cached)
    for product in listed:
        id = vendor_product_id(account.scope, account.tenant, account.vendor, product.sku)
        before = gone.pop(id, None)
        item = product_item(account, product, before["ver"] + 1 if before else 1)
        if before is None or _stored_fields(before) != _stored_fields(item):
            store.write(Put(market_keys.market_product_key(account.scope, id), item))
    for id in gone:
        store.commit([Delete(market_keys.market_product_key(account.scope, id))], caller=ids.new_id("req"))
    return len(listed)


def _stored_fields(record: Record) -> dict[str, Any]:
    skipped = ("pk", "sk", "ver")
    return {name: value for name, value in record.items() if name not in skipped and value is not None}
