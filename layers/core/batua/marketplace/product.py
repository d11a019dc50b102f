"""A product on offer: the vendor's own data, whose account it is bought from, and the price."""

from __future__ import annotations

from dataclasses import dataclass

from ..ledger.model import Program
from ..store.writes import Check
from .pricing import Tariff
from .vendor import Denominations, VendorName


@dataclass(frozen=True, slots=True)
class MarketProduct:
    id: str
    vendor: VendorName
    owner: str
    """The tenant from whose account or pool it comes."""
    sku: str
    title: str
    denominations: Denominations
    tariff: Tariff
    as_read: tuple[Check, ...]
    """They hold as long as product and price are as they were read: a checkout is committed under these conditions."""
    left: int | None = None
    """Cards of the house that are left; None where the vendor does not say."""
    description: str | None = None
    terms: str | None = None
    image: str | None = None
    categories: tuple[str, ...] = ()
    valid_months: int | None = None
    provider: str | None = None
    generation: int | None = None
    """Of the credentials of the vendor's account."""

    def unit_points(self, face: int, program: Program) -> int:
        return self.tariff.unit_points(face, program)
