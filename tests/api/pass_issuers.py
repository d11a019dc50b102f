"""Accounts of pass issuers: an authority of our own, Apple's and Google's settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

ISSUERS = "/api/v1/tenant/pass-issuers"
PASS_TYPE, TEAM = "pass.example.batua.coins", "A1B2C3D4E5"


@dataclass(frozen=True)
class Signer:
    """A key with its certificate, both as PEM."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return _pem(self.key)


def _pem(key: rsa.RSAPrivateKey) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def subject(common: str, **more: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if "type" in more:
        parts.insert(0, x509.NameAttribute(NameOID.USER_ID, more["type"]))
    if "team" in more:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, more["team"]))
    return x509.Name(parts)


def certify(name: x509.Name, by: Signer | None = None, *, days: int = 300) -> Signer:
    key, now = _key(), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by.certificate.subject if by else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    return Signer(key, made.sign(by.key if by else key, hashes.SHA256()))


@pytest.fixture(scope="module")
def authority() -> Signer:
    return certify(subject("Worldwide Developer Relations of the tests"))


@pytest.fixture(scope="module")
def signer(authority: Signer) -> Signer:
    return certify(subject(f"Pass Type ID: {PASS_TYPE}", type=PASS_TYPE, team=TEAM), authority)


def apple(signer: Signer, issued_by: Signer, **changes: str) -> dict[str, str]:
    return {
        "pass_type_id": PASS_TYPE,
        "team_id": TEAM,
        "certificate": signer.pem,
        "private_key": signer.key_pem,
        "authority": issued_by.pem,
        **changes,
    }


def google(key: rsa.RSAPrivateKey) -> dict[str, str]:
    return {
        "issuer_id": "3388000000022781234",
        "client_email": "passes@batua-example.iam.gserviceaccount.com",
        "private_key": _pem(key),
    }
