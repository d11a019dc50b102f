"""A dry run: what a sample would do, and nothing written. For setting a mapping up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .. import errors
from ..api.endpoint import Call
from ..api.models import Model, Number
from ..api.styles import Reply
from ..identity.tenant import read_tenant
from ..money import INR_SCALE, to_wire
from ..phone import masked
from ..store import keys
from .amounts import PayloadError
from .documents import as_list, parse_document
from .mappings import FIELDS, REQUIRED
from .model import Connection, ConnectionDelivery
from .order_loading import SettlementContext
from .orders import OrderSnapshot, OrderUpdate
from .process import read_updates
from .sale_numbers import preview_numbered
from .settle import preview_settlement

UNREADABLE_SAMPLE = errors.define(
    "unreadable_sample", 422, "The sample could not be read. `meta` lists the fields that the mapping reads."
)
_NAMES: Final = 100
"""Names of a sample that a refusal lists."""


class DryRunSale(Model):
    order: str
    reference: str
    would: str
    """`issue`, `reverse` or `nothing`."""
    reason: str | None
    phone: str | None
    bill_amount: Number | None
    refunded: Number
    coins_held: Number
    coins_deserved: Number


class DryRunResult(Model):
    status: str = "dry_run"
    sales: list[DryRunSale]


def dry_run(call: Call[None]) -> Reply:
    """What the consumer would do with this body now."""
    connection: Connection = call.sender
    key = keys.tenant_key(connection.tenant)
    record = call.store.read([key])[key]
    tenant = read_tenant(record) if record else None
    if tenant is None or not tenant.active or tenant.program is None:
        raise errors.NOT_FOUND()
    books = SettlementContext(call.store, connection, tenant, tenant.program, call.now)
    media = call.request.headers.get("content-type", "")
    sample = ConnectionDelivery("", connection.id, tenant.id, "", "sale", call.now, None, media=media)
    try:
        updates = read_updates(connection, sample, call.request.raw_body)
    except PayloadError as fault:
        raise UNREADABLE_SAMPLE(str(fault), figures=_fields_of(connection, sample, call.request.raw_body)) from fault
    return Reply(DryRunResult(sales=[_previewed(books, preview_numbered(books, each), sample) for each in updates]))


def _fields_of(connection: Connection, sample: ConnectionDelivery, body: bytes) -> dict[str, Any]:
    """The fields of a sale: what each is, where the mapping looks for it, and the names that the sample has."""
    expressions = connection.mapping.expressions
    reads = {
        field: {"meaning": meaning, "expression": expressions.get(field), "required": field in REQUIRED}
        for field, meaning in FIELDS.items()
    }
    try:
        content = parse_document(body, sample.media)
        found = connection.mapping.extract("records", content) if expressions.get("records") else content
    except PayloadError:
        return {"fields": reads, "sample_fields": []}
    first = next(iter(as_list(found)), content)
    names = sorted(str(name)[:64] for name in first) if isinstance(first, Mapping) else []
    return {"fields": reads, "sample_fields": names[:_NAMES]}


def _previewed(context: SettlementContext, update: OrderUpdate, sample: ConnectionDelivery) -> DryRunSale:
    preview = preview_settlement(context, update, sample)
    scale, state, change = context.program.scale, update.state, preview.change
    return DryRunSale(
        order=update.order,
        reference=update.reference,
        would="issue" if change.issue else "reverse" if change.reverse else "nothing",
        reason=preview.outcome.reason or _why(state),
        phone=masked(preview.phone) if preview.phone else None,
        bill_amount=to_wire(state.bill, INR_SCALE) if state else None,
        refunded=to_wire(sum((state.refunds if state else update.refunds).values()), INR_SCALE),
        coins_held=to_wire(preview.held, scale),
        coins_deserved=to_wire(preview.target, scale),
    )


def _why(state: OrderSnapshot | None) -> str | None:
    return "not_paid" if state and not state.paid else None
