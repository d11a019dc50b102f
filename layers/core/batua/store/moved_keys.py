"""The keys of what says where moved coins went, beside the issues and wallets that they were moved from."""

from __future__ import annotations

from .keys import Key, transaction_key, wallet_key


def reassigned_issue_key(scope: str, transaction_id: str) -> Key:
    """Which issue to another customer replaced an issue."""
    return transaction_key(scope, transaction_id)._replace(sk="REASSIGNED")


def merged_wallet_key(scope: str, wallet_id: str) -> Key:
    """Into which wallet a wallet's coins were last merged."""
    return wallet_key(scope, wallet_id)._replace(sk="MERGED")
