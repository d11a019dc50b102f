"""Whose name a message bears: the tenant's, with its colour and logo where it has given them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ..store import keys
from ..store.store import Record, Store

PRODUCT: Final = "Batua"
COLOUR: Final = "#5b3fd6"
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Branding:
    name: str = PRODUCT
    colour: str = COLOUR
    logo_url: str | None = None
    support: str | None = None
    """Where people can ask: an address or a page."""


def of_tenant(store: Store, tenant: str | None) -> Branding:
    if tenant is None:
        return Branding()
    key = keys.tenant(tenant)
    record = store.read([key])[key]
    return of_record(record) if record else Branding()


def of_record(record: Record) -> Branding:
    """From the tenant item: its `branding` (name, colour, logo_url, support), as far as it is fit to be used."""
    given = record.get("branding") or {}
    colour, logo = str(given.get("colour", "")), str(given.get("logo_url", ""))
    return Branding(
        name=given.get("name") or record.get("name") or PRODUCT,
        colour=colour if _COLOUR.fullmatch(colour) else COLOUR,
        logo_url=logo if logo.startswith("https://") else None,
        support=given.get("support"),
    )
