"""The key of the accounts under which this deployment issues passes for phones' wallets."""

from __future__ import annotations

from .keys import Key


def pass_issuers_key() -> Key:
    """The operator's accounts with Apple and Google."""
    return Key("directory", "PASSES#ISSUERS", "ISSUERS")
