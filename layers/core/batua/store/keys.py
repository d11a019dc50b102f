"""Every key of both tables, in one place.

Parts of a key are ids, digests, months or fixed words: none of them can hold a `#`, so no two things share a key,
and no key is the beginning of another tenant's.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from .scope import Key as Key
from .scope import Mode as Mode
from .scope import Scope as Scope
from .scope import TableName as TableName
from .scope import require_id as _require
from .scope import scope as scope
from .scope import scope_of as scope_of

DUE_HOLD_PARTITIONS: Final = 8
"""Open holds are spread over so many partitions of index `due`, as one takes a thousand writes a second."""

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,46}[a-z0-9])", re.ASCII)


def wallet_key(scope: str, wallet_id: str) -> Key:
    return Key("ledger", wallet_partition(scope, wallet_id), "BAL")


def wallet_partition(scope: str, wallet_id: str) -> str:
    _require(wallet_id, "wal")
    return f"{scope}#W#{wallet_id}"


def transaction_key(scope: str, transaction_id: str) -> Key:
    """The id of a transaction is the digest of its idempotency key, so either finds the item."""
    _require(transaction_id, "txn")
    return Key("ledger", f"{scope}#K#{transaction_id}", "TX")


def reversed_sum_key(scope: str, transaction_id: str) -> Key:
    """How much of a transaction has been undone."""
    _require(transaction_id, "txn")
    return Key("ledger", f"{scope}#K#{transaction_id}", "REVERSED")


def month_key(scope: str, merchant: str, shard: int, month: int) -> Key:
    _require(merchant, "ten")
    return Key("ledger", f"{scope}#M#{merchant}#{shard}", f"MIR#{month:06d}")


def hold_key(scope: str, hold_id: str) -> Key:
    _require(hold_id, "hold")
    return Key("ledger", f"{scope}#H#{hold_id}", "HOLD")


def due_holds_partition_of(hold_id: str) -> str:
    """Where an open hold waits in index `due`: in one of a few partitions, so that one schedule finds all."""
    _require(hold_id, "hold")
    return due_holds_partition(sum(hold_id.encode()) % DUE_HOLD_PARTITIONS)


def due_holds_partition(number: int) -> str:
    return f"HOLDS#{number}"


def funds_wallet_key(scope: str, wallet_id: str) -> Key:
    """A tenant's own wallet. Not a customer's: what reads those finds nothing here, and the other way round."""
    _require(wallet_id, "wal")
    return Key("ledger", f"{scope}#W#{wallet_id}", "FUNDS")


def funds_line_key(scope: str, transaction_id: str, line: int = 0) -> Key:
    """A line of a transaction of tenant wallets: the first is the journal entry and the idempotency record."""
    _require(transaction_id, "txn")
    return Key("ledger", f"{scope}#K#{transaction_id}", f"FUNDS#{line:02d}" if line else "FUNDS")


def funds_transaction_partition(scope: str, transaction_id: str) -> str:
    """All of a transaction in these books: its lines, and how much of it has been reversed."""
    return funds_line_key(scope, transaction_id).pk


def funds_reversed_key(scope: str, transaction_id: str) -> Key:
    _require(transaction_id, "txn")
    return Key("ledger", f"{scope}#K#{transaction_id}", "FUNDS#REVERSED")


def funds_hold_key(scope: str, hold_id: str) -> Key:
    _require(hold_id, "hold")
    return Key("ledger", f"{scope}#H#{hold_id}", "FUNDS")


def funds_statement_partition(scope: str, wallet_id: str) -> str:
    """A tenant wallet's lines in index `statement`, by time."""
    _require(wallet_id, "wal")
    return f"{scope}#F#{wallet_id}"


def funds_activity_partition(scope: str, tenant: str) -> str:
    """A tenant's transactions on its own wallets, in index `activity`."""
    _require(tenant, "ten")
    return f"{scope}#F#{tenant}"


def funds_refusals_partition(scope: str, tenant: str) -> str:
    return f"{funds_activity_partition(scope, tenant)}#REFUSED"


def funds_wallets_partition(scope: str) -> str:
    """A tenant's own wallets in index `due`, by their ids: written once in a wallet's life."""
    return f"{scope}#WALLETS"


def daily_totals_partition(scope: str) -> str:
    """A tenant's transactions added up by day: the partition. `scope` is of its own books."""
    return f"TOTALS#{scope}"


def daily_total_key(scope: str, day: int, asset: str, kind: str, status: str) -> Key:
    return Key("directory", daily_totals_partition(scope), f"{day:08d}#{asset}#{kind}#{status}")


def wallet_days_partition(scope: str, wallet_id: str) -> str:
    """What came into and went out of a tenant wallet, by day and by month: the partition."""
    _require(wallet_id, "wal")
    return f"TOTALS#{scope}#{wallet_id}"


def wallet_day_key(scope: str, wallet_id: str, day: int) -> Key:
    """Days are those of UTC, as instants bound statements."""
    return Key("directory", wallet_days_partition(scope, wallet_id), f"D#{day:08d}")


def wallet_month_key(scope: str, wallet_id: str, month: int) -> Key:
    return Key("directory", wallet_days_partition(scope, wallet_id), f"M#{month:06d}")


def disputes_partition(mode: Mode, transaction_id: str) -> str:
    """All disputes on a transaction: the partition."""
    _require(transaction_id, "txn")
    return f"DISPUTES#{'L' if mode == 'live' else 'T'}#{transaction_id}"


def disputes_mode(partition: str) -> Mode:
    """The mode of the disputes in a partition, as `disputes_partition` wrote it."""
    return "live" if partition.startswith("DISPUTES#L#") else "test"


def dispute_key(mode: Mode, transaction_id: str, dispute_id: str) -> Key:
    _require(dispute_id, "dsp")
    return Key("directory", disputes_partition(mode, transaction_id), f"DISPUTE#{dispute_id}")


def open_dispute_key(mode: Mode, transaction_id: str) -> Key:
    """Stands while a dispute on the transaction is open: there is one at a time."""
    return Key("directory", disputes_partition(mode, transaction_id), "OPEN")


def open_disputes_partition(mode: Mode) -> str:
    """All open disputes of all tenants, by when they are due: a partition of index `by_parent`."""
    return f"DISPUTES#{mode}#open"


def activity_partition(scope: str, merchant: str) -> str:
    """A merchant's transactions in index `activity`."""
    _require(merchant, "ten")
    return f"{scope}#M#{merchant}"


def refusals_partition(scope: str, merchant: str) -> str:
    """A merchant's refused requests in index `activity`: beside its transactions, not among them."""
    return f"{activity_partition(scope, merchant)}#REFUSED"


def tenant_key(tenant_id: str) -> Key:
    _require(tenant_id, "ten")
    return Key("directory", f"TENANT#{tenant_id}", "TENANT")


def children_partition(parent_id: str) -> str:
    """The tenants directly below another, in index `by_parent`."""
    _require(parent_id, "ten")
    return f"PARENT#{parent_id}"


def rate_key(caller_id: str, minute: int) -> Key:
    """What is left of a caller's requests in one minute, which functions take in blocks."""
    return Key("directory", f"RATE#{caller_id}", str(minute))


def program_key(owner: str, program_id: str) -> Key:
    _require(owner, "ten")
    _require(program_id, "prg", "waty")
    return Key("directory", f"TENANT#{owner}", f"PROGRAM#{program_id}")


def user_key(tenant_id: str, user_id: str) -> Key:
    _require(tenant_id, "ten")
    _require(user_id, "usr")
    return Key("directory", f"TENANT#{tenant_id}", f"USER#{user_id}")


def users_range(tenant_id: str) -> tuple[str, str]:
    """Where a tenant's users stand: the partition, and how their sort keys begin."""
    _require(tenant_id, "ten")
    return f"TENANT#{tenant_id}", "USER#"


def credentials_key(tenant_id: str, user_id: str) -> Key:
    """What a user proves itself with, apart from the record that every request reads."""
    _require(tenant_id, "ten")
    _require(user_id, "usr")
    return Key("directory", f"TENANT#{tenant_id}", f"CREDENTIALS#{user_id}")


def login_key(digest: str) -> Key:
    """Who signs in under an e-mail address, of which this is the keyed digest."""
    _require_digest(digest)
    return Key("directory", f"LOGIN#{digest}", "LOGIN")


def session_key(session_id: str) -> Key:
    _require(session_id, "ses")
    return Key("directory", f"SESSION#{session_id}", "SESSION")


def sessions_partition(user_id: str) -> str:
    """The sessions of a user, or of a customer, in index `by_parent`."""
    _require(user_id, "usr", "cust")
    return f"SESSIONS#{user_id}"


def throttle_key(kind: str, digest: str) -> Key:
    """How often something was tried in vain."""
    _require_digest(digest)
    return Key("directory", f"THROTTLE#{kind}#{digest}", "THROTTLE")


def unknown_login_key(digest: str, at: str) -> Key:
    """A sign-in under a name that nobody has."""
    _require_digest(digest)
    return Key("directory", f"MISSED#{digest}", at)


def one_time_link_key(digest: str) -> Key:
    """The record behind a link that works once."""
    _require_digest(digest)
    return Key("directory", f"ONCE#{digest}", "ONCE")


def otp_key(otp_id: str) -> Key:
    _require(otp_id, "otp")
    return Key("directory", f"OTP#{otp_id}", "OTP")


def deletion_key(deletion_id: str) -> Key:
    """A user's request to be forgotten, and the proof that it was done."""
    _require(deletion_id, "del")
    return Key("directory", f"DELETION#{deletion_id}", "DELETION")


def open_deletions_partition() -> str:
    """Deletions that are planned and not done, in index `by_name`, by when they are due."""
    return "DELETIONS"


def platform_key() -> Key:
    """What there is once in a deployment."""
    return Key("directory", "PLATFORM", "PLATFORM")


def child_key(tenant_id: str, child_id: str) -> Key:
    """That one tenant is below another; read strongly, as a suspension must reach all below."""
    _require(tenant_id, "ten")
    _require(child_id, "ten")
    return Key("directory", f"TENANT#{tenant_id}", f"CHILD#{child_id}")


def slug_key(name: str) -> Key:
    """Which tenant a slug names."""
    if not is_slug(name):
        raise ValueError("not a slug")
    return Key("directory", f"SLUG#{name}", "SLUG")


def profile_key(tenant_id: str) -> Key:
    """What is known of a tenant besides what every request needs."""
    _require(tenant_id, "ten")
    return Key("directory", f"TENANT#{tenant_id}", "PROFILE")


def branding_key(tenant_id: str) -> Key:
    _require(tenant_id, "ten")
    return Key("directory", f"TENANT#{tenant_id}", "BRANDING")


def allowlist_key(tenant_id: str) -> Key:
    """The networks that were proposed and approved, with who and when."""
    _require(tenant_id, "ten")
    return Key("directory", f"TENANT#{tenant_id}", "NETWORKS")


def api_key_key(tenant_id: str, key_id: str) -> Key:
    """The history of an API key."""
    _require(tenant_id, "ten")
    _require(key_id, "key")
    return Key("directory", f"TENANT#{tenant_id}", f"KEY#{key_id}")


def key_use_key(tenant_id: str, key_id: str) -> Key:
    """When an API key was last seen. In a partition of its own, which every function with a caller may write."""
    _require(tenant_id, "ten")
    _require(key_id, "key")
    return Key("directory", f"USED#{tenant_id}", key_id)


def document_key(tenant_id: str, document_id: str) -> Key:
    _require(tenant_id, "ten")
    _require(document_id, "doc")
    return Key("directory", f"TENANT#{tenant_id}", f"DOCUMENT#{document_id}")


def key_uses_partition(tenant_id: str) -> str:
    _require(tenant_id, "ten")
    return f"USED#{tenant_id}"


def tenant_items_range(tenant_id: str, kind: Literal["CHILD", "KEY", "DOCUMENT", "USER"]) -> tuple[str, str]:
    """Where things of a kind stand that a tenant has many of: the partition, and how their sort keys begin."""
    _require(tenant_id, "ten")
    return f"TENANT#{tenant_id}", f"{kind}#"


def customer_key(scope: str, customer_id: str) -> Key:
    _require(customer_id, "cust")
    return Key("directory", f"{scope}#C#{customer_id}", "CUSTOMER")


def connection_key(connection_id: str) -> Key:
    """A shop or billing system that sends its sales. Found from the webhook's address, which names no tenant."""
    _require(connection_id, "con")
    return Key("directory", f"CONNECTION#{connection_id}", "CONNECTION")


def connections_partition(tenant_id: str) -> str:
    """A tenant's connections in index `by_parent`."""
    _require(tenant_id, "ten")
    return f"CONNECTIONS#{tenant_id}"


def connection_delivery_key(connection_id: str, delivery_id: str) -> Key:
    """What a connection received once."""
    _require(connection_id, "con")
    _require(delivery_id, "dlv")
    return Key("directory", f"CONNECTION#{connection_id}", f"DELIVERY#{delivery_id}")


def delivery_outcome_key(connection_id: str, delivery_id: str) -> Key:
    """What became of a delivery. Apart from it, so that its body and its place in the list are written once."""
    _require(connection_id, "con")
    _require(delivery_id, "dlv")
    return Key("directory", f"CONNECTION#{connection_id}", f"OUTCOME#{delivery_id}")


def connection_deliveries_partition(connection_id: str) -> str:
    """What a connection received in index `by_parent`, by time."""
    _require(connection_id, "con")
    return f"DELIVERIES#{connection_id}"


def shop_order_key(order_id: str) -> Key:
    """What is known of an order of a shop, and which entries stand for it."""
    _require(order_id, "ord")
    return Key("directory", f"ORDER#{order_id}", "ORDER")


def contact_key(scope: str, contact_id: str) -> Key:
    """The customer behind an e-mail address, as named by one merchant's orders."""
    _require(contact_id, "ctc")
    return Key("directory", f"{scope}#E#{contact_id}", "CONTACT")


def audit_key(mode: Mode, tenant_id: str, at: str, audit_id: str) -> Key:
    _require(audit_id, "aud")
    return Key("directory", audit_partition(mode, tenant_id), f"{at}#{audit_id}")


def audit_partition(mode: Mode, tenant_id: str) -> str:
    return f"AUDIT#{scope(mode, tenant_id)}"


def is_slug(text: str) -> bool:
    """3 to 48 lower-case letters, digits and hyphens, none at either end."""
    return _SLUG.fullmatch(text) is not None


def _require_digest(value: str) -> None:
    if len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise ValueError("not a digest")
