"""A tenant's access to an Invoice Registration Portal: its credentials, sealed, and the session that they opened.

No portal is called until an account is saved, and then only when an e-invoice is registered or cancelled.
"""

from __future__ import annotations

import base64
import json
from typing import Any, Final, Literal

from pydantic import Field, StrictBool

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Model, Text
from ..identity import sealing
from ..settings import settings
from ..store import billing_keys
from ..store.store import Record, Store, commit_unless_changed
from ..store.versions import VersionedRecord, require_version
from ..store.writes import Put
from ..tenants.audit_entries import tenant_audit_entry
from . import refusals
from .irp import PORTALS, IrpAccount, IrpSession
from .profile_models import ExpectedVersion
from .profiles import read_party
from .tenant_books import books

PortalName = Literal["nic"]
IRP_ACCOUNT_ERRORS: Final = (errors.VERSION_CONFLICT, refusals.NO_GSTIN)
_SPARE_MS: Final = 10 * 60_000
"""A session that ends sooner is opened anew."""


class SaveIrpAccount(Model):
    portal: PortalName = "nic"
    user_name: Text = Field(description="Name of the API user that you created on the portal.", examples=["sharma_api"])
    password: Text = Field(description="Sealed, and never shown again.", examples=["b3Jt0kq7ZpX2"])
    client_id: Text = Field(examples=["AAGCB29TXP1Q5ZN"])
    client_secret: Text = Field(description="Sealed, and never shown again.", examples=["8sWq1LmV"])
    public_key: str = Field(
        max_length=4096,
        description="The portal's public key, in PEM, as it sends it with the credentials.",
        examples=["-----BEGIN PUBLIC KEY-----\nMIIBIjANBg...\n-----END PUBLIC KEY-----"],
    )
    enabled: StrictBool = Field(True, description="False: no portal is called, and PDF files wait for no IRN.")
    version: ExpectedVersion = None


class IrpAccountOut(Model):
    portal: PortalName | None
    gstin: str | None = Field(
        description="Its invoices are registered. From the tax profile, when the account was saved."
    )
    user_name: str | None = Field(examples=["sharma_api"])
    client_id: str | None = Field(examples=["AAGCB29TXP1Q5ZN"])
    enabled: bool
    version: int


def read_irp_account(call: Call[None]) -> IrpAccountOut:
    key = billing_keys.irp_account_key(books(call))
    return _irp_account_response(call.store.read([key])[key])


def save_irp_account(call: Call[SaveIrpAccount]) -> IrpAccountOut:
    given, scope, tenant = call.input, books(call), call.caller.tenant.id
    _require_rsa(given.public_key)
    key, profile_key = billing_keys.irp_account_key(scope), billing_keys.tax_profile_key(scope)
    found = call.store.read([key, profile_key])
    before, profile = VersionedRecord(key, found[key]), found[profile_key]
    gstin = read_party(profile["party"]).gstin if profile else None
    if gstin is None:
        raise refusals.NO_GSTIN("The tax profile has no GSTIN, so there are no e-invoices to register.")
    require_version(before, given.version)
    secret = json.dumps({"password": given.password, "client_secret": given.client_secret})
    put = before.replacement(
        {
            "portal": given.portal,
            "gstin": gstin,
            "user": given.user_name,
            "client": given.client_id,
            "secret": sealing.seal_tenant_secret(tenant, _owner(scope), secret),
            "key": given.public_key,
            "on": given.enabled,
        }
    )
    announce = f"E-invoices of {gstin} are registered as {given.user_name}." if given.enabled else None
    act = tenant_audit_entry(call, "IRP account saved", gstin, announce=announce)
    commit_unless_changed(call.store, [put, act], caller=call.request.id)
    return _irp_account_response(dict(put.item))


def irp_enabled(store: Store, scope: str) -> bool:
    key = billing_keys.irp_account_key(scope)
    record = store.read([key])[key]
    return bool(record and record["on"])


def enabled_account(call: Call[Any]) -> tuple[PortalName, IrpAccount]:
    """The account that is to be used. Raises IRP_NOT_SET_UP."""
    scope = books(call)
    key = billing_keys.irp_account_key(scope)
    record = call.store.read([key])[key]
    if record is None or not record["on"]:
        raise refusals.IRP_NOT_SET_UP()
    opened = json.loads(sealing.open_tenant_secret(call.caller.tenant.id, _owner(scope), record["secret"]))
    url = settings().irp_url if call.caller.mode == "live" else settings().irp_sandbox_url
    portal: PortalName = record["portal"]
    return portal, IrpAccount(
        url=url,
        gstin=record["gstin"],
        user_name=record["user"],
        password=opened["password"],
        client_id=record["client"],
        client_secret=opened["client_secret"],
        public_key=record["key"],
    )


def open_session(call: Call[Any], portal: PortalName, account: IrpAccount, *, anew: bool = False) -> IrpSession:
    """The stored session, or a new one, which is stored: a portal wants one sign-in in some hours."""
    scope, tenant = books(call), call.caller.tenant.id
    key, owner = billing_keys.irp_session_key(scope), f"{_owner(scope)} {account.gstin} {account.user_name}"
    record = None if anew else call.store.read([key])[key]
    # A session of an account that was replaced is not this one's.
    if record and record["owner"] == owner and record["until"] > clock.system() + _SPARE_MS:
        opened = json.loads(sealing.open_tenant_secret(tenant, owner, record["secret"]))
        return IrpSession(opened["token"], base64.b64decode(opened["key"]), record["until"])
    session = PORTALS[portal].sign_in(account)
    secret = json.dumps({"token": session.token, "key": base64.b64encode(session.key).decode()})
    item = {
        "owner": owner,
        "secret": sealing.seal_tenant_secret(tenant, owner, secret),
        "until": session.ends_at,
        "ttl": session.ends_at // 1000,
    }
    call.store.write(Put(key, item))
    return session


def _owner(scope: str) -> str:
    return f"irp {scope}"


def _require_rsa(pem: str) -> None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        fits = isinstance(load_pem_public_key(pem.encode()), rsa.RSAPublicKey)
    except (ValueError, UnsupportedAlgorithm):
        fits = False
    if not fits:
        raise errors.invalid("public_key", "must be the portal's RSA public key in PEM")


def _irp_account_response(record: Record | None) -> IrpAccountOut:
    found = record or {}
    return IrpAccountOut(
        portal=found.get("portal"),
        gstin=found.get("gstin"),
        user_name=found.get("user"),
        client_id=found.get("client"),
        enabled=found.get("on", False),
        version=found.get("version", 0),
    )
