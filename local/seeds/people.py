"""The people of the seeded tenants, and what tenants have besides the counter: slugs, networks, keys' histories."""

from __future__ import annotations

from typing import Any

from local.seeds.writing import fixed_id, write_missing

PASSWORD = "correct horse battery staple"  # noqa: S105 - of seed users on this machine alone
NETWORKS = (
    *("127.0.0.0/8", "::1/128"),  # this machine
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"),  # its containers and neighbours
    *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"),  # addresses in examples
)
"""From where the seeded live keys are taken, as a super admin has approved."""

PEOPLE = {
    # credential -> the tenant, by its attribute of SeedTenants; address, name, role
    "operator": ("operator", "operator@batua.example", "Meenakshi Iyer", "super_admin"),
    "staff": ("operator", "staff@batua.example", "Joseph Fernandes", "staff"),
    "tenant_admin": ("network", "admin@sitara.example", "Asha Kulkarni", "tenant_admin"),
    "viewer": ("network", "reports@sitara.example", "Vikram Shah", "viewer"),
    "merchant_admin": ("kaveri", "owner@kaveri.example", "Lakshmi Narayan", "merchant_admin"),
    "merchant_tenant_admin": ("kaveri", "it@kaveri.example", "Devika Menon", "tenant_admin"),
    "cashier": ("kaveri", "till@kaveri.example", "Ravi Kumar", "cashier"),
    "newcomer": ("jasmine", "owner@jasmine.example", "Fatima Sheikh", "tenant_admin"),
    "other_tenant_admin": ("other_network", "admin@himal.example", "Tenzin Dorje", "tenant_admin"),
}


def plant(tenants: Any) -> dict[str, Any]:
    """Plants who is missing. Returns the credentials, each with an access token of a quarter of an hour."""
    from batua.identity import passwords

    hash = passwords.hash_password(PASSWORD)
    return {name: _person(tenants, *person, hash) for name, person in PEOPLE.items()}


def plant_tenant(tenant: Any, approver: str) -> None:
    """Puts a tenant into the tree, with its profile, its networks and the histories of its keys, as far as missing."""
    from batua.identity import api_keys, credentials
    from batua.store import keys
    from batua.store.writes import ABSENT, Put, Update
    from batua.tenants import tree
    from batua.tenants.api_keys import history_item
    from batua.tenants.profile import BY_KIND, Profile

    slug = tenant.name.lower().replace(" ", "-")
    approved = {"nets": list(NETWORKS), "version": 1, "by": approver, "at": tenant.joined_at}
    writes = tree.creation_writes(tenant, Profile(slug, f"{tenant.name} Private Limited", BY_KIND[tenant.kind]))
    writes.append(Put(keys.allowlist_key(tenant.id), {"approved": approved, "version": 2}, when=ABSENT))
    for key in tenant.keys.values():
        # Keys are signed anew at each start, so their ends are of this one.
        shown = api_keys.api_key_token(tenant, key)
        if key.kind == "basic":
            shown = credentials.basic_username(key.mode, tenant.id, key.id)
        item = history_item(key, shown, shown, approver)
        known = {name: value for name, value in item.items() if value is not None}
        writes.append(Update(keys.api_key_key(tenant.id, key.id), set=known))
    write_missing(writes)


def plant_operator(tenant: Any) -> None:
    from batua.store import keys
    from batua.store.writes import ABSENT, Put

    write_missing([Put(keys.platform_key(), {"operator": tenant.id, "created": tenant.joined_at}, when=ABSENT)])


def plant_receiver_account(tenants: Any) -> None:
    """The bank account of the operator that prefund money is sent to, and one that waits for an approval."""
    from batua import clock
    from batua.prefund import receivers
    from batua.prefund.models import ReceiverAccount
    from batua.store import prefund_keys
    from batua.store.writes import ABSENT, Put

    account = ReceiverAccount(
        id=fixed_id("rcv", "main"),
        bank="HDFC Bank",
        name="Batua Private Limited",
        number="50200012345678",
        ifsc="HDFC0001234",
        branch="Pune",
        active=True,
    )
    next_one = account.model_copy(
        update={"id": fixed_id("rcv", "next"), "bank": "ICICI Bank", "number": "100200300400", "ifsc": "ICIC0000104"}
    )
    proposed = {"by": fixed_id("usr", "staff"), "at": clock.system()}
    items = {
        account.id: receivers.account_item(account),
        next_one.id: {**receivers.account_item(next_one), "active": False, "proposed": proposed},
    }
    write_missing([Put(prefund_keys.receiver_account_key(id), item, when=ABSENT) for id, item in items.items()])


def samples(tenants: Any) -> dict[str, str]:
    """What the sample events of the tenants' endpoints name: a document to come, a proposal that waits."""
    from batua.store import keys
    from batua.store.writes import ABSENT, Condition, Put, Update
    from batua.tenants import uploads

    document, user = fixed_id("doc", "logo"), fixed_id("usr", "tenant_admin")
    item = {
        "name": "logo.png",
        "kind": "logo",
        "pending": uploads.pending_upload(1, "image/png", 1024, None, user, tenants.now),
        "number": 1,
        "made": tenants.now,
        "by": user,
        "version": 1,
    }
    other, proposer = tenants.other_network.id, fixed_id("usr", "other_tenant_admin")
    proposed = {"nets": ["203.0.113.0/24"], "version": 3, "by": proposer, "at": tenants.now}
    write_missing(
        [
            Put(keys.document_key(tenants.network.id, document), item, when=ABSENT),
            Update(
                keys.allowlist_key(other),
                set={"proposed": proposed, "version": 3},
                when=Condition(equal={"version": 2}),
            ),
        ]
    )
    return {
        "document_id": document,
        "user_id": fixed_id("usr", "viewer"),
        "api_key_id": next(iter(tenants.network.keys)),
        "proposing_tenant_id": other,
        "receiver_account_id": fixed_id("rcv", "main"),
        "proposed_account_id": fixed_id("rcv", "next"),
        "staff_id": fixed_id("usr", "staff"),
        "operator_tenant_id": fixed_id("ten", "Batua"),
    }


def _person(tenants: Any, place: str, email: str, name: str, role: str, hash: str) -> dict[str, str]:
    from batua.identity import sessions, step_up, users
    from batua.identity.users import User
    from batua.store.store import store

    tenant = getattr(tenants, place)
    credential = next(key for key, person in PEOPLE.items() if person[1] == email)
    user = User(
        id=fixed_id("usr", credential),
        tenant=tenant.id,
        status="active",
        roles=(role,),
        email=email,
        name=name,
        created_at=tenant.joined_at,
        email_verified_at=tenant.joined_at,
    )
    write_missing(users.user_creation(user, hash))
    present = users.load_user(store(), tenant.id, user.id) or user
    session = sessions.begin_session(present, "token", "live", fixed_id("dev", credential), tenants.now)
    store().write(sessions.session_put(session))
    issued = sessions.tokens_of(session, tenant, tenants.now)
    return {
        "username": email,
        "password": PASSWORD,
        "token": issued.access,
        "refresh_token": issued.refresh,
        # As long as the token beside it: samples are sent by hand, minutes after the seed.
        "proof": step_up.issue_proof(user.id, session.id, seconds=sessions.ACCESS_SECONDS),
    }
