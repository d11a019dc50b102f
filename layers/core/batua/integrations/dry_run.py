"""A dry run: what a sample would do, and nothing written. For setting a mapping up."""

from __future__ import annotations

from .. import errors
from ..api.endpoint import Call
from ..api.models import Model, Number
from ..api.styles import Reply
from ..identity.tenant import read_tenant
from ..money import INR_SCALE, to_wire
from ..phone import masked
from ..store import keys
from .amounts import PayloadError
from .model import Connection, ConnectionDelivery
from .orders import OrderSnapshot, OrderUpdate
from .process import read_updates
from .settle import SettlementContext, preview_settlement

UNREADABLE_SAMPLE = errors.define("unreadable_sample", 400, "The sample could not be read.")


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
    sample = ConnectionDelivery(
        "", connection.id, tenant.id, "", "sale", call.now, None, call.request.headers.get("content-type", "")
    )
    try:
        said = read_updates(connection, sample, call.request.raw_body)
    except PayloadError as fault:
        raise UNREADABLE_SAMPLE(str(fault)) from fault
    return Reply(DryRunResult(sales=[_rehearsed(books, each, sample) for each in said]))


def _rehearsed(books: SettlementContext, said: OrderUpdate, sample: ConnectionDelivery) -> DryRunSale:
    outcome, held, target, phone = preview_settlement(books, said, sample)
    scale, state = books.program.scale, said.state
    return DryRunSale(
        order=said.order,
        reference=said.reference,
        would="issue" if target > held else "reverse" if target < held else "nothing",
        reason=outcome.reason or _why(state),
        phone=masked(phone) if phone else None,
        bill_amount=to_wire(state.bill, INR_SCALE) if state else None,
        refunded=to_wire(sum((state.refunds if state else said.refunds).values()), INR_SCALE),
        coins_held=to_wire(held, scale),
        coins_deserved=to_wire(target, scale),
    )


def _why(state: OrderSnapshot | None) -> str | None:
    return "not_paid" if state and not state.paid else None
