"""A tenant's people over HTTP: invited, given roles, suspended; never the last administrator.

invite_user, list_users, update_user, list_assignable_roles.
"""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

from batua import clock, ids
from batua.identity import users
from batua.identity.tenant import Tenant, tenant_item
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Put
from local.host import LocalPlatform
from tests.api.conftest import Client
from tests.api.tenant_fixtures import signed_in, super_admin, tenant  # noqa: F401 - fixtures

USERS = "/api/v1/tenant/users"


def signed(person: dict[str, Any]) -> dict[str, str]:
    """The headers of somebody who has just confirmed who they are."""
    return {"Authorization": f"Bearer {person['token']}", "X-Reauthentication": person["proof"]}


@pytest.fixture
def admin(platform: LocalPlatform, tenant: Tenant) -> Client:  # noqa: F811
    return signed_in(platform, tenant, "tenant_admin")


def me(client: Client) -> str:
    return str(client.get("/api/v1/auth/me").json()["data"]["id"])


def invite(admin: Client, email: str, *roles: str) -> Any:
    return admin.post(USERS, {"email": email, "name": "Ravi Iyer", "roles": list(roles)})


def address() -> str:
    return f"{ids.new_id('p').lower()}@example.com"


def another_tenant() -> Tenant:
    id, now = ids.new_id("ten"), clock.system()
    made = Tenant(id, "merchant", "Meera Flowers", "active", None, (), "IN", "Asia/Kolkata", now - 1)
    store().write(Put(keys.tenant_key(id), tenant_item(made)))
    return made


def change(admin: Client, user: str, **body: Any) -> Any:
    return admin.call("PATCH", f"{USERS}/{user}", json=body)


def mails(platform: LocalPlatform, to: str) -> list[dict[str, Any]]:
    platform.embedded_aws.drain()
    found: list[dict[str, Any]] = Client(platform.url).get(f"/local/outbox?to={to}").json()["messages"]
    return found


def test_an_invitation_sets_a_password_and_opens_the_account(platform: LocalPlatform, admin: Client) -> None:
    email = address()
    invited = invite(admin, email, "cashier")
    assert invited.status_code == 201
    assert invited.json()["data"]["status"] == "invited"
    (mail,) = mails(platform, email)
    token = re.search(r"/accept-invitation#token=([\w-]+)", mail["body"])
    assert token, mail["body"]
    anyone = Client(platform.url)
    confirm = "/api/v1/auth/password/reset/confirm"
    assert anyone.post(confirm, {"token": token[1], "new_password": "marigold-4-steps"}).status_code == 200
    assert anyone.post(confirm, {"token": token[1], "new_password": "marigold-5-steps"}).status_code == 400
    signed = anyone.post("/api/v1/auth/token", {"username": email, "password": "marigold-4-steps"})
    assert signed.json()["data"]["user"]["roles"] == ["cashier"]
    (listed,) = [user for user in admin.get(USERS).json()["data"] if user["email"] == email]
    assert (listed["status"], listed["email_verified"]) == ("active", True)


def test_someone_is_invited_again_until_they_accept(platform: LocalPlatform, admin: Client) -> None:
    email = address()
    first = invite(admin, email, "viewer").json()["data"]
    again = invite(admin, email, "cashier")
    assert (again.status_code, again.json()["data"]["id"]) == (201, first["id"])
    assert again.json()["data"]["roles"] == ["cashier"]
    assert len(mails(platform, email)) == 2
    for _ in range(2):
        invite(admin, email, "cashier")
    assert invite(admin, email, "cashier").status_code == 429


def test_an_address_that_somebody_invited_is_free_again_once_the_invitation_has_run_out(
    platform: LocalPlatform,
    admin: Client,
) -> None:
    email = address()
    first = invite(admin, email, "viewer").json()["data"]["id"]
    (mail,) = mails(platform, email)
    token = re.search(r"/accept-invitation#token=([\w-]+)", mail["body"])
    assert token, mail["body"]
    owner = users.find_user(store(), email)
    assert owner is not None
    assert owner.id == first
    other = signed_in(platform, another_tenant(), "tenant_admin")
    assert invite(other, email, "viewer").json()["code"] == "email_taken", "the invitation is good for a week"
    store().write(users.user_change(owner, {"invited_until": clock.system() - 1}))
    taken = invite(other, email, "cashier")
    assert (taken.status_code, taken.json()["data"]["id"] != first) == (201, True), taken.text
    late = {"token": token[1], "new_password": "marigold-4-steps"}
    assert Client(platform.url).post("/api/v1/auth/password/reset/confirm", late).status_code == 400
    assert first not in {user["id"] for user in admin.get(USERS).json()["data"] if user["status"] != "erased"}


def test_an_address_has_one_account(admin: Client, credentials: dict[str, Any]) -> None:
    taken = invite(admin, credentials["other_tenant_admin"]["username"].upper(), "viewer")
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")
    assert invite(admin, "nobody", "viewer").status_code == 400
    assert invite(admin, address()).status_code == 400
    assert invite(admin, address(), "emperor").status_code == 400


def test_the_assignable_roles_are_those_one_holds(admin: Client, super_admin: Client) -> None:  # noqa: F811
    def roles(client: Client) -> list[str]:
        return [role["role"] for role in client.get("/api/v1/tenant/assignable-roles").json()["data"]]

    assert roles(admin) == ["viewer", "cashier", "merchant_admin", "tenant_admin"]
    assert roles(super_admin) == ["viewer", "staff", "super_admin"]
    for role in ("staff", "super_admin"):
        refused = invite(admin, address(), "viewer", role)
        assert (refused.status_code, refused.json()["code"]) == (403, "role_not_yours")
        assert refused.json()["meta"]["roles"] == [role]


def test_nobody_takes_from_another_what_they_do_not_hold(
    platform: LocalPlatform,
    tenant: Tenant,  # noqa: F811
    admin: Client,
) -> None:
    above = me(signed_in(platform, tenant, "super_admin"))
    for body in ({"status": "suspended"}, {"roles": ["viewer"]}):
        assert change(admin, above, **body).json()["code"] == "role_not_yours"
    assert change(admin, me(admin), roles=["tenant_admin", "super_admin"]).json()["code"] == "role_not_yours"


def test_a_suspension_ends_sessions_at_once(platform: LocalPlatform, tenant: Tenant, admin: Client) -> None:  # noqa: F811
    cashier = signed_in(platform, tenant, "cashier")
    user = me(cashier)
    changed = change(admin, user, status="suspended").json()["data"]
    assert changed["status"] == "suspended"
    assert cashier.get("/api/v1/auth/me").status_code == 401
    assert change(admin, user, status="active", version=1).json()["code"] == "version_conflict"
    assert change(admin, user, status="active", version=changed["version"]).json()["data"]["status"] == "active"
    assert cashier.get("/api/v1/auth/me").status_code == 401, "a session that has ended stays so"


def test_roles_count_from_the_next_request_on(platform: LocalPlatform, tenant: Tenant, admin: Client) -> None:  # noqa: F811
    viewer = signed_in(platform, tenant, "viewer")
    assert viewer.get(USERS).status_code == 403
    change(admin, me(viewer), roles=["viewer", "tenant_admin"])
    assert viewer.get(USERS).status_code == 200


def test_who_is_invited_is_not_let_in_by_a_change(admin: Client) -> None:
    user = invite(admin, address(), "cashier").json()["data"]["id"]
    assert change(admin, user, status="active").json()["code"] == "user_not_active"
    assert change(admin, user, roles=["viewer"]).json()["data"]["roles"] == ["viewer"]
    assert change(admin, user, status="suspended").json()["data"]["status"] == "suspended"


def test_the_last_administrator_stays(platform: LocalPlatform, tenant: Tenant, admin: Client) -> None:  # noqa: F811
    signed_in(platform, tenant, "merchant_admin")
    for body in ({"status": "suspended"}, {"roles": ["viewer"]}, {"roles": ["merchant_admin"]}):
        refused = change(admin, me(admin), **body)
        assert (refused.status_code, refused.json()["code"]) == (409, "last_admin"), body
    invite(admin, address(), "tenant_admin")
    assert change(admin, me(admin), status="suspended").json()["code"] == "last_admin", "an invited one does not count"
    second = signed_in(platform, tenant, "tenant_admin")
    assert change(second, me(admin), roles=["viewer"]).status_code == 200


def test_of_administrators_who_remove_each_other_at_once_one_stays(
    platform: LocalPlatform,
    tenant: Tenant,  # noqa: F811
) -> None:
    from batua.identity import users

    people = [signed_in(platform, tenant, "tenant_admin") for _ in range(4)]
    known = [me(person) for person in people]

    def remove(number: int) -> None:
        change(people[number], known[(number + 1) % 4], roles=["viewer"])
        change(people[number], known[(number + 2) % 4], status="suspended")

    threads = [threading.Thread(target=remove, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = [user for user in users.list_tenant_users(store(), tenant.id) if user.is_admin and user.status == "active"]
    assert left


def test_the_team_is_listed_page_by_page(platform: LocalPlatform, tenant: Tenant, admin: Client) -> None:  # noqa: F811
    for _ in range(4):
        signed_in(platform, tenant, "cashier")
    seen: list[str] = []
    query = "limit=2"
    while True:
        page = admin.get(f"{USERS}?{query}").json()
        seen += [user["id"] for user in page["data"]]
        if page["meta"]["next_cursor"] is None:
            break
        query = f"limit=2&cursor={page['meta']['next_cursor']}"
    assert len(seen) == len(set(seen)) == 5
    assert len(admin.get(f"{USERS}?status=invited").json()["data"]) == 0


def test_another_tenants_people_are_not_there(
    platform: LocalPlatform, admin: Client, credentials: dict[str, Any]
) -> None:
    stranger = Client(platform.url, signed(credentials["other_tenant_admin"]))
    for user in (me(admin), "usr_" + "0" * 26, "nonsense"):
        assert change(stranger, user, status="suspended").json()["code"] == "not_found"
    assert me(admin) not in [user["id"] for user in stranger.get(USERS).json()["data"]]


def test_acts_stand_in_the_audit_trail(tenant: Tenant, admin: Client) -> None:  # noqa: F811
    from batua.store import keys

    user = invite(admin, address(), "cashier").json()["data"]["id"]
    change(admin, user, status="suspended")
    trail = list(store().query_all("directory", keys.audit_partition("live", tenant.id)))
    assert [act["what"] for act in trail if act.get("ref") == user] == ["user invited", "user changed"]
    assert {act["who"] for act in trail if act.get("ref") == user} == {me(admin)}
    assert "@" not in str([act for act in trail if act.get("ref") == user])


def test_who_becomes_an_administrator_signs_in_anew_where_that_takes_a_second_factor(
    platform: LocalPlatform,
    tenant: Tenant,  # noqa: F811
    admin: Client,
) -> None:
    clerk = signed_in(platform, tenant, "cashier")
    asked = admin.put("/api/v1/tenant/sign-in-policy", {"admin_mfa": True})
    assert asked.status_code == 200, asked.text
    user = me(clerk)
    assert change(admin, user, roles=["cashier", "viewer"]).status_code == 200
    assert me(clerk) == user, "who administers nothing goes on"
    assert change(admin, user, roles=["tenant_admin"]).status_code == 200
    refused = clerk.get("/api/v1/tenant/sign-in-policy")
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
