"""The operator's own books, in which price plans, subscriptions and what came of usage runs stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.styles import Reply
from ..identity.tenant import Tenant, read_tenant
from ..store import keys
from ..store.store import Record, Store
from .plan_models import OperatorListQuery
from .refusals import TENANT_NOT_BILLED


def operator_books(call: Call[Any]) -> str:
    """The operator's live books. Raises FORBIDDEN for everybody else's people."""
    if call.caller.tenant.kind != "operator":
        raise errors.FORBIDDEN("Only the operator's staff can do this.")
    return keys.scope("live", call.caller.tenant.id)


def billed_tenant(store: Store, tenant_id: str) -> Tenant:
    """A tenant that the operator can invoice: any but itself. Raises TENANT_NOT_BILLED."""
    try:
        key = keys.tenant_key(tenant_id)
    except ValueError:
        raise TENANT_NOT_BILLED() from None
    record = store.read([key])[key]
    tenant = read_tenant(record) if record else None
    if tenant is None or tenant.kind == "operator":
        raise TENANT_NOT_BILLED()
    return tenant


def operator_page(
    call: Call[OperatorListQuery], name: str, partition: str, shown: Callable[[Record], Any], *, newest: bool = False
) -> Reply:
    """A page of a partition of the operator's books, by its sort key. `name` is what a cursor is bound to."""
    query, tenant, filters = call.input, call.caller.tenant.id, {"list": name}
    after = None
    if query.cursor:
        after = {"pk": partition, "sk": cursor.open_cursor(tenant, filters, query.cursor)}
    page = call.store.query("directory", partition, descending=newest, limit=query.limit, after=after)
    following = cursor.seal_cursor(tenant, filters, page.last["sk"]) if page.last else None
    return Reply([shown(row) for row in page.items], meta={"next_cursor": following, "limit": query.limit})
