"""The origins of a tenant's own sites, whose pages may call the API from a browser (`api.cors`)."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from ..api.endpoint import Call
from ..api.models import Model
from ..store.origin_keys import origin_key
from ..store.store import commit_unless_changed
from ..store.versions import require_version
from ..store.writes import Delete, Put, Write
from .as_read import tenant_as_read
from .audit_entries import tenant_audit_entry

MAX_ORIGINS: Final = 20

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SITE: Final = re.compile(rf"https://(?:{_LABEL}\.)+{_LABEL}(?::\d{{1,5}})?", re.ASCII)
_THIS_MACHINE: Final = re.compile(r"http://(?:localhost|127\.0\.0\.1)(?::\d{1,5})?", re.ASCII)


def site_origin(text: str) -> str:
    """An origin in the spelling of browsers. Raises ValueError."""
    origin = text.strip().lower().removesuffix("/")
    if not (_SITE.fullmatch(origin) or _THIS_MACHINE.fullmatch(origin)) or int(_port(origin)) > 65_535:
        raise ValueError(
            "must be origins such as https://shop.example: scheme and host, a port where it isn't 443, no path and no "
            "wildcard; http only for localhost. Write international names as the browser sends them (xn--…)"
        )
    return origin.removesuffix(":443") if origin.startswith("https:") else origin.removesuffix(":80")


SiteOrigin = Annotated[
    str, AfterValidator(site_origin), Field(max_length=261, examples=["https://shop.kaveri.example"])
]


class ReplaceOrigins(Model):
    """All origins that are to be allowed; an empty list allows none."""

    origins: list[SiteOrigin] = Field(max_length=MAX_ORIGINS)
    version: int | None = Field(
        None, ge=1, description="As read; refuses the change where it is no longer that.", examples=[3]
    )


class AllowedOrigins(Model):
    origins: list[str] = Field(examples=[["https://shop.kaveri.example"]])
    version: int = Field(examples=[4])


def read_origins(call: Call[None]) -> AllowedOrigins:
    tenant = call.caller.tenant
    return AllowedOrigins(origins=list(tenant.origins), version=tenant.version)


def replace_origins(call: Call[ReplaceOrigins]) -> AllowedOrigins:
    """Puts a list in the place of the one before; both kinds of items, or neither."""
    given, tenant = call.input, call.caller.tenant
    before = tenant_as_read(tenant)
    require_version(before, given.version)
    origins = list(dict.fromkeys(given.origins))
    writes: list[Write] = [
        before.change({"origins": origins}),
        *(Put(origin_key(each, tenant.id), {"at": call.now}) for each in origins if each not in tenant.origins),
        *(Delete(origin_key(each, tenant.id)) for each in tenant.origins if each not in origins),
        tenant_audit_entry(
            call,
            "origins replaced",
            tenant.id,
            {"origins": origins},
            announce=f"Sites that may call the API from a browser: {', '.join(origins) or 'none'}.",
        ),
    ]
    commit_unless_changed(call.store, writes, caller=call.request.id)
    return AllowedOrigins(origins=origins, version=before.version + 1)


def _port(origin: str) -> str:
    return origin.rpartition(":")[2] if origin.count(":") == 2 else "0"
