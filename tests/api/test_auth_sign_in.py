"""Signing in, going on, signing out."""

from __future__ import annotations

from typing import Any

from tests.api.auth_fixtures import Device, Person


def test_a_password_gives_tokens_that_the_api_takes(person: Person, device: Device) -> None:
    answer = person.sign_in()
    assert answer.status == 200, answer.body
    assert answer.data["token_type"] == "Bearer"
    assert answer.data["expires_in"] == 900
    me = device("ReadCurrentUser", token=answer.data["access_token"])
    assert me.status == 200
    assert me.data["email"] == person.email
    assert me.data["tenant"]["id"] == person.tenant
    assert me.data["roles"] == ["merchant_admin"]


def test_the_user_name_is_taken_as_people_write_it(person: Person) -> None:
    assert (
        person.device("ObtainToken", {"username": f" {person.email.upper()} ", "password": person.password}).status
        == 200
    )


def test_a_wrong_password_and_an_unknown_name_look_the_same(person: Person, device: Device) -> None:
    wrong = device("ObtainToken", {"username": person.email, "password": "wrong"})
    unknown = device("ObtainToken", {"username": "nobody-" + person.email, "password": "wrong"})
    varying = {"request_id", "response_id"}
    assert wrong.status == unknown.status == 401
    assert _without(wrong.body, varying) == _without(unknown.body, varying)


def test_a_logout_ends_access_and_refresh_tokens_at_once(person: Person) -> None:
    tokens = person.sign_in().data
    other = person.sign_in().data
    assert person.device("Logout", token=tokens["access_token"]).status == 200
    assert person.device("ReadCurrentUser", token=tokens["access_token"]).status == 401
    assert person.device("RefreshToken", {"refresh_token": tokens["refresh_token"]}).status == 401
    assert person.device("ReadCurrentUser", token=other["access_token"]).status == 200


def test_a_refresh_token_gives_the_next_pair(person: Person) -> None:
    tokens = person.sign_in().data
    renewed = person.device("RefreshToken", {"refresh_token": tokens["refresh_token"]})
    assert renewed.status == 200
    assert renewed.data["refresh_token"] != tokens["refresh_token"]
    assert person.device("ReadCurrentUser", token=renewed.data["access_token"]).status == 200


def _without(body: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}
