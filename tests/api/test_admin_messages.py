"""The operator's messages over HTTP: one write for everybody, marks per person, scheduled, withdrawn.

The routes: ListAdminMessages, CountUnreadAdminMessages, ReadAdminMessage, ReadAllAdminMessages, CreateAdminMessage,
ListSentAdminMessages, WithdrawAdminMessage.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batua import clock
from batua.notifications import broadcasts
from local.host import LocalPlatform
from tests.prefunds import Actor, actor
from tests.support_desk import data, refused

MESSAGES = "/api/v1/admin-messages"
COUNT = f"{MESSAGES}/unread-count"


@pytest.fixture(scope="module", autouse=True)
def published_at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broadcasts, "PUBLISH_DELAY_MS", 0)
        yield


@pytest.fixture(scope="module")
def boss(platform: LocalPlatform) -> Actor:
    return actor(platform, "Batua", "super_admin")


@pytest.fixture
def admin(platform: LocalPlatform) -> Actor:
    return actor(platform, "Sitara Network", "tenant_admin")


@pytest.fixture
def viewer(platform: LocalPlatform) -> Actor:
    return actor(platform, "Himal Network", "viewer")


def sent(boss: Actor, title: str = "Maintenance", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = data(boss.post(MESSAGES, {"title": title, "body": "On Sunday.", **more}), 201)
    return found


def titles(reader: Actor, **filters: Any) -> list[str]:
    return [each["title"] for each in data(reader.get(MESSAGES, params={"limit": 100, **filters}))]


def test_a_broadcast_is_one_item_and_each_reader_marks_it_alone(boss: Actor, admin: Actor, viewer: Actor) -> None:
    message = sent(boss)
    assert message["status"] == "published"
    assert data(admin.get(COUNT)) == data(viewer.get(COUNT)) == {"count": 1, "more": False}
    assert data(admin.post(f"{MESSAGES}/{message['id']}/read"))["read"] is True
    assert (data(admin.get(COUNT))["count"], data(viewer.get(COUNT))["count"]) == (0, 1)
    assert titles(admin, unread="true") == []
    assert titles(viewer, unread="true") == ["Maintenance"]


def test_an_audience_is_roles_tenants_or_both(boss: Actor, admin: Actor, viewer: Actor) -> None:
    sent(boss, "To administrators", audience={"roles": ["tenant_admin"]})
    sent(boss, "To Himal", audience={"tenants": [viewer.tenant]})
    sent(boss, "To administrators of Himal", audience={"roles": ["tenant_admin"], "tenants": [viewer.tenant]})
    assert titles(admin) == ["To administrators"]
    assert titles(viewer) == ["To Himal"]
    theirs = data(viewer.get(MESSAGES))[0]["id"]
    assert refused(admin.post(f"{MESSAGES}/{theirs}/read")) == (404, "admin_message_not_found")
    unknown = boss.post(MESSAGES, {"title": "x", "body": "y", "audience": {"tenants": ["ten_nobody"]}})
    assert refused(unknown) == (400, "validation_error")


def test_what_was_said_before_somebody_joined_is_not_for_them(boss: Actor, platform: LocalPlatform) -> None:
    sent(boss, "Old news")
    assert "Old news" not in titles(actor(platform, "Himal Network", "viewer"))


def test_read_all_takes_what_the_client_has_seen_and_nothing_newer(boss: Actor, admin: Actor) -> None:
    first = sent(boss, "First")
    sent(boss, "Second")
    assert data(admin.post(f"{MESSAGES}/read-all", {"newest_id": first["id"]}))["count"] == 1
    assert titles(admin, unread="true") == ["Second"]
    assert data(admin.post(f"{MESSAGES}/read-all", {}))["count"] == 0
    later = f"amsg_7{first['id'][6:]}"
    for wrong in ("nothing", later):
        assert refused(admin.post(f"{MESSAGES}/read-all", {"newest_id": wrong})) == (400, "validation_error")


def test_a_scheduled_message_appears_at_its_time_and_a_withdrawn_one_leaves(
    boss: Actor, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:

    at = clock.system() + 3_600_000
    message = sent(boss, "Later", publish_at=clock.iso(at))
    assert message["status"] == "scheduled"
    assert "Later" not in titles(admin)
    assert refused(admin.post(f"{MESSAGES}/{message['id']}/read")) == (404, "admin_message_not_found")
    data(admin.post(f"{MESSAGES}/read-all", {}))
    with monkeypatch.context() as then:
        then.setattr(clock, "system", lambda: at + 1)
        later = [each for each in data(admin.get(MESSAGES)) if each["title"] == "Later"]
        assert [each["read"] for each in later] == [False], "read-all before its time has not marked it"
    assert data(boss.post(f"{MESSAGES}/{message['id']}/withdraw"))["status"] == "withdrawn"
    assert data(boss.post(f"{MESSAGES}/{message['id']}/withdraw"))["status"] == "withdrawn"
    with monkeypatch.context() as then:
        then.setattr(clock, "system", lambda: at + 1)
        assert "Later" not in titles(admin)
        assert data(admin.get(COUNT))["count"] == 0
    states = {each["id"]: each["status"] for each in data(boss.get(f"{MESSAGES}/sent", params={"limit": 100}))}
    assert states[message["id"]] == "withdrawn"


@pytest.mark.parametrize("minutes", [-5, 0, 91 * 24 * 60])
def test_a_time_that_is_not_ahead_is_refused(boss: Actor, minutes: int) -> None:
    at = clock.iso(clock.system() + minutes * 60_000)
    answer = boss.post(MESSAGES, {"title": "x", "body": "y", "publish_at": at})
    assert refused(answer) == (400, "validation_error")
    assert "publish_at" in answer.json()["errors"]


def test_only_the_operators_administrators_write(admin: Actor, platform: LocalPlatform) -> None:
    impostor = actor(platform, "Himal Network", "super_admin")
    staff = actor(platform, "Batua", "staff")
    for who in (admin, staff, impostor):
        assert refused(who.post(MESSAGES, {"title": "x", "body": "y"})) == (403, "forbidden")
        assert refused(who.get(f"{MESSAGES}/sent")) == (403, "forbidden")
        path = f"{MESSAGES}/amsg_01KDC0V6M8W3T4Q9X2Z7N5B1FA/withdraw"
        assert refused(who.post(path)) == (403, "forbidden")


def test_the_operator_hears_of_a_message_in_its_name(boss: Actor) -> None:
    """That a session alone writes none is held for every such route in test_step_up."""
    message = sent(boss, "canary-5533", audience={"roles": ["cashier"]})
    mail = boss.mail("Security notice", holding=message["id"])
    assert "A message to all tenants was written" in mail["body"]
    assert "canary-5533" not in mail["body"], "a mail of ours carries no words that a thief chose"


def test_links_lead_to_the_portal_or_to_https(boss: Actor) -> None:
    for link in ("javascript:alert(1)", "//evil.example", "http://plain.example"):
        assert refused(boss.post(MESSAGES, {"title": "x", "body": "y", "link": link})) == (400, "validation_error")
    assert sent(boss, "Linked", link="/prefund")["link"] == "/prefund"


def test_lists_have_pages_and_tags(boss: Actor, admin: Actor) -> None:
    for number in range(3):
        sent(boss, f"Page {number}")
    first = admin.get(MESSAGES, params={"limit": 2}).json()
    rest = admin.get(MESSAGES, params={"limit": 2, "cursor": first["meta"]["next_cursor"]}).json()
    assert [each["title"] for each in (*first["data"], *rest["data"])] == ["Page 2", "Page 1", "Page 0"]
    for path in (MESSAGES, COUNT):
        tag = admin.get(path).headers["ETag"]
        assert admin.get(path, headers={"If-None-Match": tag}).status_code == 304
