"""What the children of a tenant have in rupees: their parent funds them, and decides what they ask for."""

from __future__ import annotations

from typing import Any

from ..api import cursor
from ..api.endpoint import Call
from ..api.styles import Reply
from ..identity.tenant import read_tenant
from ..ledger.decisions.tenant_money import FundsBalance, tenant_wallet
from ..ledger.records.tenant_money import read_funds_balance
from ..money import INR_SCALE, to_wire
from ..store import keys
from .models import ChildWallet, ChildWalletsQuery


def list_child_wallets(call: Call[ChildWalletsQuery]) -> Reply:
    """The caller's direct children by their ids, in the caller's mode. A child without a wallet yet has nothing."""
    query, caller = call.input, call.caller
    own = caller.tenant.id
    filters = {"list": "child_wallets", "mode": caller.mode}
    partition, beginning = keys.tenant_items_range(own, "CHILD")
    after: dict[str, Any] | None = None
    if query.cursor:
        after = {"pk": partition, "sk": beginning + cursor.open_cursor(own, filters, query.cursor)}
    page = call.store.query(
        "directory", partition, beginning=beginning, limit=query.limit + 1, after=after, consistent=True
    )
    children = [str(record["sk"]).removeprefix(beginning) for record in page.items]
    following = None
    if len(children) > query.limit:
        children = children[: query.limit]
        following = cursor.seal_cursor(own, filters, children[-1])
    return Reply(_wallets(call, children), meta={"next_cursor": following, "limit": query.limit})


def _wallets(call: Call[ChildWalletsQuery], children: list[str]) -> list[ChildWallet]:
    wallets = {child: tenant_wallet(call.caller.mode, child) for child in children}
    wanted = [key for child in children for key in (keys.tenant_key(child), wallets[child].key)]
    found = call.store.read(wanted) if wanted else {}
    shown = []
    for child in children:
        record = found[keys.tenant_key(child)]
        if record is None:
            continue
        tenant = read_tenant(record)
        funds = read_funds_balance(found[wallets[child].key]) or FundsBalance()
        shown.append(
            ChildWallet(
                tenant_id=child,
                name=str(record["name"]),
                kind=tenant.kind,
                status=tenant.status,
                balance=to_wire(funds.balance, INR_SCALE),
                held=to_wire(funds.held, INR_SCALE),
                available=to_wire(funds.available, INR_SCALE),
            )
        )
    return shown
