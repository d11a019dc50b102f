"""What a deployment begins with, its published keys, and the functions that no route calls."""

from __future__ import annotations

import json
from typing import Any

import jwt

from tests.api.auth_fixtures import PASSWORD, Device, Person


def test_tokens_verify_with_the_published_keys_alone(person: Person, device: Device) -> None:
    token = person.token()
    response = device.platform.runner.invoke("ReadJwks", _request("GET"))
    assert response["statusCode"] == 200
    assert "max-age" in response["headers"]["cache-control"]
    keys = jwt.PyJWKSet.from_dict(json.loads(response["body"]))
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["ES256"])
    assert claims["sub"] == person.id
    assert claims["tid"] == person.tenant
    assert claims["exp"] - claims["iat"] == 900


def test_bootstrap_makes_an_operator_and_a_link_to_sign_in_once(device: Device, person: Person) -> None:
    from batua import clock
    from batua.store.store import store
    from batua.tenants import bootstrap

    def begin() -> Any:
        return bootstrap.bootstrap_deployment(
            store(), email=email, name="First Admin", operator_name="Operator", now=clock.system()
        )

    email = f"admin.{person.email}"
    first = begin()
    again = begin()
    assert first.operator == again.operator
    assert first.admin == again.admin
    token, other = (made.link.partition("#token=")[2] for made in (first, again))
    assert device("ConfirmPasswordReset", {"token": token, "new_password": PASSWORD}).status == 200
    assert device("ConfirmPasswordReset", {"token": other, "new_password": PASSWORD}).status == 400
    signed_in = device("ObtainToken", {"username": email, "password": PASSWORD})
    assert signed_in.data["user"]["roles"] == ["super_admin"]
    assert begin().link is None


def test_what_cannot_be_sent_is_named_and_the_rest_goes_out(person: Person) -> None:
    from batua.messages.model import Message

    good = Message("mfa_off", person.email, "email", person.tenant, {"name": "Asha"}).as_text()
    bodies = {"1": good, "2": "not a message", "3": Message("no_such_kind", person.email).as_text()}
    event = {"Records": [{"messageId": id, "body": body} for id, body in bodies.items()]}
    answer = person.device.platform.runner.invoke("DeliverMessage", event)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}]}
    person.mailbox.wait("Two-step sign-in is now off")


def test_no_mail_goes_to_an_address_without_an_account(person: Person) -> None:
    from batua.auth import password
    from batua.store.store import store

    assert password.password_reset_message(store(), f"nobody.{person.email}", 0) is None


def test_erasing_what_nobody_asked_for_does_nothing(device: Device) -> None:
    from batua import ids

    assert device.platform.runner.invoke("EraseAccount", {"deletion": ids.new_id("del")}) == {"state": "unknown"}


def test_the_daily_look_at_the_signing_keys_changes_nothing_while_they_are_young(device: Device) -> None:
    assert device.platform.runner.invoke("RotateSigningKeys", {}) == {"steps": []}


def _request(method: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"http": {"method": method, "sourceIp": "203.0.113.9"}},
        "isBase64Encoded": False,
    }
