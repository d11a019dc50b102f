"""The operator's accounts with Apple and Google, sealed: with them, customers keep their coins in a phone's wallet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Instant, Model
from ..store import pass_keys
from ..store.store import Record, commit_unless_changed
from ..store.versions import load_versioned, require_version
from ..tenants.audit_entries import tenant_audit_entry
from .accounts import AppleIssuer, GoogleIssuer, read_certificate, read_private_key, seal_account

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_USER_ID: Final = "0.9.2342.19200300.100.1.1"
"""Where Apple puts the pass type into the subject of a certificate; the team is its organizational unit."""


class SavePassIssuers(Model):
    """An account that is left out stays as it is; null removes it."""

    apple: AppleIssuer | None = None
    google: GoogleIssuer | None = None
    version: int | None = Field(None, ge=0, description="The version that was read; another one is a conflict.")


class AppleIssuerOut(Model):
    pass_type_id: str = Field(examples=["pass.example.batua.coins"])
    team_id: str = Field(examples=["A1B2C3D4E5"])
    certificate_expires_at: Instant


class GoogleIssuerOut(Model):
    issuer_id: str = Field(examples=["3388000000022781234"])
    client_email: str = Field(examples=["passes@batua-example.iam.gserviceaccount.com"])


class PassIssuersOut(Model):
    apple: AppleIssuerOut | None
    google: GoogleIssuerOut | None
    version: int


def read_pass_issuers(call: Call[None]) -> PassIssuersOut:
    key = pass_keys.pass_issuers_key()
    return _issuers_shown(call.store.read([key])[key])


def save_pass_issuers(call: Call[SavePassIssuers]) -> PassIssuersOut:
    """Saves or removes accounts. The operator's administrators are notified by email."""
    given, tenant = call.input, call.caller.tenant.id
    before = load_versioned(call.store, pass_keys.pass_issuers_key())
    require_version(before, given.version)
    item: dict[str, Any] = {name: value for name, value in (before.stored or {}).items() if name in ("apple", "google")}
    if "apple" in given.model_fields_set:
        item["apple"] = _apple_item(given.apple, tenant) if given.apple else None
    if "google" in given.model_fields_set:
        item["google"] = _google_item(given.google, tenant) if given.google else None
    item = {name: value for name, value in item.items() if value is not None}
    announce = f"Customers can add their coins to: {', '.join(sorted(item)) or 'no wallet of a phone'}."
    act = tenant_audit_entry(call, "pass issuers saved", ",".join(sorted(item)) or "none", announce=announce)
    put = before.replacement({**item, "tenant": tenant})
    commit_unless_changed(call.store, [put, act], caller=call.request.id)
    return _issuers_shown({"pk": put.key.pk, "sk": put.key.sk, **put.item})


def _apple_item(given: AppleIssuer, tenant: str) -> dict[str, Any]:
    certificate, authority = _certificate(given.certificate, "certificate"), _certificate(given.authority, "authority")
    try:
        key = read_private_key(given.private_key)
    except ValueError:
        raise errors.invalid("apple.private_key", "must be an RSA or EC key in PEM, without a passphrase") from None
    if key.public_key() != certificate.public_key():
        raise errors.invalid("apple.private_key", "must belong to the certificate")
    named = {attribute.oid.dotted_string: attribute.value for attribute in certificate.subject}
    if named.get(_USER_ID) != given.pass_type_id:
        raise errors.invalid("apple.certificate", f"must be for the pass type {given.pass_type_id}")
    if named.get("2.5.4.11") != given.team_id:
        raise errors.invalid("apple.certificate", f"must be for the team {given.team_id}")
    until = round(certificate.not_valid_after_utc.timestamp() * 1000)
    if until <= clock.system():
        raise errors.invalid("apple.certificate", f"expired on {clock.iso(until)[:10]}; request a new one from Apple")
    if not _is_issued_by(certificate, authority):
        raise errors.invalid("apple.authority", "must be the certificate that issued the pass type's certificate")
    return {
        "type": given.pass_type_id,
        "team": given.team_id,
        "until": until,
        "secret": seal_account(given, tenant, "apple"),
    }


def _google_item(given: GoogleIssuer, tenant: str) -> dict[str, Any]:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    try:
        usable = isinstance(read_private_key(given.private_key), RSAPrivateKey)
    except ValueError:
        usable = False
    if not usable:
        raise errors.invalid("google.private_key", "must be the RSA key in PEM of the service account's key file")
    return {
        "issuer": given.issuer_id,
        "email": given.client_email,
        "secret": seal_account(given, tenant, "google"),
    }


def _certificate(pem: str, field: str) -> Certificate:
    try:
        return read_certificate(pem)
    except ValueError:
        raise errors.invalid(f"apple.{field}", "must be an X.509 certificate in PEM") from None


def _is_issued_by(certificate: Certificate, authority: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _issuers_shown(record: Record | None) -> PassIssuersOut:
    known = record or {}
    apple, google = known.get("apple"), known.get("google")
    return PassIssuersOut(
        apple=AppleIssuerOut(
            pass_type_id=apple["type"], team_id=apple["team"], certificate_expires_at=clock.iso(apple["until"])
        )
        if apple
        else None,
        google=GoogleIssuerOut(issuer_id=google["issuer"], client_email=google["email"]) if google else None,
        version=known.get("version", 0),
    )
