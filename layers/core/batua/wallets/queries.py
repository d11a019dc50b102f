"""Lists a tenant's wallets, and reads one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply
from ..coins import counter
from ..identity.credentials import Claims
from ..ledger import lots
from ..ledger.decisions import customer_coins
from ..ledger.decisions.tenant_money import FundsBalance, TenantWallet
from ..ledger.model import Program, Wallet
from ..ledger.queries import money_entries
from ..ledger.records.customer_coins import read_wallet
from ..ledger.records.tenant_money import read_funds_balance, read_tenant_wallet, read_wallet_name
from ..money import to_wire
from ..store import keys
from ..store.keys import Key
from ..store.store import Record
from . import service
from .models import WalletDetail, WalletOut, WalletsQuery


@dataclass(frozen=True, slots=True)
class RupeeWalletLookup:
    """The tenant's wallet in rupees, which leads the list also before its first use."""

    wallet: TenantWallet

    @property
    def keys(self) -> list[Key]:
        return [self.wallet.key]


def prefetch_rupee_wallet(claims: Claims, query: WalletsQuery, request: Request) -> RupeeWalletLookup:
    return RupeeWalletLookup(service.default_wallets(service.own_scope(claims), None)[0])


def list_tenant_wallets(call: Call[WalletsQuery]) -> Reply:
    """The tenant's own wallets, by their ids; the one in rupees is there from the beginning."""
    caller, query = call.caller, call.input
    rupees: TenantWallet = call.lookup.wallet
    filters = {"list": "wallets", "mode": caller.mode}
    after = cursor.open_cursor(caller.tenant.id, filters, query.cursor) if query.cursor else None
    there, last = money_entries.load_wallet_records(call.store, rupees.scope, limit=query.limit, after=after)
    shown = [WalletOut(**wallet_fields(read_tenant_wallet(each), each, caller.tenant.program)) for each in there]
    if after is None and call.loaded[rupees.key] is None:
        shown.insert(0, WalletOut(**wallet_fields(rupees, None, caller.tenant.program)))
    following = cursor.seal_cursor(caller.tenant.id, filters, last) if last else None
    return Reply(shown, meta={"next_cursor": following, "limit": query.limit})


def prefetch_wallet(claims: Claims, body: Any, request: Request) -> service.WalletsLookup:
    return service.prefetch_wallets(claims, request.path["id"], coins=True)


def read_tenant_wallet_detail(call: Call[None]) -> WalletDetail:
    """One wallet: the tenant's own, or a customer's in its program, with the lots that will expire."""
    lookup: service.WalletsLookup = call.lookup
    program, (id,) = call.caller.tenant.program, lookup.wallets
    coins = call.loaded[keys.wallet_key(str(lookup.coins), id)]
    if coins is not None and program is not None:
        return _coin_wallet(read_wallet(coins), program, call)
    wallet = service.own_wallet(call.loaded, lookup.scope, id, program)
    return WalletDetail(**wallet_fields(wallet, call.loaded[wallet.key], program), expiring=[], mode=call.caller.mode)


def _coin_wallet(wallet: Wallet, program: Program, call: Call[None]) -> WalletDetail:
    if "customers:read" not in call.caller.permissions:
        raise errors.WALLET_NOT_FOUND()
    now = customer_coins.wallet_as_of(wallet, program, call.now)
    return WalletDetail(
        wallet_id=wallet.id,
        name=None,
        type="coins",
        asset=program.asset,
        customer=wallet.customer,
        balance=to_wire(now.balance, program.scale),
        held=to_wire(wallet.held, program.scale),
        available=to_wire(now.available, program.scale),
        overdraft_limit=0,
        status=wallet.status,
        expiring=counter.lot_coins(lots.subtract_lots(wallet.lots, now.expired), program),
        mode=call.caller.mode,
    )


def wallet_fields(wallet: TenantWallet, record: Record | None, program: Program | None) -> dict[str, Any]:
    """What is shown of a tenant's own wallet; `record` is its item, which it may have none of yet."""
    scale, funds = service.scale_of(wallet.asset, program), read_funds_balance(record) or FundsBalance()
    return {
        "wallet_id": wallet.id,
        "name": read_wallet_name(record) if record else None,
        "type": "funds",
        "asset": wallet.asset,
        "customer": wallet.customer,
        "balance": to_wire(funds.balance, scale),
        "held": to_wire(funds.held, scale),
        "available": to_wire(funds.available, scale),
        "overdraft_limit": to_wire(funds.overdraft, scale),
        "status": "closed" if funds.closed else "frozen" if funds.frozen else "active",
    }
