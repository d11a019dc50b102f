"""Every key of both tables, in one place.

Parts of a key are ids, digests, months or fixed words: none of them can hold a `#`, so no two things share a key,
and no key is the beginning of another tenant's.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..ids import is_id

Mode = Literal["live", "test"]
TableName = Literal["ledger", "directory"]


class Key(NamedTuple):
    table: TableName
    pk: str
    sk: str


def scope(mode: Mode, owner: str) -> str:
    """Where a program's value stands. Live and sandbox differ in the first letter, so neither can name the other's items."""
    _require(owner, "ten")
    return f"{'L' if mode == 'live' else 'T'}#{owner}"


def wallet(scope: str, wallet_id: str) -> Key:
    return Key("ledger", wallet_partition(scope, wallet_id), "BAL")


def wallet_partition(scope: str, wallet_id: str) -> str:
    _require(wallet_id, "wal")
    return f"{scope}#W#{wallet_id}"


def transaction(scope: str, transaction_id: str) -> Key:
    """The id of a transaction is the digest of its idempotency key, so either finds the item."""
    _require(transaction_id, "txn")
    return Key("ledger", f"{scope}#K#{transaction_id}", "TX")


def reversed_sum(scope: str, transaction_id: str) -> Key:
    """How much of a transaction has been undone."""
    _require(transaction_id, "txn")
    return Key("ledger", f"{scope}#K#{transaction_id}", "REVERSED")


def month(scope: str, merchant: str, shard: int, month: int) -> Key:
    _require(merchant, "ten")
    return Key("ledger", f"{scope}#M#{merchant}#{shard}", f"MIR#{month:06d}")


def hold(scope: str, hold_id: str) -> Key:
    _require(hold_id, "hold")
    return Key("ledger", f"{scope}#H#{hold_id}", "HOLD")


def activity_partition(scope: str, merchant: str) -> str:
    """A merchant's transactions in index `activity`."""
    _require(merchant, "ten")
    return f"{scope}#M#{merchant}"


def refusals_partition(scope: str, merchant: str) -> str:
    """A merchant's refused requests in index `activity`: beside its transactions, not among them."""
    return f"{activity_partition(scope, merchant)}#REFUSED"


def tenant(tenant_id: str) -> Key:
    _require(tenant_id, "ten")
    return Key("directory", f"TENANT#{tenant_id}", "TENANT")


def program(owner: str, program_id: str) -> Key:
    _require(owner, "ten")
    _require(program_id, "prg", "waty")
    return Key("directory", f"TENANT#{owner}", f"PROGRAM#{program_id}")


def user(tenant_id: str, user_id: str) -> Key:
    _require(tenant_id, "ten")
    _require(user_id, "usr")
    return Key("directory", f"TENANT#{tenant_id}", f"USER#{user_id}")


def customer(scope: str, customer_id: str) -> Key:
    _require(customer_id, "cust")
    return Key("directory", f"{scope}#C#{customer_id}", "CUSTOMER")


def audit(mode: Mode, tenant_id: str, at: str, audit_id: str) -> Key:
    _require(audit_id, "aud")
    return Key("directory", audit_partition(mode, tenant_id), f"{at}#{audit_id}")


def audit_partition(mode: Mode, tenant_id: str) -> str:
    return f"AUDIT#{scope(mode, tenant_id)}"


def _require(value: str, *prefixes: str) -> None:
    # What reaches a key has been validated at the edge; this holds even where someone forgets to.
    if not is_id(value, *prefixes):
        raise ValueError(f"not an id of kind {'/'.join(prefixes)}")
