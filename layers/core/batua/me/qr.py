"""The customer's own QR code for the counter: good for minutes, so that a photograph of it soon is not."""

from __future__ import annotations

from typing import Final

from .. import clock
from ..api.endpoint import Call
from ..coins.customers import QrCodesRevoked, revoke_codes_of
from ..customers import model as customers
from .coin_models import MyQr, MyQrQuery
from .signed_in import signed_in_customer

QR_MS: Final = 10 * 60_000
OFFLINE_QR_MS: Final = 24 * 60 * 60_000
"""Of a code that the page keeps for when there is no network: the page shows it only then."""


def read_my_qr(call: Call[MyQrQuery]) -> MyQr:
    customer, caller = signed_in_customer(call), call.caller
    until = (clock.system() + (OFFLINE_QR_MS if call.input.offline else QR_MS)) // 1000 * 1000
    token = customers.qr_token(caller.scope, caller.claims.owner, customer.id, customer.qr_version, until // 1000)

    import segno

    code = segno.make_qr(token, error="m")
    image = code.svg_data_uri(scale=1, border=2, light="#fff", xmldecl=False, nl=False)
    return MyQr(token=token, image=image, expires_at=clock.iso(until))


def renew_my_qr(call: Call[None]) -> QrCodesRevoked:
    """Revokes every code of the customer, printed cards included; the next one that is shown is good."""
    return revoke_codes_of(call, signed_in_customer(call))
