"""Which vendor carries out an order: the house, or another by the account that it was placed with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from .. import clock
from ..identity import sealing
from ..settings import settings
from ..store import market_keys
from ..store.keys import Scope
from ..store.store import Store
from ..store.writes import Put
from .account import VendorAccount, read_account_record
from .exchange import VendorSilent
from .house import HouseVendor
from .order import Order
from .runa import RunaVendor
from .vendor import ListedVendor, Vendor, VendorAnswer, VendorOrder, VendorProduct
from .woohoo import TOKEN_DAYS, WoohooVendor

_ANSWERED: Final = frozenset({"delivered", "processing", "refused"})


def vendor_of_order(store: Store, scope: str, order: Order, now: int) -> Vendor:
    if order.vendor == "house":
        return HouseVendor(store, order.owner, now)
    account = load_vendor_account(store, scope, order.owner, order.vendor)
    if account is None or str(order.generation) not in account.secrets:
        return SilentVendor("account_missing")
    try:
        own = listed_vendor(store, account, now, order.generation)
    except VendorSilent as silent:
        return SilentVendor(silent.silence)
    newest = None if order.generation == account.generation else listed_vendor(store, account, now)
    return AccountVendor(own, newest)


def load_vendor_account(store: Store, scope: str, tenant: str, vendor: str) -> VendorAccount | None:
    key = market_keys.vendor_account_key(scope, tenant, vendor)
    record = store.read([key])[key]
    return read_account_record(record) if record else None


def listed_vendor(store: Store, account: VendorAccount, now: int, generation: int | None = None) -> ListedVendor:
    """The account's vendor, with the credentials of a generation or the newest.

    Raises VendorSilent where they can't be opened: the vendor can't be asked until they are entered again.
    """
    try:
        known, generation = account.credentials(generation), generation or account.generation
    except sealing.SecretUnreadable as fault:
        raise VendorSilent("vendor_credentials") from fault
    if account.vendor == "runa":
        live = Scope.of(account.scope).mode == "live"
        return RunaVendor(settings().runa_url if live else settings().runa_sandbox_url, known["api_key"])
    url = settings().woohoo_url or f"https://{account.settings['host']}"
    buyer = {name: value for name, value in account.settings.items() if name != "host"}
    return WoohooVendor(url, known, buyer, now, _kept_token(store, account, generation, now))


@dataclass(frozen=True, slots=True)
class SilentVendor:
    """A vendor that can't be reached: the outcome of its orders stays unknown."""

    reason: str

    def may_place(self, order: VendorOrder, now: int) -> bool:
        return False

    def place(self, order: VendorOrder) -> VendorAnswer:
        return VendorAnswer("unknown", reason=self.reason)

    def status(self, order: VendorOrder, now: int) -> VendorAnswer:
        return VendorAnswer("unknown", reason=self.reason)


@dataclass(frozen=True, slots=True)
class AccountVendor:
    """An order's own credentials; where they are no longer good, newer ones may find it but not deny it.

    The newer ones may be of another account of the vendor, which knows nothing of the order.
    """

    own: ListedVendor
    newest: ListedVendor | None

    def may_place(self, order: VendorOrder, now: int) -> bool:
        return self.own.may_place(order, now)

    def place(self, order: VendorOrder) -> VendorAnswer:
        return self.own.place(order)

    def status(self, order: VendorOrder, now: int) -> VendorAnswer:
        answer = self.own.status(order, now)
        if self.newest is None or answer.reason != "vendor_credentials":
            return answer
        found = self.newest.status(order, now)
        return found if found.kind in _ANSWERED else answer


def _kept_token(store: Store, account: VendorAccount, generation: int, now: int) -> Callable[..., str]:
    key = market_keys.vendor_token_key(account.scope, account.tenant, account.vendor, generation)

    def token(new: Callable[[], str], renew: bool) -> str:
        kept = None if renew else store.read([key])[key]
        if kept and now - kept["at"] < TOKEN_DAYS * clock.DAY_MS:
            return sealing.open_tenant_secret(account.tenant, account.context, kept["seal"]).decode()
        fresh = new()
        sealed = sealing.seal_tenant_secret(account.tenant, account.context, fresh)
        store.write(Put(key, {"seal": sealed, "at": now, "ttl": now // 1000 + 8 * 86_400}))
        return fresh

    return token


def read_catalogue(vendor: ListedVendor, most: int) -> Iterator[VendorProduct]:
    """At most so many products, each once. Raises VendorSilent, also where the vendor lists more."""
    seen: set[str] = set()
    for product in vendor.catalogue():
        if product.sku in seen:
            continue
        seen.add(product.sku)
        if len(seen) > most:
            raise VendorSilent("unreadable_answer")
        yield product
