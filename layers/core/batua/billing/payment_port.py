"""The port to payment providers: what is asked of one, and what it says. Amounts are in paise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from ..store.keys import Mode

ProviderName = Literal["razorpay", "cashfree"]


class ProviderFault(Exception):
    """The provider refused, or gave no answer. Its words are for the log alone."""


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """The keys of an account, and whether they are live ones or those of the provider's sandbox."""

    key_id: str
    secret: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """What is to be paid, by a link or by an order.

    `reference` is the same for the same request: a provider takes each once.
    """

    reference: str
    amount: int
    purpose: str
    name: str
    email: str | None
    phone: str | None
    notify_url: str
    expires_at: int
    """Seconds since 1970."""
    return_url: str | None = None
    """Where the payer's browser goes after paying an order."""


@dataclass(frozen=True, slots=True)
class ProviderLink:
    id: str
    url: str


@dataclass(frozen=True, slots=True)
class ProviderOrder:
    """An order, paid by the provider's checkout. `session` opens it, where the provider has sessions."""

    id: str
    session: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """What a webhook says. `payment` is the provider's name of a payment, `refund` that of a refund or lost dispute."""

    kind: Literal["paid", "refunded", "other"]
    payment: str = ""
    amount: int = 0
    currency: str = ""
    reference: str = ""
    refund: str = ""


@dataclass(frozen=True, slots=True)
class LinkState:
    """What a provider says of a link or an order when it is asked. `ended`: nobody can pay by it any more."""

    status: Literal["open", "paid", "ended"]
    payments: tuple[ProviderEvent, ...]


class PaymentProvider(Protocol):
    def create_link(self, access: ProviderAccess, wanted: LinkRequest) -> ProviderLink:
        """Makes a link that a customer pays by. Raises ProviderFault."""

    def link_state(self, access: ProviderAccess, link: str) -> LinkState:
        """The status of a link, with its payments. Raises ProviderFault."""

    def create_order(self, access: ProviderAccess, wanted: LinkRequest) -> ProviderOrder:
        """Makes an order that is paid on a page of ours, by the provider's checkout. Raises ProviderFault."""

    def order_state(self, access: ProviderAccess, order: str, reference: str) -> LinkState:
        """The status of an order, with its payments. Raises ProviderFault."""

    def signed(self, headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
        """Whether the provider has signed the raw body."""

    def event(self, body: bytes) -> ProviderEvent:
        """What the body says. Raises ValueError for one that cannot be read."""
