"""How a tenant's people have to sign in."""

from __future__ import annotations

from pydantic import Field, StrictBool

from ..api.endpoint import Call
from ..api.models import Model
from ..store.store import commit_unless_changed
from ..store.versions import require_version
from .as_read import tenant_as_read
from .audit_entries import tenant_audit_entry


class SaveSignInPolicy(Model):
    admin_mfa: StrictBool = Field(
        description="Administrators without two-step sign-in set it up at their next sign-in, before anything else. "
        "API keys are not affected.",
        examples=[True],
    )
    version: int | None = Field(
        None, ge=1, description="As read; refuses the change where it is no longer that.", examples=[3]
    )


class SignInPolicy(Model):
    admin_mfa: bool = Field(description="Whether administrators need two-step sign-in.", examples=[True])
    version: int = Field(examples=[4])


def read_sign_in_policy(call: Call[None]) -> SignInPolicy:
    tenant = call.caller.tenant
    return SignInPolicy(admin_mfa=tenant.admin_mfa, version=tenant.version)


def save_sign_in_policy(call: Call[SaveSignInPolicy]) -> SignInPolicy:
    """Says whether the tenant's administrators need a second factor, and mails it to them."""
    given, tenant = call.input, call.caller.tenant
    before = tenant_as_read(tenant)
    require_version(before, given.version)
    change = before.change({"amfa": given.admin_mfa or None})
    announced = "Administrators need two-step sign-in from now on." if given.admin_mfa else None
    act = tenant_audit_entry(
        call,
        "sign-in policy saved",
        tenant.id,
        {"admin_mfa": given.admin_mfa},
        announce=announced or "Administrators no longer need two-step sign-in.",
    )
    commit_unless_changed(call.store, [change, act], caller=call.request.id)
    return SignInPolicy(admin_mfa=given.admin_mfa, version=before.version + 1)
