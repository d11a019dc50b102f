"""The keys of passes for phones' wallets: the accounts that issue them, and the phones that hold them."""

from __future__ import annotations

import hashlib

from .keys import Key, Mode
from .scope import require_id


def pass_issuers_key() -> Key:
    """The operator's accounts with Apple and Google."""
    return Key("directory", "PASSES#ISSUERS", "ISSUERS")


def pass_device_partition(pass_type: str, device: str) -> str:
    """The passes of one phone. What the phone calls itself is known to it alone, so a digest of it stands here."""
    digest = hashlib.sha256(f"{pass_type}\n{device}".encode()).hexdigest()
    return f"PASS#D#{digest}"


def pass_device_key(pass_type: str, device: str, serial: str) -> Key:
    return Key("directory", pass_device_partition(pass_type, device), serial)


def google_pass_key(serial: str) -> Key:
    """A customer's pass at Google, of which their own phones are not told."""
    return Key("directory", f"PASS#G#{serial}", "GOOGLE")


def pass_holder_partition(mode: Mode, customer: str) -> str:
    """All passes of a customer, at every merchant and on every phone, in index `by_parent`."""
    require_id(customer, "cust")
    return f"PASS#H#{'L' if mode == 'live' else 'T'}#{customer}"
