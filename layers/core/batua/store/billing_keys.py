"""The keys of billing, in the directory: tax profiles.

The rule of `keys` holds here too: parts are digests or fixed words, none of which can hold a `#`. A scope is always of
a tenant's own books.
"""

from __future__ import annotations

import re
from typing import Final

from .keys import Key

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def tax_profile_key(scope: str, customer: str | None = None) -> Key:
    """A tenant's tax profile, or that of one of its customers (`customer`: a digest of its name)."""
    if customer is not None and not _DIGEST.fullmatch(customer):
        raise ValueError("not a digest")
    return Key("directory", f"{scope}#TAX", "TENANT" if customer is None else f"CUSTOMER#{customer}")
