"""The tree of tenants, as the operator lists, extends and changes it by API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field, model_validator

from .. import clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import FieldsWrong, IdempotencyKey, Instant, Model, Note, PlainText, Text
from ..api.styles import Reply, replay_headers
from ..canonical import content_fingerprint
from ..identity.tenant import Tenant, TenantKind, read_tenant
from ..ledger.posting.shard_scaling import MAX_SHARDS
from ..store import keys
from ..store.store import Record, commit_unless_changed
from ..store.versions import VersionedRecord
from ..store.writes import ABSENT, Put, Write
from . import tree
from .allowlist import Proposed, proposed_networks
from .audit_entries import tenant_audit_entry
from .profile import PRODUCTS, Product, default_profile, profile_item, read_profile


class TenantTreeQuery(Model):
    parent: str | None = Field(None, description="Whose children; the operator's where left out.")
    limit: int = Field(30, ge=1, le=30)
    cursor: str | None = Field(None, max_length=1024)


class ChangeTenantStatus(Model):
    """Changes what it names."""

    status: Literal["active", "suspended"] | None = Field(
        None, description="`suspended` stops its users and keys at once.", examples=["suspended"]
    )
    reason: Note | None = Field(None, description="Why it is suspended, for the audit trail.")
    products: list[Product] | None = Field(
        None, max_length=len(PRODUCTS), description="What the tenant is offered, in place of what it had."
    )

    requests_per_minute: int | None = Field(
        None, ge=60, le=1_000_000, strict=True, description="Of each of its credentials."
    )
    least_shards: int | None = Field(
        None,
        ge=1,
        le=MAX_SHARDS,
        strict=True,
        description="Spreads a merchant's postings over at least so many shards, before a sale that draws a crowd. "
        "Postings add shards by themselves.",
        examples=[4],
    )

    @model_validator(mode="after")
    def _something(self) -> ChangeTenantStatus:
        given = (self.status, self.products, self.requests_per_minute, self.least_shards)
        if all(each is None for each in given):
            names = ("status", "products", "requests_per_minute", "least_shards")
            raise FieldsWrong(f"give one of {', '.join(names)}", *names)
        return self


class CreateTenant(Model):
    """A tenant below another one. `kind`, `name` and `slug` are enough."""

    kind: Literal["parent", "merchant", "application"] = Field(
        description="`parent` has children of its own, `merchant` issues coins, `application` keeps points."
    )
    name: PlainText = Field(examples=["Kaveri Stores"])
    slug: str = Field(
        min_length=3, max_length=48, description="Names it in addresses; unique.", examples=["kaveri-stores"]
    )
    parent_id: str | None = Field(
        None, description="The operator when left out.", examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FB"]
    )
    legal_name: Text | None = Field(None, examples=["Kaveri Stores Private Limited"])
    region: str = Field("IN", pattern=r"^[A-Z]{2}$", description="Country of phone numbers without a country code.")
    time_zone: str = Field("Asia/Kolkata", max_length=64, description="IANA name; its days and months follow it.")
    products: list[Product] | None = Field(
        None, max_length=len(PRODUCTS), description="What the tenant is offered; by its kind when left out."
    )
    requests_per_minute: int = Field(12_000, ge=60, le=1_000_000, strict=True)
    idempotency_key: IdempotencyKey | None = None


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
    requests_per_minute: int = Field(description="Of each of its credentials.", examples=[12_000])
    shards: int = Field(description="Over how many shards its postings spread now.", examples=[1])
    least_shards: int = Field(description="Over how many at least.", examples=[1])
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


def tenant_in_path(call: Call[Any]) -> str:
    """Its id. Raises NOT_FOUND where the path has none."""
    tenant = call.path["id"]
    if not ids.is_id(tenant, "ten"):
        raise errors.NOT_FOUND()
    return tenant


def tenant_node(call: Call[Any], tenant: str) -> TenantNode:
    """Raises NOT_FOUND."""
    found = _nodes(call, [tenant])
    if not found:
        raise errors.NOT_FOUND()
    return found[0]


def change_tenant_status(call: Call[ChangeTenantStatus]) -> TenantNode:
    """Suspends a tenant with all below it, or ends that. Done again, it goes on where it ended.

    Products, limit and shards are changed first. Raises NOT_FOUND; VERSION_CONFLICT; TENANT_MISPLACED for the status of
    the operator itself and of closed tenants; a 400 for a suspension without a reason.
    """
    given, tenant = call.input, tenant_in_path(call)
    now, by = clock.system(), call.caller.id
    if given.status == "suspended" and given.reason is None:
        raise errors.invalid("reason", "is required to suspend a tenant")
    if given.products is not None:
        _set_products(call, tenant, given.products)
    if given.requests_per_minute is not None or given.least_shards is not None:
        tree.set_capacity(
            call.store,
            tenant,
            now,
            per_minute=given.requests_per_minute,
            least_shards=given.least_shards,
            by=by,
            address=call.caller.address,
        )
    if given.status == "suspended":
        tree.suspend_tenant(call.store, tenant, now, why=given.reason, by=by, address=call.caller.address)
    elif given.status == "active":
        tree.resume_tenant(call.store, tenant, now, by=by, address=call.caller.address)
    return tenant_node(call, tenant)


def create_tenant_node(call: Call[CreateTenant]) -> Reply:
    """Makes a tenant without people, money or a program; with an idempotency key, once.

    Raises NOT_FOUND where there is no such parent, SLUG_TAKEN, TENANT_MISPLACED, IDEMPOTENCY_KEY_REUSED, or a 400.
    """
    given, key = call.input, call.idempotency_key
    parent = given.parent_id or call.caller.tenant.id
    if not ids.is_id(parent, "ten"):
        raise errors.invalid("parent_id", "must be a tenant's id, ten_…")
    if not clock.is_zone(given.time_zone):
        raise errors.invalid("time_zone", "must be an IANA time zone such as Asia/Kolkata")
    id = ids.derived_id("ten", "tree", call.caller.tenant.id, key) if key is not None else None
    content = given.model_dump(exclude={"idempotency_key"})
    fingerprint = content_fingerprint("tenants.create", {**content, "parent_id": parent}).hex() if key else None
    if id is not None and (made := _created_before(call, id, fingerprint)):
        return made
    wanted = tree.NewTenant(
        kind=given.kind,
        name=given.name,
        slug=given.slug,
        parent=parent,
        region=given.region,
        time_zone=given.time_zone,
        legal_name=given.legal_name,
        products=None if given.products is None else tuple(dict.fromkeys(given.products)),
        requests_per_minute=given.requests_per_minute,
    )
    try:
        tenant = tree.create_tenant(
            call.store,
            wanted,
            clock.system(),
            by=call.caller.id,
            address=call.caller.address,
            id=id,
            fingerprint=fingerprint,
        )
    except errors.Problem as problem:
        # The same request at the same time, or a slug that is another tenant's.
        if problem.kind is errors.SLUG_TAKEN and id is not None and (made := _created_before(call, id, fingerprint)):
            return made
        raise
    return Reply(_nodes(call, [tenant.id])[0], "Tenant created. Invite its administrator next.")


def _created_before(call: Call[Any], id: str, fingerprint: str | None) -> Reply | None:
    """The tenant that an earlier request with this key created, as it is now."""
    key = keys.tenant_key(id)
    record = call.store.read([key])[key]
    if record is None:
        return None
    if record.get("fp") != fingerprint:
        raise errors.IDEMPOTENCY_KEY_REUSED()
    return Reply(tenant_node(call, id), headers=replay_headers(True))


def _set_products(call: Call[Any], tenant_id: str, products: Sequence[str]) -> None:
    """Puts these products in the place of those that the tenant had. Raises NOT_FOUND, or VERSION_CONFLICT."""
    tenant, key = tree.load_tenant(call.store, tenant_id), keys.profile_key(tenant_id)
    record = call.store.read([key])[key]
    chosen = list(dict.fromkeys(products))
    if record is not None and list(record["products"]) == chosen:
        return
    announce = f"Your products are now: {', '.join(chosen) or 'none'}."
    changed = {"products": chosen}
    act = tenant_audit_entry(call, "products changed", tenant_id, changed, tenant=tenant_id, announce=announce)
    writes: list[Write]
    if record is None:
        profile = replace(default_profile(tenant), products=tuple(chosen))
        writes = [
            Put(key, profile_item(profile), when=ABSENT),
            Put(keys.slug_key(profile.slug), {"tenant": tenant_id}, when=ABSENT),
        ]
    else:
        writes = [VersionedRecord(key, record).change({"products": chosen})]
    commit_unless_changed(call.store, [*writes, act], caller=call.request.id)


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
        requests_per_minute=tenant.requests_per_minute,
        shards=tenant.shards,
        least_shards=tenant.least_shards,
        proposed_networks=proposed_networks(allowlist or {}),
    )
