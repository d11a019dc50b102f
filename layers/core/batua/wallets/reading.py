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
from ..ledger import decide, funds_read, lots
from ..ledger.accounts import Funds, TenantWallet
from ..ledger.entry import read_wallet
from ..ledger.funds_entry import read_funds
from ..ledger.model import Program, Wallet
from ..money import to_wire
from ..store import keys
from ..store.keys import Key
from . import purse
from .models import WalletDetail, WalletShown, WalletsQuery


@dataclass(frozen=True, slots=True)
class Rupees:
    """The tenant's wallet in rupees, which leads the list also before its first use."""

    wallet: TenantWallet

    @property
    def keys(self) -> list[Key]:
        return [self.wallet.key]


def seek_rupees(claims: Claims, query: WalletsQuery, request: Request) -> Rupees:
    return Rupees(purse.born_with(purse.own_scope(claims), None)[0])


def list_wallets(call: Call[WalletsQuery]) -> Reply:
    """The tenant's own wallets, by their ids; the one in rupees is there from the beginning."""
    caller, query = call.caller, call.input
    rupees: TenantWallet = call.sought.wallet
    after = cursor.unseal(caller.tenant.id, {}, query.cursor) if query.cursor else None
    there, last = funds_read.wallets(call.store, rupees.scope, limit=query.limit, after=after)
    if after is None and call.found[rupees.key] is None:
        there.insert(0, (rupees, Funds()))
    shown = [WalletShown(**_shown(wallet, funds, caller.tenant.program)) for wallet, funds in there]
    following = cursor.seal(caller.tenant.id, {}, last) if last else None
    return Reply(shown, meta={"next_cursor": following, "limit": query.limit})


def seek_wallet(claims: Claims, body: Any, request: Request) -> purse.Named:
    return purse.named(claims, request.path["id"], coins=True)


def read(call: Call[None]) -> WalletDetail:
    """One wallet: the tenant's own, or a customer's in its program, with the lots that will expire."""
    sought: purse.Named = call.sought
    program, (id,) = call.caller.tenant.program, sought.wallets
    coins = call.found[keys.wallet(str(sought.coins), id)]
    if coins is not None and program is not None:
        return _coins(read_wallet(coins), program, call)
    wallet = purse.own_wallet(call.found, sought.scope, id, program)
    funds = read_funds(call.found[wallet.key]) or Funds()
    return WalletDetail(**_shown(wallet, funds, program), expiring=[], mode=call.caller.mode)


def _coins(wallet: Wallet, program: Program, call: Call[None]) -> WalletDetail:
    if "customers:read" not in call.caller.permissions:
        raise errors.WALLET_NOT_FOUND()
    now = decide.touch(wallet, program, call.now)
    return WalletDetail(
        wallet_id=wallet.id,
        type="coins",
        asset=program.asset,
        customer=wallet.customer,
        balance=to_wire(now.available + wallet.held, program.scale),
        held=to_wire(wallet.held, program.scale),
        available=to_wire(now.available, program.scale),
        overdraft_limit=0,
        status=wallet.status,
        expiring=counter.lot_coins(lots.minus(wallet.lots, now.expired), program),
        mode=call.caller.mode,
    )


def _shown(wallet: TenantWallet, funds: Funds, program: Program | None) -> dict[str, Any]:
    scale = purse.scale_of(wallet.asset, program)
    return {
        "wallet_id": wallet.id,
        "type": "funds",
        "asset": wallet.asset,
        "customer": wallet.customer,
        "balance": to_wire(funds.balance, scale),
        "held": to_wire(funds.held, scale),
        "available": to_wire(funds.available, scale),
        "overdraft_limit": to_wire(funds.overdraft, scale),
        "status": "frozen" if funds.frozen else "active",
    }
