"""Changing a password, and setting a new one by mail."""

from __future__ import annotations

from tests.api.auth_fixtures import Device, Person

NEW = "five green lanterns"


def test_a_changed_password_ends_all_other_sessions(person: Person) -> None:
    here, there = person.sign_in().data, person.sign_in().data
    changed = person.device(
        "ChangePassword", {"current_password": person.password, "new_password": NEW}, token=here["access_token"]
    )
    assert changed.status == 200, changed.body
    assert person.device("ReadCurrentUser", token=here["access_token"]).status == 200
    assert person.device("ReadCurrentUser", token=there["access_token"]).status == 401
    assert person.device("RefreshToken", {"refresh_token": there["refresh_token"]}).status == 401
    assert person.sign_in().status == 401
    person.password = NEW
    assert person.sign_in().status == 200
    assert person.email not in person.mailbox.wait("password was changed")


def test_a_change_needs_the_present_password(person: Person) -> None:
    token = person.token()
    body = {"current_password": "not it at all", "new_password": NEW}
    assert person.device("ChangePassword", body, token=token).code == "wrong_password"


def test_weak_passwords_are_refused_and_the_field_is_named(person: Person) -> None:
    token = person.token()
    for weak in ("short", "aaaaaaaaaaaa", "password123!", "1234567890", person.email, "x" * 200):
        body = {"current_password": person.password, "new_password": weak}
        answer = person.device("ChangePassword", body, token=token)
        assert answer.status == 400, weak
        assert "new_password" in answer.body["errors"]


def test_a_link_in_a_mail_sets_a_new_password_once(person: Person, device: Device) -> None:
    tokens = person.sign_in().data
    assert device("RequestPasswordReset", {"email": person.email.upper()}).status == 200
    token = person.mailbox.token("Reset your")
    assert device("ConfirmPasswordReset", {"token": token, "new_password": "short"}).status == 400
    done = device("ConfirmPasswordReset", {"token": token, "new_password": NEW})
    assert done.status == 200, done.body
    assert person.device("ReadCurrentUser", token=tokens["access_token"]).status == 401
    again = device("ConfirmPasswordReset", {"token": token, "new_password": "six green lanterns"})
    assert again.code == "link_invalid"
    assert person.sign_in().status == 401
    person.password = NEW
    assert person.sign_in().status == 200


def test_a_reset_leaves_the_device_known(person: Person, device: Device) -> None:
    device("RequestPasswordReset", {"email": person.email})
    done = device("ConfirmPasswordReset", {"token": person.mailbox.token("Reset your"), "new_password": NEW})
    stranger = Device(device.platform)
    for _ in range(20):
        stranger("ObtainToken", {"username": person.email, "password": "wrong"})
    body = {"username": person.email, "password": NEW}
    assert device("ObtainToken", body).status == 429
    assert device("ObtainToken", {**body, "device_token": done.data["device_token"]}).status == 200


def test_asking_for_a_link_tells_nothing_of_who_has_an_account(person: Person, device: Device) -> None:
    known = device("RequestPasswordReset", {"email": person.email})
    unknown = device("RequestPasswordReset", {"email": f"nobody-{person.email}"})
    assert (known.status, known.data, known.body["message"]) == (unknown.status, unknown.data, unknown.body["message"])


def test_a_token_that_nobody_made_is_refused(device: Device) -> None:
    assert device("ConfirmPasswordReset", {"token": "made-up", "new_password": NEW}).code == "link_invalid"


def test_a_token_for_another_purpose_sets_no_password(person: Person, device: Device) -> None:
    token = person.token()
    assert person.device("ResendVerificationEmail", token=token).status == 200
    link = person.mailbox.token("Verify your email")
    assert device("ConfirmPasswordReset", {"token": link, "new_password": NEW}).code == "link_invalid"
    assert device("VerifyEmail", {"token": link}).status == 200
    assert device("VerifyEmail", {"token": link}).code == "link_invalid"
    assert person.device("ReadCurrentUser", token=token).data["email_verified"] is True
    assert person.device("ResendVerificationEmail", token=token).code == "email_already_verified"


def test_mail_of_one_kind_is_limited(person: Person) -> None:
    token = person.token()
    statuses = [person.device("ResendVerificationEmail", token=token).status for _ in range(6)]
    assert statuses[:4] == [200] * 4
    assert statuses[-1] == 429


def test_links_that_were_sent_before_a_change_of_the_password_are_worth_nothing_after_it(person: Person) -> None:
    """A thief of the mailbox keeps an old link; the owner changes the password, and the link must not undo that."""
    from batua import clock
    from batua.auth.password import password_reset_message
    from batua.store.store import store

    message = password_reset_message(store(), person.email, clock.system())
    assert message is not None
    old = message.values["link"].partition("#token=")[2]
    changed = person.device(
        "ChangePassword",
        {"current_password": person.password, "new_password": "seven wet umbrellas on a tram"},
        token=person.token(),
    )
    assert changed.status == 200, changed.body
    late = person.device("ConfirmPasswordReset", {"token": old, "new_password": "eleven dry parasols on a boat"})
    assert late.code == "link_invalid"
