"""The customer's pass for the wallet of their phone.

Apple's is a file that Safari opens from an address, without the page's headers: the address holds a token that is good
for some minutes. Google's is a link to Google, which holds the pass itself. Both show the balance of the moment, and a
QR code that is good until it is replaced, as on a printed card; `passes.updates` keeps the balance up to date.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Instant, Model
from ..api.styles import Raw
from ..identity.link_signatures import is_link_signature, link_signature
from ..passes.holders import Holder, load_coins, load_holder, pass_card, read_serial
from ..settings import settings
from ..store.store import Store
from .signed_in import signed_in_customer

_PURPOSE: Final = "pass link"
_LINK_MS: Final = 10 * 60_000


class PassLink(Model):
    url: str = Field(examples=["https://wallet.example.com/api/v1/me/passes/01KDC0V6M8W3T4Q9X2Z7N5B1FA.L.1795254000.x"])
    expires_at: Instant | None = Field(description="Get another link after that; null where it has no end.")


class MyPasses(Model):
    """A link for each wallet that this deployment has an account for."""

    apple: PassLink | None = Field(description="A pass file. Opens Apple Wallet on an iPhone.")
    google: PassLink | None = Field(description="Opens Google Wallet.")


def list_my_passes(call: Call[None]) -> MyPasses:
    from ..passes import devices
    from ..passes.accounts import load_issuers
    from ..passes.google import google_save_link

    caller, customer = call.caller, signed_in_customer(call)
    assert caller.tenant.program is not None  # or the session would not have been admitted
    holder = Holder(caller.tenant, caller.tenant.program, caller.mode, customer)
    issuers = load_issuers(call.store)
    apple = google = None
    if issuers.apple:
        until = (clock.system() + _LINK_MS) // 1000
        url = f"{settings().public_url}/api/v1/me/passes/{_link_token(holder, until)}"
        apple = PassLink(url=url, expires_at=clock.iso(until * 1000))
    if issuers.google:
        devices.note_google_pass(call.store, holder, clock.system())
        card = pass_card(holder, load_coins(call.store, holder), call.now)
        google = PassLink(url=google_save_link(card, issuers.google), expires_at=None)
    return MyPasses(apple=apple, google=google)


def download_pass(call: Call[None]) -> Raw:
    """Raises LINK_INVALID for whatever is no link of ours, or is too old."""
    from ..passes.accounts import load_issuers
    from ..passes.apple import APPLE_MEDIA, apple_pass

    issuer = load_issuers(call.store).apple
    holder = _read_link(call.store, call.path["token"])
    if issuer is None or holder is None:
        raise errors.LINK_INVALID()
    headers = {"Content-Disposition": 'attachment; filename="coins.pkpass"'}
    return Raw(apple_pass(pass_card(holder, load_coins(call.store, holder), call.now), issuer), APPLE_MEDIA, headers)


def _link_token(holder: Holder, until: int) -> str:
    return f"{holder.serial}.{until}.{link_signature(holder.program.owner, _PURPOSE, *_link_content(holder, until))}"


def _read_link(store: Store, token: str) -> Holder | None:
    parts = token.split(".")
    named = read_serial(".".join(parts[:3])) if len(parts) == 5 else None
    if named is None or not (parts[3].isascii() and parts[3].isdigit()):
        return None
    until = int(parts[3][:12])
    holder = load_holder(store, *named) if clock.system() < until * 1000 else None
    if holder is None or not is_link_signature(parts[4], holder.program.owner, _PURPOSE, *_link_content(holder, until)):
        return None
    return holder


def _link_content(holder: Holder, until: int) -> tuple[str, ...]:
    """The link ends with the codes of its time: after "Replace my codes" it must not show the new one."""
    customer = holder.customer
    return holder.scope, holder.tenant.id, customer.id, str(customer.qr_version), str(until)
