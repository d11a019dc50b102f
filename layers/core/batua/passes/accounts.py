"""The operator's accounts with Apple and Google, as functions that issue passes open them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field, StringConstraints

from ..api.models import Model
from ..identity import sealing
from ..store import pass_keys
from ..store.store import Store
from .offered import PassWallet, offered_wallets

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

_SEAL: Final = "pass-issuers"

Pem = Annotated[str, StringConstraints(min_length=50, max_length=16_000)]


class AppleIssuer(Model):
    """From Apple's developer account: Certificates, Identifiers & Profiles, Pass Type IDs."""

    pass_type_id: Annotated[str, StringConstraints(pattern=r"^pass\.[A-Za-z0-9.-]{1,120}$")] = Field(
        examples=["pass.example.batua.coins"]
    )
    team_id: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{10}$")] = Field(examples=["A1B2C3D4E5"])
    certificate: Pem = Field(
        description="The pass type's certificate, PEM.",
        examples=["-----BEGIN CERTIFICATE-----\nMIIF…\n-----END CERTIFICATE-----"],
    )
    private_key: Pem = Field(
        description="Its private key, PEM, without a passphrase. Sealed, and never shown again.",
        examples=["-----BEGIN PRIVATE KEY-----\nMIIE…\n-----END PRIVATE KEY-----"],
    )
    authority: Pem = Field(
        description="Apple's intermediate certificate that issued it (Worldwide Developer Relations), PEM.",
        examples=["-----BEGIN CERTIFICATE-----\nMIIE…\n-----END CERTIFICATE-----"],
    )


class GoogleIssuer(Model):
    """From the Google Pay & Wallet console, and a service account of it in Google Cloud."""

    issuer_id: Annotated[str, StringConstraints(pattern=r"^\d{10,25}$")] = Field(examples=["3388000000022781234"])
    client_email: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,100}@[a-z0-9.-]{3,150}$")] = Field(
        description="`client_email` of the service account's key file.",
        examples=["passes@batua-example.iam.gserviceaccount.com"],
    )
    private_key: Pem = Field(
        description="`private_key` of that file. Sealed, and never shown again.",
        examples=["-----BEGIN PRIVATE KEY-----\nMIIE…\n-----END PRIVATE KEY-----"],
    )


@dataclass(frozen=True, slots=True)
class PassIssuers:
    """The accounts, opened."""

    apple: AppleIssuer | None = None
    google: GoogleIssuer | None = None


def load_issuers(store: Store) -> PassIssuers:
    key = pass_keys.pass_issuers_key()
    record = store.read([key])[key]
    wallets = offered_wallets(record)
    if record is None:
        return PassIssuers()
    return PassIssuers(
        AppleIssuer.model_validate(_open_secret(record, "apple")) if "apple" in wallets else None,
        GoogleIssuer.model_validate(_open_secret(record, "google")) if "google" in wallets else None,
    )


def read_certificate(pem: str) -> Certificate:
    """Raises ValueError."""
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(pem.encode())


def read_private_key(pem: str) -> RSAPrivateKey | EllipticCurvePrivateKey:
    """Raises ValueError, also for a key of another kind or under a passphrase."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (TypeError, UnsupportedAlgorithm) as fault:
        raise ValueError("an encrypted key, or one of an unknown kind") from fault
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise ValueError("neither RSA nor EC")
    return key


def _open_secret(record: Mapping[str, Any], name: PassWallet) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        sealing.open_tenant_secret(record["tenant"], f"{_SEAL}:{name}", record[name]["secret"])
    )
    return content


def seal_account(given: Model, tenant: str, name: PassWallet) -> bytes:
    """The account as it is stored: for the tenant that saved it, which is the operator."""
    return sealing.seal_tenant_secret(tenant, f"{_SEAL}:{name}", given.model_dump_json())
