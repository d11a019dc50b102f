"""A tenant's account with a payment provider: its keys, sealed, by which links are made and webhooks verified."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from .. import errors, ids
from ..api.endpoint import Call
from ..api.models import Model, Text
from ..identity import sealing
from ..settings import RAZORPAY_URL, settings
from ..store import billing_keys
from ..store.keys import Mode
from ..store.store import Record, Store, commit_unless_changed
from ..store.versions import load_versioned, require_version
from ..tenants.audit_entries import tenant_audit_entry
from ..tenants.proofs import require_proofs
from .payment_port import ProviderAccess, ProviderName
from .profile_models import ExpectedVersion
from .tenant_books import books


class SavePaymentAccount(Model):
    provider: ProviderName
    key_id: Text = Field(description="Razorpay's key id, Cashfree's app id.", examples=["rzp_live_4fJk2nQe8TzB1c"])
    key_secret: Text = Field(description="Sealed, and never shown again.", examples=["b3Jt0kq7ZpX2"])
    webhook_secret: Text | None = Field(
        None, description="Razorpay's webhook secret; Cashfree signs with the key secret.", examples=["8sWq1LmV"]
    )
    version: ExpectedVersion = None


class PaymentAccountOut(Model):
    provider: ProviderName | None
    key_id: str | None = Field(examples=["rzp_live_4fJk2nQe8TzB1c"])
    webhook_url: str | None = Field(
        description="What to enter at the provider.",
        examples=["https://wallet.example.com/api/v1/billing/webhooks/razorpay/pac_01KDC0V6M8W3T4Q9X2Z7N5B1FA"],
    )
    version: int


@dataclass(frozen=True, slots=True)
class PaymentAccount:
    """A tenant's account with a provider: who signs its webhooks."""

    id: str
    tenant: str
    mode: Mode
    provider: ProviderName
    key_id: str
    key_secret: bytes
    webhook_secret: bytes

    @property
    def access(self) -> ProviderAccess:
        """Its keys, the secret opened."""
        secret = sealing.open_tenant_secret(self.tenant, self.id, self.key_secret).decode()
        return ProviderAccess(self.key_id, secret, self.mode)

    @property
    def webhook_url(self) -> str:
        return f"{settings().public_url}/api/v1/billing/webhooks/{self.provider}/{self.id}"


def read_payment_account(call: Call[None]) -> PaymentAccountOut:
    key = billing_keys.payment_account_key(payment_account_id(books(call)))
    return _payment_account_response(call.store.read([key])[key])


def save_payment_account(call: Call[SavePaymentAccount]) -> PaymentAccountOut:
    given, id, tenant = call.input, payment_account_id(books(call)), call.caller.tenant.id
    if given.provider == "razorpay" and given.webhook_secret is None:
        raise errors.invalid("webhook_secret", "is required for Razorpay")
    if fault := key_mode_fault(given.provider, given.key_id, call.caller.mode, settings().razorpay_url):
        raise errors.invalid("key_id", fault)
    require_proofs(call.store, call.caller.tenant, call.caller.mode, "payouts", call.now)
    key = billing_keys.payment_account_key(id)
    before = load_versioned(call.store, key)
    require_version(before, given.version)
    item = {
        "tenant": tenant,
        "mode": call.caller.mode,
        "provider": given.provider,
        "key": given.key_id,
        "secret": sealing.seal_tenant_secret(tenant, id, given.key_secret),
        "hook": sealing.seal_tenant_secret(tenant, id, given.webhook_secret or given.key_secret),
    }
    announce = f"Customers now pay invoices by {given.provider.capitalize()}, key {given.key_id}."
    act = tenant_audit_entry(call, "payment account saved", id, announce=announce)
    put = before.replacement(item)
    commit_unless_changed(call.store, [put, act], caller=call.request.id)
    return _payment_account_response({"pk": key.pk, "sk": key.sk, **put.item})


def key_mode_fault(provider: ProviderName, key_id: str, mode: Mode, url: str) -> str | None:
    """Why a key is not of this mode: with a test key, cards that cost nothing would pay what is owed.

    Razorpay has one address for both kinds of key. Cashfree has a sandbox of its own, which test keys are sent to, and
    its test keys say so. At an address that is not Razorpay's, such as the local payment page, any key will do.
    """
    if provider == "cashfree" and mode == "live" and key_id.startswith("TEST"):
        return "must be a live app id; this one is of Cashfree's sandbox"
    other = "live" if mode == "test" else "test"
    if provider == "razorpay" and url == RAZORPAY_URL and key_id.startswith(f"rzp_{other}_"):
        return f"must be a {mode} key (rzp_{mode}_...); this one is a {other} key"
    return None


def payment_account_id(scope: str) -> str:
    """The account of a tenant's books: there is one in each mode."""
    return ids.derived_id("pac", scope)


def load_account(store: Store, scope: str) -> PaymentAccount | None:
    key = billing_keys.payment_account_key(payment_account_id(scope))
    record = store.read([key])[key]
    return account_of(record) if record else None


def account_of(record: Record) -> PaymentAccount:
    id = record["pk"].partition("#")[2]
    return PaymentAccount(
        id, record["tenant"], record["mode"], record["provider"], record["key"], record["secret"], record["hook"]
    )


def _payment_account_response(record: Record | None) -> PaymentAccountOut:
    if record is None:
        return PaymentAccountOut(provider=None, key_id=None, webhook_url=None, version=0)
    account = account_of(record)
    return PaymentAccountOut(
        provider=account.provider, key_id=account.key_id, webhook_url=account.webhook_url, version=record["version"]
    )
