"""The port to vendors: what a vendor sells, and what it answers to an order.

An order has one reference for ever, its own id: a vendor that is given it again places nothing a second time. What
counts is what the vendor *says*. `denied` is a statement ("there is no such order") and `unknown` is the lack of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

VendorName = Literal["house", "runa", "woohoo"]

AnswerKind = Literal[
    "delivered",  # all cards that this order will ever have
    "processing",  # the vendor has the order and is at it
    "refused",  # the vendor will not carry it out, and has charged nothing
    "denied",  # the vendor knows no order of this reference
    "unknown",  # no answer, or one that does not say
]


@dataclass(frozen=True, slots=True)
class Denominations:
    """Face values in paise: a list of `fixed` ones, or all from `least` to `most` in whole steps."""

    fixed: tuple[int, ...] = ()
    least: int = 0
    most: int = 0
    step: int = 100

    def allow(self, face: int) -> bool:
        if self.fixed:
            return face in self.fixed
        return self.least <= face <= self.most and (face - self.least) % self.step == 0


@dataclass(frozen=True, slots=True)
class VendorProduct:
    """A product as its vendor lists it."""

    sku: str
    title: str
    denominations: Denominations
    description: str | None = None
    terms: str | None = None
    image: str | None = None
    categories: tuple[str, ...] = ()
    valid_months: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What the customer gets: a code with or without a PIN, or the address of a page that shows it."""

    code: str | None = None
    pin: str | None = None
    url: str | None = None
    valid_until: str | None = None
    """As the vendor writes it."""


@dataclass(frozen=True, slots=True)
class VendorOrder:
    """What is ordered. `id` is the reference, `vendor_id` what the vendor calls the order, once that is known."""

    id: str
    scope: str
    sku: str
    face: int
    quantity: int
    first_sent_at: int
    vendor_id: str | None = None


@dataclass(frozen=True, slots=True)
class VendorAnswer:
    kind: AnswerKind
    vendor_id: str | None = None
    cards: tuple[Card, ...] = field(default=(), repr=False)
    reason: str | None = None
    """A stable word of ours, never the vendor's text."""


class Vendor(Protocol):
    def place(self, order: VendorOrder) -> VendorAnswer:
        """Places the order under its reference, or finds what became of it. Never raises for what the vendor does."""

    def status(self, order: VendorOrder, now: int) -> VendorAnswer:
        """What became of the order. Places nothing."""

    def may_place(self, order: VendorOrder, now: int) -> bool:
        """Whether the vendor still recognises the reference, so that sending it again cannot order twice."""


class ListedVendor(Vendor, Protocol):
    """A vendor with its own catalogue."""

    def catalogue(self) -> Iterator[VendorProduct]:
        """All that can be ordered now. Raises VendorSilent where it does not tell all."""

    def greet(self) -> int | None:
        """Asks something that needs the credentials and orders nothing. What the account holds for orders, in paise,
        where the vendor tells. Raises VendorSilent."""
