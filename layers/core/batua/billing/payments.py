"""What goes on an invoice so that it can be paid without any provider: a UPI link, to be shown as a QR code. Pure.

The payer's app opens with payee, amount and reference filled in. No UPI address is collected from:
UPI Collect for merchants ended on 28 February 2026.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_NAME_CHARACTERS: Final = 120
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._-]{2,256}@[A-Za-z][A-Za-z0-9]{1,63}", re.ASCII)


def is_upi_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None


def _short(payee: str) -> str:
    """As much of a name as a code that is small in print can hold: letters of Indian scripts take nine characters."""
    while len(quote(payee)) > _NAME_CHARACTERS:
        payee = payee[:-1]
    return payee.rstrip()


def upi_link(address: str, payee: str, paise: int, reference: str, note: str) -> str:
    """`upi://pay?...` (NPCI's linking specification): the amount has two decimals, the reference no separators."""
    if not is_upi_address(address):
        raise ValueError("not a UPI address")
    parameters = {
        "pa": address,
        "pn": _short(payee),
        "am": f"{paise // 100}.{paise % 100:02d}",
        "cu": "INR",
        "tr": re.sub(r"[^A-Za-z0-9]", "", reference)[:35],
        "tn": note[:80],
    }
    return "upi://pay?" + "&".join(f"{name}={quote(value, safe='@.')}" for name, value in parameters.items())
