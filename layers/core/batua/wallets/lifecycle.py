"""Makes, renames, closes and reopens a tenant's own wallets. None of it moves value.

A wallet in rupees is made under a name; a transfer may make one too, where it asks for that. The wallets that a tenant
has from the beginning, one in each asset, keep neither a name nor can they be closed: prefunds and top-ups go there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import errors, ids
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..identity.credentials import Claims
from ..ledger.decisions.tenant_money import TenantWallet
from ..ledger.records.tenant_money import (
    closing_update,
    name_update,
    opening_update,
    read_funds_balance,
    read_tenant_wallet,
    read_wallet_name,
    reopening_update,
    revision_of,
)
from ..money import INR_SCALE, to_text, to_wire
from ..store import keys
from ..store.keys import Key
from ..store.store import Cancelled, Record, commit_unless_changed
from ..store.writes import Write
from . import service
from .models import CreateWallet, UpdateWallet, WalletOut
from .naming import WalletName, wallet_change, wallet_creation
from .queries import wallet_fields
from .refusals import WALLET_NAME_TAKEN, WALLET_NOT_EMPTY

CREATE_WALLET_ERRORS = (WALLET_NAME_TAKEN,)
UPDATE_WALLET_ERRORS = (
    errors.WALLET_NOT_FOUND,
    WALLET_NAME_TAKEN,
    WALLET_NOT_EMPTY,
    errors.WALLET_CLOSED,
    errors.VERSION_CONFLICT,
)


def prefetch_new_wallet(claims: Claims, body: CreateWallet, request: Request) -> WalletName:
    return WalletName(service.own_scope(claims), body.name)


def create_wallet(call: Call[CreateWallet]) -> Reply:
    """Makes an empty wallet in rupees. With an idempotency key, the same request again gets the same wallet."""
    name: WalletName = call.lookup
    if name.find(call.loaded) is not None:
        return _made_before(call, name, call.loaded[name.key])
    given = {"idem": call.idempotency_key} if call.idempotency_key else {}
    writes = [
        opening_update(name.wallet),
        *wallet_creation(name, call.caller.id, call.now, **given),
        call.act("wallets.create", name.wallet.id, name=name.name),
    ]
    try:
        call.store.commit(writes, caller=ids.new_id("req", call.now))
    except Cancelled:
        return _made_before(call, name, call.store.read([name.key])[name.key])
    return Reply(_wallet_response(call, name.wallet), "Wallet created")


def _made_before(call: Call[CreateWallet], name: WalletName, taken: Record | None) -> Reply:
    """The answer where the name is taken: the wallet, to the request that has made it; else the refusal."""
    key = call.idempotency_key
    if taken and key is not None and (taken.get("idem"), taken["name"]) == (key, name.name):
        return Reply(_wallet_response(call, name.wallet), "Wallet created", headers=replay_headers(True))
    raise WALLET_NAME_TAKEN(figures={"wallet_id": taken["wal"] if taken else name.wallet.id})


@dataclass(frozen=True, slots=True)
class ChangeLookup:
    """A wallet that is to be changed, and who has the name that it is to get."""

    wallet: Key
    name: WalletName | None

    @property
    def keys(self) -> list[Key]:
        return list(dict.fromkeys((self.wallet, *(self.name.keys if self.name else ()))))


def prefetch_change(claims: Claims, body: UpdateWallet, request: Request) -> ChangeLookup:
    scope, id = service.own_scope(claims), request.path["id"]
    if not ids.is_id(id, "wal"):
        raise errors.WALLET_NOT_FOUND()
    return ChangeLookup(keys.funds_wallet_key(scope, id), WalletName(scope, body.name) if body.name else None)


def update_wallet(call: Call[UpdateWallet]) -> Reply:
    """Renames a wallet, closes it, or opens it again. Its id, its entries and its former names stay."""
    body, lookup = call.input, call.lookup
    record = call.loaded[lookup.wallet]
    if record is None:
        service.own_wallet(
            call.loaded,
            keys.scope(call.caller.mode, call.caller.tenant.id),
            call.path["id"],
            call.caller.tenant.program,
        )
    wallet = read_tenant_wallet(record) if record else None
    if record is None or wallet is None or wallet.customer is None:
        raise errors.invalid("status" if body.status else "name", "can't be changed: this is the tenant's main wallet")
    if body.status == "closed":
        _require_empty(record)
    if body.name is not None and body.name != read_wallet_name(record):
        record = _rename(call, wallet, record, lookup.name)
    if body.status is not None and (body.status == "closed") != ("closed" in record):
        record = _set_state(call, wallet, record)
    return Reply(WalletOut(**wallet_fields(wallet, record, call.caller.tenant.program)), "Wallet saved")


def _rename(call: Call[UpdateWallet], wallet: TenantWallet, record: Record, name: WalletName) -> Record:
    if "closed" in record and call.input.status != "active":
        raise errors.WALLET_CLOSED()
    owner = name.find(call.loaded)
    if owner is not None and owner != wallet:
        raise WALLET_NAME_TAKEN(figures={"wallet_id": owner.id})
    writes: list[Write] = [name_update(record, name.name)]
    if call.loaded[name.key] is None:
        writes.append(name.taking(wallet))
    return _commit_wallet(call, wallet, record, "renamed", writes, name.name)


def _set_state(call: Call[UpdateWallet], wallet: TenantWallet, record: Record) -> Record:
    if call.input.status == "active":
        return _commit_wallet(call, wallet, record, "reopened", [reopening_update(record)])
    return _commit_wallet(call, wallet, record, "closed", [closing_update(record, call.now)])


def _require_empty(record: Record) -> None:
    funds = read_funds_balance(record)
    if funds and (funds.available or funds.held):
        figures = {"available": funds.available, "held": funds.held}
        raise WALLET_NOT_EMPTY(
            WALLET_NOT_EMPTY.describe({name: to_text(paise, INR_SCALE) for name, paise in figures.items()}),
            figures={name: to_wire(paise, INR_SCALE) for name, paise in figures.items()},
        )


def _commit_wallet(
    call: Call[UpdateWallet],
    wallet: TenantWallet,
    record: Record,
    what: str,
    writes: list[Write],
    name: str | None = None,
) -> Record:
    """Commits a change with what tells of it; returns the wallet's item as it is now."""
    before = read_wallet_name(record)
    shown, scope = name or before or "", keys.Scope.of(wallet.scope)
    change = wallet_change(
        scope, wallet, revision_of(record) + 1, what, call.caller.id, call.now, shown, before if name else None
    )
    details: dict[str, Any] = {"name": shown, **({"before": before} if name else {})}
    act = call.act(f"wallets.{what}", wallet.id, **details)
    commit_unless_changed(call.store, [*writes, change, act], caller=ids.new_id("req", call.now))
    saved = call.store.read([wallet.key])[wallet.key]
    assert saved is not None
    return saved


def _wallet_response(call: Call[CreateWallet], wallet: TenantWallet) -> WalletOut:
    record = call.store.read([wallet.key])[wallet.key]
    return WalletOut(**wallet_fields(wallet, record, call.caller.tenant.program))
