"""The operator's account with Cashfree Secure ID, sealed. With it, live checks are decided there."""

from __future__ import annotations

import json
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from .. import errors
from ..api.endpoint import Call
from ..api.models import Model, Text
from ..identity import sealing
from ..settings import settings
from ..store import verification_keys
from ..store.store import Record, Store, commit_unless_changed
from ..store.versions import load_versioned, require_version
from ..tenants.audit_entries import tenant_audit_entry
from .cashfree import CashfreeAccount

WEBHOOK_PATH: Final = "/api/v1/tenant/cashfree/webhook"
_SEAL: Final = "verification-provider"

VerificationProvider = Literal["local", "cashfree"]


class SaveVerificationProvider(Model):
    provider: VerificationProvider = Field(
        description="`local`: form, check digits and the directory of bank branches alone, and the account is erased."
    )
    environment: Literal["production", "sandbox"] = Field("production", description="Cashfree's, not Batua's sandbox.")
    client_id: Text | None = Field(None, examples=["CF10461204CKP2G6A1B2C3D4E5F0"])
    client_secret: Text | None = Field(
        None, description="Sealed, and never shown again.", examples=["cfsk_ma_prod_0f1e2d3c4b5a"]
    )
    public_key: Annotated[str, StringConstraints(max_length=4000)] | None = Field(
        None,
        description="PEM, from Cashfree's dashboard. Requests are signed with it, as Lambda has no address of its own "
        "that Cashfree could allow.",
        examples=["-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkq…\n-----END PUBLIC KEY-----"],
    )
    version: int | None = Field(None, ge=0, description="The version that was read; another one is a conflict.")


class VerificationProviderOut(Model):
    provider: VerificationProvider
    environment: Literal["production", "sandbox"] | None
    client_id: str | None = Field(examples=["CF10461204CKP2G6A1B2C3D4E5F0"])
    signs_requests: bool = Field(description="Whether there is a public key.")
    webhook_url: str | None = Field(
        description="What to enter in Cashfree's dashboard, under Developers, Webhooks, Secure ID.",
        examples=["https://wallet.example.com/api/v1/tenant/cashfree/webhook"],
    )
    version: int


def read_verification_provider(call: Call[None]) -> VerificationProviderOut:
    key = verification_keys.verification_provider_key()
    return _provider_shown(call.store.read([key])[key])


def save_verification_provider(call: Call[SaveVerificationProvider]) -> VerificationProviderOut:
    """Saves or erases the account. The operator's administrators are notified by email."""
    given, tenant = call.input, call.caller.tenant.id
    key = verification_keys.verification_provider_key()
    before = load_versioned(call.store, key)
    require_version(before, given.version)
    put = before.replacement({"provider": given.provider, "tenant": tenant, **_account_item(given, tenant)})
    announce = "Identity checks are now made by this deployment alone."
    if given.provider == "cashfree":
        announce = f"Identity checks are now made by Cashfree Secure ID, client {given.client_id}."
    act = tenant_audit_entry(call, "verification provider saved", given.provider, announce=announce)
    commit_unless_changed(call.store, [put, act], caller=call.request.id)
    return _provider_shown({"pk": key.pk, "sk": key.sk, **put.item})


def load_provider_account(store: Store) -> CashfreeAccount | None:
    """The account, opened. None where this deployment checks by itself."""
    key = verification_keys.verification_provider_key()
    record = store.read([key])[key]
    if record is None or record["provider"] != "cashfree":
        return None
    return read_provider_account(record)


def read_provider_account(record: Record) -> CashfreeAccount:
    secret = json.loads(sealing.open_tenant_secret(record["tenant"], _SEAL, record["secret"]))
    host = settings().cashfree_url if record["env"] == "production" else settings().cashfree_sandbox_url
    return CashfreeAccount(f"{host}/verification", record["client"], secret["secret"], secret.get("public_key"))


def _account_item(given: SaveVerificationProvider, tenant: str) -> dict[str, object]:
    if given.provider == "local":
        return {}
    missing = {name for name in ("client_id", "client_secret") if getattr(given, name) is None}
    if missing:
        raise errors.VALIDATION_ERROR(fields={name: ["is required for Cashfree"] for name in sorted(missing)})
    if given.public_key is not None and not _is_rsa_key(given.public_key):
        raise errors.invalid("public_key", "must be an RSA public key in PEM, as Cashfree's dashboard gives it out")
    secret = {"secret": given.client_secret, **({"public_key": given.public_key} if given.public_key else {})}
    return {
        "env": given.environment,
        "client": given.client_id,
        "signs": given.public_key is not None,
        "secret": sealing.seal_tenant_secret(tenant, _SEAL, json.dumps(secret)),
    }


def _is_rsa_key(pem: str) -> bool:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        return isinstance(load_pem_public_key(pem.encode()), RSAPublicKey)
    except (ValueError, UnsupportedAlgorithm):
        return False


def _provider_shown(record: Record | None) -> VerificationProviderOut:
    has_account = record is not None and record["provider"] == "cashfree"
    known = record if record is not None and has_account else {}
    return VerificationProviderOut(
        provider="cashfree" if has_account else "local",
        environment=known.get("env"),
        client_id=known.get("client"),
        signs_requests=known.get("signs", False),
        webhook_url=f"{settings().public_url}{WEBHOOK_PATH}" if has_account else None,
        version=record["version"] if record else 0,
    )
