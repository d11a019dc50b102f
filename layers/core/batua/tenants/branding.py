"""How a tenant shows itself: in the portal before and after signing in, and in its mail."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, StringConstraints

from .. import clock, errors, files, ids
from ..api.endpoint import Call
from ..api.models import Instant, Model, PlainText, plain
from ..identity.users import normal_email
from ..store import keys
from ..store.store import Record, commit_unless_changed
from ..store.versions import VersionedRecord, load_versioned, require_version
from ..store.writes import Write
from . import documents, uploads
from .audit_entries import tenant_audit_entry
from .brand_colors import ACCENT, PRIMARY

LOGO_SECONDS: Final = 3600
_PAGE_URL: Final = re.compile(
    r"https://[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::\d{1,5})?(?:/[!-~]*)?", re.ASCII | re.I
)

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", to_lower=True)]
Footer = Annotated[
    str,
    StringConstraints(max_length=1000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"),
    AfterValidator(plain),
]


class SaveBranding(Model):
    """Replaces the branding; what is left out goes back to its default."""

    display_name: PlainText | None = Field(None, description="The tenant's name where left out.")
    primary_color: Colour = PRIMARY
    accent_color: Colour = ACCENT
    email_footer: Footer | None = Field(None, description="Plain text under every mail.")
    support_email: str | None = Field(None, max_length=254)
    support_url: str | None = Field(None, max_length=512, description="An https:// address.")
    logo_document_id: str | None = Field(None, description="A checked PNG, JPEG or WebP of at most 512 KiB.")
    version: int | None = Field(None, ge=0, description="As read; refuses the change where it is no longer that.")


class BrandingOut(Model):
    display_name: str
    primary_color: str
    accent_color: str
    email_footer: str | None
    support_email: str | None
    support_url: str | None
    logo_document_id: str | None
    logo_url: str | None = Field(description="Good until `logo_expires_at`.")
    logo_expires_at: Instant | None
    version: int


class PublicBranding(Model):
    """What everyone may see."""

    display_name: str
    primary_color: str
    accent_color: str
    support_email: str | None
    support_url: str | None
    logo_url: str | None
    logo_expires_at: Instant | None


def read_branding(call: Call[None]) -> BrandingOut:
    tenant = call.caller.tenant
    return branding_out(uploads.reload_document(call.store, keys.branding_key(tenant.id)), tenant.name)


def save_branding(call: Call[SaveBranding]) -> BrandingOut:
    given, tenant = call.input, call.caller.tenant
    before = load_versioned(call.store, keys.branding_key(tenant.id))
    require_version(before, given.version)
    support = normal_email_of(given.support_email)
    if given.support_url is not None and not _is_page(given.support_url):
        raise errors.invalid("support_url", "must be an https:// address of a public host name")
    logo, holding = _logo_changes(call, given.logo_document_id)
    item = {
        "name": given.display_name,
        "primary": given.primary_color,
        "accent": given.accent_color,
        "footer": given.email_footer or None,
        "support": support,
        "page": given.support_url,
        "logo": logo,
    }
    put = before.replacement(item)
    act = tenant_audit_entry(call, "branding saved", tenant.id, {"version": before.version + 1})
    commit_unless_changed(call.store, [put, *holding, act], caller=call.request.id)
    return branding_out(dict(put.item), tenant.name)


def _is_page(url: str) -> bool:
    """Whether this is a page under a public name: no number, no name of one machine or of a private network."""
    if not _PAGE_URL.fullmatch(url):
        return False
    host = url.split("/")[2].partition(":")[0].lower()
    top = host.rpartition(".")[2]
    private = top in ("localhost", "local", "internal", "lan", "home", "test", "invalid", "onion")
    return "." in host and ".." not in host and top.isalpha() and not private


def normal_email_of(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return normal_email(text)
    except errors.Problem as refusal:
        raise errors.invalid("support_email", "must be an email address") from refusal


def branding_out(record: Record | None, name: str) -> BrandingOut:
    """A tenant's branding, with a link to its logo; the defaults where it has none."""
    record = record or {}
    logo_url, until = _logo_link(record)
    return BrandingOut(
        display_name=record.get("name") or name,
        primary_color=record.get("primary", PRIMARY),
        accent_color=record.get("accent", ACCENT),
        email_footer=record.get("footer"),
        support_email=record.get("support"),
        support_url=record.get("page"),
        logo_document_id=(record.get("logo") or {}).get("doc"),
        logo_url=logo_url,
        logo_expires_at=until,
        version=record.get("version", 0),
    )


def public_branding(record: Record | None, name: str) -> PublicBranding:
    shown = branding_out(record, name).model_dump(include=set(PublicBranding.model_fields))
    return PublicBranding(**shown)


def _logo_link(record: Record) -> tuple[str | None, str | None]:
    logo = record.get("logo")
    if not logo:
        return None, None
    link = files.download_link(logo["file"], logo["media"], "logo", LOGO_SECONDS, inline=True)
    return link.url, clock.iso(clock.system() + link.seconds * 1000)


def _logo_changes(call: Call[Any], document: str | None) -> tuple[dict[str, str] | None, list[Write]]:
    """What the branding keeps of its logo, and what holds on to the document meanwhile."""
    if document is None:
        return None, []
    if not ids.is_id(document, "doc"):
        raise errors.NOT_FOUND()
    key = keys.document_key(call.caller.tenant.id, document)
    record = uploads.reload_document(call.store, key)
    if record is None or record.get("leaving"):
        raise errors.NOT_FOUND()
    record = documents.check_document(call, key, record)
    content = uploads.usable_content(record)
    if not content.is_logo:
        raise errors.DOCUMENT_UNFIT("A logo is a checked PNG, JPEG or WebP of at most 512 KiB.")
    logo = {"doc": document, "file": uploads.content_key(key, content), "media": content.media}
    return logo, [VersionedRecord(key, record).check()]
