"""What a signed-in user sees of their tenant, and what anyone may see of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Instant, Model
from ..identity.tenant import read_tenant
from ..settings import settings
from ..store import keys
from . import branding, profile
from .branding import BrandingOut, PublicBranding
from .profile import MAX_DOCUMENTS, MAX_KEYS, MAX_TEAM


class Limits(Model):
    requests_per_minute: int
    api_keys: int
    team: int
    documents: int


class ProgramSummary(Model):
    id: str
    name: str
    kind: str
    owner_id: str
    singular: str
    plural: str


class TenantContext(Model):
    id: str
    kind: Literal["operator", "parent", "merchant", "application"]
    name: str
    legal_name: str | None
    slug: str | None
    status: str
    parent_id: str | None
    region: str
    time_zone: str
    joined_at: Instant
    products: list[str]
    features: dict[str, bool]
    limits: Limits
    live_keys_allowed: bool = Field(description="A super admin has approved networks.")
    program: ProgramSummary | None
    branding: BrandingOut


class SlugQuery(Model):
    slug: str = Field(min_length=1, max_length=64)


class LoginOptions(Model):
    password: Literal[True] = True
    second_factor: Literal["supported"] = "supported"
    registration: bool


class PublicContext(Model):
    slug: str
    name: str
    branding: PublicBranding
    login: LoginOptions


def read_tenant_context(call: Call[None]) -> TenantContext:
    tenant = call.caller.tenant
    about, style = keys.profile_key(tenant.id), keys.branding_key(tenant.id)
    found = call.store.read([about, style])
    record = found[about]
    known = profile.read_profile(record) if record else None
    program = tenant.program
    return TenantContext(
        id=tenant.id,
        kind=tenant.kind,
        name=tenant.name,
        legal_name=known.legal_name if known else None,
        slug=known.slug if known else None,
        status=tenant.status,
        parent_id=tenant.parent,
        region=tenant.region,
        time_zone=tenant.time_zone,
        joined_at=clock.iso(tenant.joined_at),
        products=list(known.products if known else profile.BY_KIND[tenant.kind]),
        features=dict(known.features) if known else {},
        limits=Limits(
            requests_per_minute=tenant.requests_per_minute,
            api_keys=MAX_KEYS,
            team=MAX_TEAM,
            documents=MAX_DOCUMENTS,
        ),
        live_keys_allowed=bool(tenant.networks),
        program=ProgramSummary(
            id=program.id,
            name=program.name,
            kind=program.kind,
            owner_id=program.owner,
            singular=program.singular,
            plural=program.plural,
        )
        if program
        else None,
        branding=branding.branding_out(found[style], tenant.name),
    )


def read_public_context(call: Call[SlugQuery]) -> PublicContext:
    """By the slug in an address. A tenant that is stopped is not there, as one that never was."""
    slug = call.input.slug.lower()
    if not keys.is_slug(slug):
        raise errors.NOT_FOUND()
    entry = call.store.read([keys.slug_key(slug)])[keys.slug_key(slug)]
    if entry is None:
        raise errors.NOT_FOUND()
    tenant_key, style = keys.tenant_key(entry["tenant"]), keys.branding_key(entry["tenant"])
    found = call.store.read([tenant_key, style])
    record = found[tenant_key]
    tenant = read_tenant(record) if record else None
    if tenant is None or not tenant.active:
        raise errors.NOT_FOUND()
    return PublicContext(
        slug=slug,
        name=tenant.name,
        branding=branding.public_branding(found[style], tenant.name),
        login=LoginOptions(registration=settings().registration == "open"),
    )
