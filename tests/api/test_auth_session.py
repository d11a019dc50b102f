"""The cookie session: flags of its cookies, and the CSRF token that every change needs."""

from __future__ import annotations

import pytest

from tests.api.auth_fixtures import Answer, Device, Person

SESSION = "__Host-batua_session"


def login(person: Person, device: Device) -> Answer:
    csrf = device("IssueCsrfToken").data["csrf_token"]
    body = {"username": person.email, "password": person.password}
    answer = device("LoginSession", body, headers={"x-csrftoken": csrf})
    assert answer.status == 200, answer.body
    return answer


def test_a_cookie_session_reads_and_changes_with_its_csrf_token(person: Person, device: Device) -> None:
    csrf = login(person, device).data["csrf_token"]
    assert device("ReadCurrentUser").data["email"] == person.email
    changed = device("UpdateProfile", {"name": "Asha R."}, headers={"x-csrftoken": csrf})
    assert changed.status == 200, changed.body
    assert changed.data["name"] == "Asha R."
    fresh = device("IssueCsrfToken").data["csrf_token"]
    assert device("UpdateProfile", {"name": "Asha Rao"}, headers={"x-csrftoken": fresh}).status == 200


def test_who_is_signed_in_by_cookie_reads_the_token_of_that_session_with_it(person: Person, device: Device) -> None:
    login(person, device)
    token = device("ReadCurrentUser").data["csrf_token"]
    changed = device("UpdateProfile", {"name": "Asha R."}, headers={"x-csrftoken": token})
    assert (changed.status, changed.data["name"]) == (200, "Asha R.")
    other = Device(device.platform)
    login(person, other)
    assert other("UpdateProfile", {"name": "Mallory"}, headers={"x-csrftoken": token}).code == "csrf_failed"


def test_a_bearer_token_needs_no_csrf_token_and_reads_none(person: Person, device: Device) -> None:
    assert device("ReadCurrentUser", token=person.token()).data["csrf_token"] is None


@pytest.mark.parametrize("token", [None, "", "made.up", "0" * 32 + "." + "0" * 64])
def test_a_change_without_the_right_csrf_token_is_refused(person: Person, device: Device, token: str | None) -> None:
    login(person, device)
    headers = {} if token is None else {"x-csrftoken": token}
    answer = device("UpdateProfile", {"name": "Mallory"}, headers=headers)
    assert (answer.status, answer.code) == (403, "csrf_failed")
    assert device("LogoutSession", headers=headers).status == 403
    assert device("ReadCurrentUser").data["name"] == "Asha Rao"


def test_another_sessions_csrf_token_is_refused(person: Person, device: Device) -> None:
    login(person, device)
    other = Device(device.platform)
    theirs = login(person, other).data["csrf_token"]
    assert device("UpdateProfile", {"name": "Mallory"}, headers={"x-csrftoken": theirs}).status == 403
    anonymous = Device(device.platform)("IssueCsrfToken").data["csrf_token"]
    assert device("UpdateProfile", {"name": "Mallory"}, headers={"x-csrftoken": anonymous}).status == 403


def test_signing_in_needs_a_csrf_token_of_the_same_browser(person: Person, device: Device) -> None:
    body = {"username": person.email, "password": person.password}
    assert device("LoginSession", body).code == "csrf_failed"
    theirs = Device(device.platform)("IssueCsrfToken").data["csrf_token"]
    device("IssueCsrfToken")
    assert device("LoginSession", body, headers={"x-csrftoken": theirs}).code == "csrf_failed"


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(person: Person, device: Device) -> None:
    answer = login(person, device)
    for name in (SESSION, "__Host-batua_device"):
        attributes = {part.strip() for part in answer.cookie(name).split(";")[1:]}
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= attributes
        assert not any(part.lower().startswith("domain") for part in attributes)


def test_a_logout_ends_the_session_and_takes_its_cookie_away(person: Person, device: Device) -> None:
    csrf = login(person, device).data["csrf_token"]
    kept = dict(device.cookies)
    answer = device("LogoutSession", headers={"x-csrftoken": csrf})
    assert answer.status == 200
    assert "Max-Age=0" in answer.cookie(SESSION)
    device.cookies = kept
    assert device("ReadCurrentUser").status == 401
    assert login(person, device).status == 200, "an ended session stands in nobody's way"


def test_a_session_cookie_is_no_bearer_token_and_an_access_token_no_cookie(person: Person, device: Device) -> None:
    login(person, device)
    cookie = device.cookies[SESSION]
    bare = Device(device.platform)
    assert bare("ReadCurrentUser", token=cookie).status == 401
    bare.cookies[SESSION] = person.token()
    assert bare("ReadCurrentUser").status == 401


def test_a_cookie_session_serves_routes_for_keys_and_users(person: Person, device: Device) -> None:
    login(person, device)
    assert device("ReadEarningRules").status != 401


def test_a_bearer_token_needs_no_csrf_token_even_beside_a_cookie(person: Person, device: Device) -> None:
    login(person, device)
    assert device("UpdateProfile", {"name": "Asha"}, token=person.token()).status == 200


def test_a_device_that_signed_in_before_is_known_by_its_cookie(person: Person, device: Device) -> None:
    login(person, device)
    device.cookies.pop(SESSION)
    stranger = Device(device.platform)
    for _ in range(12):
        stranger("ObtainToken", {"username": person.email, "password": "wrong"})
    assert person.sign_in().status == 429
    assert login(person, device).status == 200
