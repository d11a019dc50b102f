"""Four eyes in the operator's team: one super admin alone makes nobody who could be their own second pair."""

from __future__ import annotations

from typing import Any

import pytest

from local.host import LocalPlatform
from tests.api.security_mails import mails
from tests.prefunds import Actor, Office, actor, office

USERS = "/api/v1/tenant/users"


@pytest.fixture
def two(platform: LocalPlatform) -> tuple[Actor, Actor]:
    return actor(platform, "Batua", "super_admin"), actor(platform, "Batua", "super_admin")


def invitation(name: str, *roles: str) -> dict[str, Any]:
    from batua import ids

    return {"email": f"{ids.new_id('usr').lower()}@example.com", "name": name, "roles": list(roles)}


@pytest.fixture
def at(platform: LocalPlatform) -> Office:
    return office(platform)


def test_an_invitation_to_the_operators_team_is_sent_once_a_second_super_admin_wants_it(
    two: tuple[Actor, Actor], platform: LocalPlatform
) -> None:
    one, other = two
    body = invitation("Second Self", "staff")
    asked = one.post(USERS, body)
    assert asked.status_code == 201, asked.text
    assert asked.json()["data"]["proposed"]["by"] == one.id
    assert mails(platform, body["email"], "") == []
    different = other.post(USERS, {**body, "roles": ["staff", "viewer"]}).json()["data"]
    assert different["proposed"]["by"] == other.id, "another proposal is no confirmation"
    confirmed = one.post(USERS, {**body, "roles": ["viewer", "staff"]}).json()["data"]
    assert confirmed["proposed"] is None
    assert len(mails(platform, body["email"], "")) == 1
    again = one.post(USERS, {**body, "roles": ["staff", "viewer"]}).json()["data"]
    assert again["proposed"] is None, "a new link for who is invited already needs nobody else"


def test_roles_and_suspensions_there_need_two_as_well(two: tuple[Actor, Actor], platform: LocalPlatform) -> None:
    one, other = two
    staff = actor(platform, "Batua", "staff")
    for change in ({"roles": ["super_admin"]}, {"status": "suspended"}):
        asked = one.call("PATCH", f"{USERS}/{staff.id}", json=change)
        assert (asked.status_code, asked.json()["data"]["roles"]) == (200, ["staff"])
        again = one.call("PATCH", f"{USERS}/{staff.id}", json=change).json()["data"]
        assert (again["roles"], again["status"], again["proposed"]["by"]) == (["staff"], "active", one.id)
    done = other.call("PATCH", f"{USERS}/{staff.id}", json={"status": "suspended"}).json()["data"]
    assert (done["status"], done["proposed"]) == ("suspended", None)


def test_a_proposal_is_not_confirmed_after_a_week(two: tuple[Actor, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    body = invitation("Late", "staff")
    one.post(USERS, body)
    monkeypatch.setattr("batua.tenants.four_eyes.CONFIRM_WITHIN_MS", 0)
    assert other.post(USERS, body).json()["data"]["proposed"]["by"] == other.id


def test_who_brought_a_reviewer_in_does_not_decide_after_them(at: Office) -> None:
    from batua.store import keys
    from batua.store.store import store
    from batua.store.writes import Update

    request = at.reviewed()
    key = keys.user_key(at.staff.tenant, at.staff.id)
    before = store().read([key])[key] or {}
    store().write(Update(key, set={"inviter": at.boss.id}))
    try:
        refused = at.boss.step(request, "decision/otp/request", decision="approve")
        assert (refused.status_code, refused.json()["code"]) == (403, "four_eyes")
        assert "invited" in refused.json()["message"]
    finally:
        had = before.get("inviter")
        store().write(Update(key, set={"inviter": had} if had else {}, remove=() if had else ("inviter",)))
    assert at.boss.step(request, "decision/otp/request", decision="approve").status_code == 200
