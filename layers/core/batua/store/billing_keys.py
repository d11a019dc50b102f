"""The keys of billing, in the directory: tax profiles, series of numbers, invoices, notes and credits.

The rule of `keys` holds here too: parts are digests or fixed words, none of which can hold a `#`. A scope is always of
a tenant's own books.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from ..ids import is_id
from .keys import Key

REMINDER_PARTITIONS: Final = 8
"""Open invoices are spread over so many partitions of the index."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def tax_profile_key(scope: str, customer: str | None = None) -> Key:
    """A tenant's tax profile, or that of one of its customers (`customer`: a digest of its name)."""
    if customer is not None and not _DIGEST.fullmatch(customer):
        raise ValueError("not a digest")
    return Key("directory", f"{scope}#TAX", "TENANT" if customer is None else f"CUSTOMER#{customer}")


def irp_account_key(scope: str) -> Key:
    """A tenant's access to an Invoice Registration Portal."""
    return Key("directory", f"{scope}#TAX", "IRP")


def irp_session_key(scope: str) -> Key:
    """The session that is open at the portal."""
    return Key("directory", f"{scope}#TAX", "IRP#SESSION")


def invoice_series_key(scope: str, year: int, series: str = "INV") -> Key:
    """The last number of a series in the financial year that begins in April of `year`."""
    if series not in ("INV", "BOS", "RCT", "CRN", "DBN", "TST", "TCN"):
        raise ValueError("not a series")
    return Key("directory", f"{scope}#SERIES", f"{year:04d}" if series == "INV" else f"{year:04d}#{series}")


def invoices_made_partition(scope: str) -> str:
    """The invoices and notes that a tenant makes by hand: the partition, and the one in index `by_parent`."""
    return f"{scope}#BILLING"


def billing_invoice_key(scope: str, invoice_id: str) -> Key:
    """An invoice, or a note (`note_…`)."""
    if not is_id(invoice_id, "inv", "note"):
        raise ValueError("not an id of an invoice or a note")
    return Key("directory", invoices_made_partition(scope), invoice_id)


def invoice_number_key(scope: str, number: str) -> Key:
    """Which invoice or note has a number."""
    digest = hashlib.sha256(number.encode()).hexdigest()
    return Key("directory", f"{scope}#NUMBERS", digest)


def customer_credit_key(scope: str, customer: str) -> Key:
    """What a customer has paid above its invoices; `customer` is a digest of its name."""
    if not _DIGEST.fullmatch(customer):
        raise ValueError("not a digest")
    return Key("directory", f"{scope}#CREDITS", customer)


def reminders_partition_of(invoice_id: str) -> str:
    """Where an open invoice waits for its next reminder in index `by_name`."""
    return reminders_partition(sum(invoice_id.encode()) % REMINDER_PARTITIONS)


def reminders_partition(number: int) -> str:
    return f"INVOICES#DUE#{number}"


def payment_account_key(account: str) -> Key:
    """A tenant's account with a payment provider. Its id alone finds it: a webhook's address names nothing else."""
    if not is_id(account, "pac"):
        raise ValueError("not an id of a payment account")
    return Key("directory", f"PAYMENTS#{account}", "ACCOUNT")


def open_payment_key(account: str, link: str) -> Key:
    """A link of a provider that is to be looked at; `link` is the provider's name of it."""
    if not is_id(account, "pac"):
        raise ValueError("not an id of a payment account")
    digest = hashlib.sha256(f"{account}:{link}".encode()).hexdigest()
    return Key("directory", open_payments_partition(int(digest[:2], 16) % REMINDER_PARTITIONS), digest)


def open_payments_partition(number: int) -> str:
    return f"PAYMENTS#OPEN#{number}"


def provider_payment_key(scope: str, provider: str, payment: str) -> Key:
    """Which invoice a provider's payment is of."""
    digest = hashlib.sha256(f"{provider}:{payment}".encode()).hexdigest()
    return Key("directory", f"{scope}#NUMBERS", f"PAYMENT#{digest}")


def price_plan_key(scope: str, plan: str) -> Key:
    """A price plan in the operator's books."""
    if not is_id(plan, "plan"):
        raise ValueError("not an id of a price plan")
    return Key("directory", price_plans_partition(scope), plan)


def price_plans_partition(scope: str) -> str:
    return f"{scope}#PLANS"


def subscription_key(scope: str, tenant: str) -> Key:
    """Which plans a tenant pays the operator for; it also says what of its use has been invoiced."""
    if not is_id(tenant, "ten"):
        raise ValueError("not an id of a tenant")
    return Key("directory", subscriptions_partition(scope), tenant)


def subscriptions_partition(scope: str) -> str:
    return f"{scope}#SUBSCRIPTIONS"


def usage_outcome_key(scope: str, month: int, tenant: str) -> Key:
    """What the invoicing of a tenant's use of a month (yyyymm) came to."""
    if not is_id(tenant, "ten"):
        raise ValueError("not an id of a tenant")
    return Key("directory", usage_outcomes_partition(scope, month), tenant)


def usage_outcomes_partition(scope: str, month: int) -> str:
    return f"{scope}#USAGE#{month:06d}"


def messages_sent_key(scope: str, day: int, channel: str) -> Key:
    """How many messages were sent in a tenant's name on a day (yyyymmdd)."""
    if channel not in ("email", "sms"):
        raise ValueError("not a channel")
    return Key("directory", messages_sent_partition(scope), f"{day:08d}#{channel}")


def messages_sent_partition(scope: str) -> str:
    return f"MESSAGES#{scope}"


def top_up_key(top_up: str) -> Key:
    """A top-up of a tenant's wallet. Its id alone finds it, as a provider's webhook names nothing else."""
    if not is_id(top_up, "tup"):
        raise ValueError("not an id of a top-up")
    return Key("directory", f"TOPUP#{top_up}", "TOPUP")


def top_ups_partition(scope: str) -> str:
    """A tenant's top-ups in index `by_parent`."""
    return f"{scope}#TOPUPS"
