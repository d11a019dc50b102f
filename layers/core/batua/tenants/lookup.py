"""Whose is this id, or number? The operator's staff are quoted them without a tenant, by people, in mails and in logs.

Ids of tenants, tickets, prefund requests, top-ups and connections name their records by themselves. All others stand
under the tenant that owns them: the whole tree is looked through from the top, so many tenants a request, and the
cursor goes on from there. So are the numbers of invoices and notes; a bank transfer's UTR and a tenant's slug lead to
their records by themselves. What a record is about stays with its tenant: an answer has no customer and no secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from .. import audit_trail, clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number
from ..api.styles import Reply
from ..identity.tenant import read_program
from ..identity.tenant_names import load_tenant_names
from ..ledger.operations import operation_kind
from ..money import INR_SCALE, to_wire
from ..store import (
    billing_keys,
    event_keys,
    export_keys,
    gateway_keys,
    import_keys,
    keys,
    market_keys,
    prefund_keys,
    reward_keys,
    support_keys,
    verification_keys,
)
from ..store.keys import Key, Mode
from ..store.store import Record, Store
from .audit_entries import tenant_audit_entry

MOST_TENANTS: Final = 200
"""Tenants that one request looks through."""

TENANTS_AT_ONCE: Final = 25
"""Tenants whose places are read together."""

_MODES: Final[tuple[Mode, ...]] = ("live", "test")
_UTR: Final = re.compile(r"[0-9A-Za-z]{10,22}", re.ASCII)

IdKind = Literal[
    "tenant",
    "user",
    "api_key",
    "document",
    "program",
    "webhook_endpoint",
    "connection",
    "transaction",
    "hold",
    "wallet",
    "customer",
    "invoice",
    "gateway_invoice",
    "balance_request",
    "prefund_request",
    "top_up",
    "reward",
    "redemption",
    "marketplace_order",
    "verification",
    "export",
    "import",
    "ticket",
]


class LookUpQuery(Model):
    id: str | None = Field(
        None, max_length=64, description="What was quoted.", examples=["txn_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]
    )
    number: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        None,
        description="In place of an id: the number of an invoice or a note, a bank transfer's UTR, or a tenant's slug.",
        examples=["INV-2026-000142"],
    )
    tenant_id: str | None = Field(None, description="Whose it is thought to be: nobody else is looked at.")
    cursor: str | None = Field(None, max_length=1024)


class FoundId(Model):
    id: str = Field(examples=["txn_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    kind: IdKind = Field(examples=["transaction"])
    tenant_id: str = Field(description="Whose it is.", examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    tenant_name: str | None = Field(examples=["Kaveri Stores"])
    books_of: str = Field(
        description="Whose books it stands in: of coins of a network, the network's owner.",
        examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"],
    )
    mode: Literal["live", "test"] | None = Field(description="None of what both modes have in common.")
    name: str | None = Field(description="Of a tenant, a user, a key, a program and the like.", examples=[None])
    type: str | None = Field(description="Of a transaction: its type.", examples=["redeem"])
    status: str | None = Field(description="As it is stored.", examples=["active"])
    amount: Number | None = Field(examples=[250.5])
    asset: str | None = Field(description="What the amount is of.", examples=["INR"])
    reference: str | None = Field(examples=["INV-1001"])
    created_at: Instant | None = Field(description="Where the record says it.")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an id may stand: in whose books, in which mode."""

    books: str
    mode: Mode | None
    key: Key


@dataclass(frozen=True, slots=True)
class _Sort:
    """What a prefix of ids stands for, and where such a record is: by its id alone, under its tenant, or its books."""

    kind: IdKind
    alone: Callable[[str], Key] | None = None
    tenant: Callable[[str, str], Key] | None = None
    books: tuple[Callable[[str, str], Key], ...] = ()


def _import_key(scope: str, import_id: str) -> Key:
    return import_keys.import_key(scope, keys.Scope.of(scope).tenant, import_id)


_SORTS: Final[Mapping[str, _Sort]] = {
    "ten": _Sort("tenant", alone=keys.tenant_key),
    "tkt": _Sort("ticket", alone=support_keys.ticket_key),
    "pfr": _Sort("prefund_request", alone=prefund_keys.prefund_request_key),
    "tup": _Sort("top_up", alone=billing_keys.top_up_key),
    "con": _Sort("connection", alone=keys.connection_key),
    "usr": _Sort("user", tenant=keys.user_key),
    "key": _Sort("api_key", tenant=keys.api_key_key),
    "doc": _Sort("document", tenant=keys.document_key),
    "prg": _Sort("program", tenant=keys.program_key),
    "waty": _Sort("program", tenant=keys.program_key),
    "wep": _Sort("webhook_endpoint", tenant=event_keys.webhook_endpoint_key),
    "txn": _Sort("transaction", books=(keys.transaction_key, keys.funds_line_key)),
    "hold": _Sort("hold", books=(keys.hold_key, keys.funds_hold_key)),
    "wal": _Sort("wallet", books=(keys.wallet_key, keys.funds_wallet_key)),
    "cust": _Sort("customer", books=(keys.customer_key,)),
    "inv": _Sort("invoice", books=(billing_keys.billing_invoice_key,)),
    "note": _Sort("invoice", books=(billing_keys.billing_invoice_key,)),
    "ginv": _Sort("gateway_invoice", books=(gateway_keys.invoice_key,)),
    "breq": _Sort("balance_request", books=(gateway_keys.balance_request_key,)),
    "rew": _Sort("reward", books=(reward_keys.reward_key,)),
    "rdm": _Sort("redemption", books=(reward_keys.redemption_key,)),
    "mor": _Sort("marketplace_order", books=(market_keys.market_order_key,)),
    "vrf": _Sort("verification", books=(verification_keys.verification_key,)),
    "exp": _Sort("export", books=(export_keys.export_key,)),
    "imp": _Sort("import", books=(_import_key,)),
}


def look_up_id(call: Call[LookUpQuery]) -> Reply:
    """What an id or a number names, and whose it is; an empty list where nothing has it. On the operator's trail."""
    query, own = call.input, call.caller.tenant
    if own.kind != "operator":
        raise errors.FORBIDDEN("Only the operator's staff can look up ids in all tenants.")
    if (query.id is None) == (query.number is None):
        raise errors.invalid("id", "give either id or number")
    if query.tenant_id is not None and not ids.is_id(query.tenant_id, "ten"):
        raise errors.invalid("tenant_id", "must be a tenant's id, ten_…")
    quoted = query.id or query.number or ""
    look = _id_search(call.store, quoted) if query.id is not None else _number_search(call.store, quoted)
    audit_trail.record_act(call.store, tenant_audit_entry(call, "id looked up", quoted, {"in": query.tenant_id}))
    found = look.alone(query.tenant_id)
    if found or look.within is None:
        return _lookup_reply(call, found, None)
    if query.tenant_id is not None:
        return _lookup_reply(call, look.within([query.tenant_id]), None)
    filters = {"list": "lookup", "id": quoted}
    after = tuple(cursor.open_cursor(own.id, filters, query.cursor).split("/")) if query.cursor else ()
    looked_at = 0
    for chunk in _chunks(_tenants_below(call.store, own.id, after), whole=not after, own=own.id):
        looked_at += len(chunk)
        found = look.within([path[-1] for path in chunk])
        if found:
            return _lookup_reply(call, found, None)
        if looked_at >= MOST_TENANTS:
            return _lookup_reply(call, [], cursor.seal_cursor(own.id, filters, "/".join(chunk[-1])))
    return _lookup_reply(call, [], None)


@dataclass(frozen=True, slots=True)
class _Search:
    """How something quoted is looked for: what its own words lead to, and what is in the books of some tenants."""

    alone: Callable[[str | None], list[FoundId]]
    within: Callable[[Sequence[str]], list[FoundId]] | None


def _id_search(store: Store, id: str) -> _Search:
    prefix = id.rpartition("_")[0]
    sort = _SORTS.get(prefix)
    if sort is None or not ids.is_id(id, prefix):
        raise errors.invalid("id", f"must be an id that begins with one of {', '.join(f'{each}_' for each in _SORTS)}")
    if sort.alone is not None:
        place = _Place("", None, sort.alone(id))
        return _Search(lambda _: _read_places(store, sort, id, [place]), None)

    def within(tenants: Sequence[str]) -> list[FoundId]:
        return _read_places(store, sort, id, [place for tenant in tenants for place in _places_of(sort, id, tenant)])

    return _Search(lambda _: [], within)


def _number_search(store: Store, number: str) -> _Search:
    def alone(tenant: str | None) -> list[FoundId]:
        """The request that names a transfer, in either mode, and the tenant that has a slug."""
        transfers = [prefund_keys.bank_transfer_key(mode, number.upper()) for mode in _MODES if _UTR.fullmatch(number)]
        names = [keys.slug_key(number)] if keys.is_slug(number) else []
        there = store.read([*transfers, *names])
        requests = [record["request"] for key in transfers if (record := there[key])]
        tenants = [record["tenant"] for key in names if (record := there[key])]
        found = [one for id in (*requests, *tenants) for one in _id_search(store, id).alone(None)]
        return [one for one in found if tenant in (None, one.tenant_id)]

    def within(tenants: Sequence[str]) -> list[FoundId]:
        """Invoices and notes: numbers are a tenant's own, so several may have one."""
        scopes = [(tenant, mode, keys.scope(mode, tenant)) for tenant in tenants for mode in _MODES]
        there = store.read([billing_keys.invoice_number_key(scope, number) for *_, scope in scopes])
        found: list[FoundId] = []
        for tenant, mode, scope in scopes:
            pointer = there[billing_keys.invoice_number_key(scope, number)]
            if pointer is not None and "id" in pointer:
                place = _Place(tenant, mode, billing_keys.billing_invoice_key(scope, pointer["id"]))
                found += _read_places(store, _SORTS["inv"], pointer["id"], [place])
        return found

    return _Search(alone, within)


Path = tuple[str, ...]
"""A tenant by the ids from below the operator down to it."""


def _tenants_below(store: Store, parent: str, after: Path) -> Iterator[Path]:
    """All tenants below one, parents before their children, from behind the place `after` on."""
    partition, beginning = keys.tenant_items_range(parent, "CHILD")
    for record in store.query_all("directory", partition, beginning=beginning, consistent=True):
        child = str(record["sk"]).rpartition("#")[2]
        if after and child < after[0]:
            continue
        begun = bool(after) and child == after[0]
        if not begun:
            yield (child,)
        if record["kind"] != "application":  # which has nobody below
            below = after[1:] if begun else ()
            yield from ((child, *path) for path in _tenants_below(store, child, below))


def _chunks(walk: Iterator[Path], *, whole: bool, own: str) -> Iterator[list[Path]]:
    """Tenants by as many as are read at once; the operator's own books first."""
    chunk: list[Path] = [(own,)] if whole else []
    for path in walk:
        chunk.append(path)
        if len(chunk) == TENANTS_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _places_of(sort: _Sort, id: str, tenant: str) -> list[_Place]:
    if sort.tenant is not None:
        return [_Place(tenant, None, sort.tenant(tenant, id))]
    return [_Place(tenant, mode, key(keys.scope(mode, tenant), id)) for mode in _MODES for key in sort.books]


def _read_places(store: Store, sort: _Sort, id: str, places: Sequence[_Place]) -> list[FoundId]:
    found = store.read([place.key for place in places])
    return [_found_id(store, sort, id, place, record) for place in places if (record := found[place.key])]


def _lookup_reply(call: Call[Any], found: list[FoundId], following: str | None) -> Reply:
    names = load_tenant_names(call.store, {each.tenant_id for each in found})
    data = [each.model_copy(update={"tenant_name": names.get(each.tenant_id)}) for each in found]
    return Reply(data, meta={"next_cursor": following})


def _found_id(store: Store, sort: _Sort, id: str, place: _Place, record: Record) -> FoundId:
    tenant = _owner_of(sort, id, place, record)
    amount, asset = _amount_and_asset(sort, record)
    refused = record.get("kind") == "refused"
    kind = operation_kind(str(record.get("as") or record["op"])) if refused else record.get("kind")
    return FoundId(
        id=id,
        kind=sort.kind,
        tenant_id=tenant,
        tenant_name=None,
        books_of=place.books or tenant,
        mode=place.mode or record.get("mode"),
        name=_display_name(sort, record),
        type=kind if sort.kind == "transaction" else None,
        status="refused" if refused else _first_of(record, "st", "status", "state"),
        amount=to_wire(amount, _scale(store, place.books, asset)) if amount is not None else None,
        asset=asset,
        reference=_first_of(record, "ref", "reference", "utr"),
        created_at=_created(record),
    )


def _owner_of(sort: _Sort, id: str, place: _Place, record: Record) -> str:
    """Whose it is. Coins of a network stand in its owner's books, and are the merchant's that moved them."""
    if sort.kind == "tenant":
        return id
    merchant = str(record.get("g2p", "")).split("#") if record["sk"] == "TX" else []
    if len(merchant) > 3:
        return merchant[3]
    return str(_first_of(record, "mer", "ten", "tenant") or place.books)


def _display_name(sort: _Sort, record: Record) -> str | None:
    named_kinds = ("tenant", "user", "api_key", "document", "program", "connection", "import")
    named = _first_of(record, "name") if sort.kind in named_kinds else None
    if sort.kind in ("reward", "redemption", "ticket"):
        named = _first_of(record, "title", "subject")
    return str(named) if named is not None else None


def _amount_and_asset(sort: _Sort, record: Record) -> tuple[int | None, str | None]:
    if sort.kind in ("transaction", "hold"):
        return record.get("tot", record.get("amt")), record.get("asset")
    if sort.kind in ("prefund_request", "balance_request", "top_up"):
        return record.get("amt"), "INR"
    return None, record.get("asset") if sort.kind == "wallet" else None


def _scale(store: Store, owner: str, asset: str | None) -> int:
    """Decimals of an asset: a hold of coins does not tell which program's they are, and has whole minor units."""
    if asset is None or not ids.is_id(asset, "prg", "waty"):
        return INR_SCALE if asset == "INR" else 0
    key = keys.program_key(owner, asset)
    record = store.read([key])[key]
    return read_program(record).scale if record else 0


def _created(record: Record) -> str | None:
    at = _first_of(record, "made", "joined", "created", "created_at", "at", "open")
    if isinstance(at, int) and at:
        return clock.iso(at)
    place = str(record.get("g1s" if record["sk"].startswith("FUNDS") else "g2s", "")).partition("#")[0]
    return place if place[:2] == "20" else None


def _first_of(record: Record, *names: str) -> Any:
    return next((record[name] for name in names if record.get(name) is not None), None)
