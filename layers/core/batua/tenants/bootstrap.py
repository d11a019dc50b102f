"""Begins a deployment: signing keys, the operator tenant, its first super admin, and a link to sign in once.

    python -m batua.tenants.bootstrap --email you@example.com --name "Your Name" --operator "Your Company"

Run again it changes nothing; it prints a new link as long as the password has not been set.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from .. import audit_trail, clock, errors, ids
from ..identity import keyring, one_time_links, users
from ..identity.tenant import Tenant, read_tenant
from ..identity.users import User
from ..settings import settings
from ..store import keys
from ..store.store import Cancelled, Store, store
from ..store.writes import ABSENT, Put
from . import profile, tree

ADMIN_LINK_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class BootstrapResult:
    operator: Tenant
    admin: User
    link: str | None
    """Sets the first password; None where one is set."""


def operator(store: Store) -> Tenant | None:
    """The tenant that runs this deployment."""
    platform = store.read([keys.platform_key()])[keys.platform_key()]
    if platform is None:
        return None
    key = keys.tenant_key(platform["operator"])
    record = store.read([key])[key]
    return read_tenant(record) if record else None


def ensure_operator(store: Store, name: str, now: int, *, region: str = "IN", zone: str = "Asia/Kolkata") -> Tenant:
    """The operator, made where there is none. There is never a second one."""
    present = operator(store)
    if present:
        return present
    tenant = Tenant(ids.new_id("ten", now), "operator", name, "active", None, (), region, zone, now)
    try:
        store.commit(
            [
                Put(keys.platform_key(), {"operator": tenant.id, "created": now}, when=ABSENT),
                *tree.creation_writes(tenant, profile.default_profile(tenant)),
            ]
        )
    except Cancelled:
        made = operator(store)
        if made is None:
            raise
        return made
    return tenant


def bootstrap_deployment(store: Store, *, email: str, name: str, operator_name: str, now: int) -> BootstrapResult:
    """Keys, operator and first super admin, as far as they are missing."""
    keyring.ensure_keyring()
    tenant = ensure_operator(store, operator_name, now)
    admin = users.find_user(store, email)
    if admin is None:
        admin = users.new_user(tenant.id, email, name, ["super_admin"], now)
        made = audit_trail.audit_entry(
            "live", tenant.id, now, what="bootstrap", who=admin.id, address="console", reference=admin.id
        )
        users.create_user(store, admin, None, made)
    elif admin.tenant != tenant.id or "super_admin" not in admin.roles:
        raise errors.EMAIL_TAKEN()
    credentials = keys.credentials_key(admin.tenant, admin.id)
    if users.read_credentials(store.read([credentials])[credentials]).password is not None:
        return BootstrapResult(tenant, admin, None)
    token, put = one_time_links.issue_link("password", admin, now, seconds=ADMIN_LINK_SECONDS)
    store.write(put)
    return BootstrapResult(tenant, admin, one_time_links.link_url("password", token))


def bootstrap_main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m batua.tenants.bootstrap", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--email", required=True)
    parser.add_argument("--name", default="Administrator")
    parser.add_argument("--operator", default="Operator")
    asked = parser.parse_args(arguments)
    try:
        begun = bootstrap_deployment(
            store(), email=asked.email, name=asked.name, operator_name=asked.operator, now=clock.system()
        )
    except errors.Problem as problem:
        wrong = [f"{field}: {', '.join(reasons)}" for field, reasons in problem.fields.items()]
        sys.stderr.write(" ".join([problem.message, *wrong]) + "\n")
        return 1
    lines = [
        f"operator     {begun.operator.id}  {begun.operator.name}",
        f"super admin  {begun.admin.id}  {begun.admin.email}",
    ]
    if begun.link:
        lines.append(f"set the password within a day: {begun.link}")
    else:
        lines.append(f"the password is set; sign in at {settings().public_url or 'the front door'}")
    lines.append("next: create the first coin program with POST /api/v1/rewards/programs (docs/guides/programs.md)")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(bootstrap_main())
