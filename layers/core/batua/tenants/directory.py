"""The tree of tenants as the operator's people walk it: the tenants below one, suspending and resuming."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .. import clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Instant, Model, Note
from ..api.styles import Reply
from ..identity.tenant import Tenant, TenantKind, read_tenant
from ..store import keys
from ..store.store import Record
from . import tree
from .allowlist import Proposed, proposed_networks
from .profile import default_profile, read_profile


class TenantTreeQuery(Model):
    parent: str | None = Field(None, description="Whose children; the operator's where left out.")
    limit: int = Field(30, ge=1, le=30)
    cursor: str | None = Field(None, max_length=1024)


class ChangeTenantStatus(Model):
    status: Literal["active", "suspended"] = Field(description="`suspended` stops its users and keys at once.")
    reason: Note | None = Field(None, description="Of a suspension; kept in the audit trail.")


class TenantNode(Model):
    id: str = Field(examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    kind: TenantKind
    name: str = Field(examples=["Kaveri Stores"])
    slug: str = Field(examples=["kaveri-stores"])
    parent_id: str | None = Field(examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FB"])
    status: Literal["active", "suspended", "closed"]
    stopped_by: str | None = Field(description="The suspended tenant above that stops this one too.", examples=[None])
    products: list[str] = Field(examples=[["coins", "prefund"]])
    program_name: str | None = Field(examples=["Sitara Coins"])
    joined_at: Instant
    proposed_networks: Proposed | None = Field(description="Networks of live keys that wait for a super admin.")


def list_tenant_nodes(call: Call[TenantTreeQuery]) -> Reply:
    """The tenants right below one, by their ids. Raises a 404 where there is no such parent."""
    query, own = call.input, call.caller.tenant.id
    parent = query.parent or own
    if not ids.is_id(parent, "ten"):
        raise errors.invalid("parent", "must be a tenant's id, ten_…")
    if parent != own:
        tree.load_tenant(call.store, parent)
    filters = {"list": "tenants", "parent": parent}
    partition, beginning = keys.tenant_items_range(parent, "CHILD")
    after: dict[str, Any] | None = None
    if query.cursor:
        after = {"pk": partition, "sk": beginning + cursor.open_cursor(own, filters, query.cursor)}
    page = call.store.query(
        "directory", partition, beginning=beginning, limit=query.limit + 1, after=after, consistent=True
    )
    found = [str(record["sk"]).removeprefix(beginning) for record in page.items]
    following = None
    if len(found) > query.limit:
        found = found[: query.limit]
        following = cursor.seal_cursor(own, filters, found[-1])
    return Reply(_nodes(call, found), meta={"next_cursor": following, "limit": query.limit})


def change_tenant_status(call: Call[ChangeTenantStatus]) -> TenantNode:
    """Suspends a tenant with all below it, or ends that. Done again, it goes on where it ended.

    Raises NOT_FOUND; TENANT_MISPLACED for the operator itself and for closed tenants; a 400 for a suspension without
    a reason.
    """
    given, tenant = call.input, call.path["id"]
    if not ids.is_id(tenant, "ten"):
        raise errors.NOT_FOUND()
    now, by = clock.system(), call.caller.id
    if given.status == "suspended":
        if given.reason is None:
            raise errors.invalid("reason", "is needed to suspend a tenant")
        tree.suspend_tenant(call.store, tenant, now, why=given.reason, by=by)
    else:
        tree.resume_tenant(call.store, tenant, now, by=by)
    return _nodes(call, [tenant])[0]


def _nodes(call: Call[Any], tenants: list[str]) -> list[TenantNode]:
    """Those that are there, in one read."""
    kinds = (keys.tenant_key, keys.profile_key, keys.allowlist_key)
    found = call.store.read([key(each) for each in tenants for key in kinds])
    nodes = []
    for each in tenants:
        record, profile, allowlist = (found[key(each)] for key in kinds)
        if record is not None:
            nodes.append(_node(read_tenant(record), profile, allowlist))
    return nodes


def _node(tenant: Tenant, profile: Record | None, allowlist: Record | None) -> TenantNode:
    known = read_profile(profile) if profile else default_profile(tenant)
    return TenantNode(
        id=tenant.id,
        kind=tenant.kind,
        name=tenant.name,
        slug=known.slug,
        parent_id=tenant.parent,
        status=tenant.status,
        stopped_by=tenant.stopped_by,
        products=list(known.products),
        program_name=tenant.program.name if tenant.program else None,
        joined_at=clock.iso(tenant.joined_at),
        proposed_networks=proposed_networks(allowlist or {}),
    )
