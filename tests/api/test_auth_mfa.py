"""Two-step sign-in, with an authenticator as people use it."""

from __future__ import annotations

import base64
import time
from typing import Any
from urllib.parse import unquote

import pyotp
import pytest

from tests.api.auth_fixtures import Device, Person
from tests.api.second_factor import Authenticator, turn_on


def test_mfa_is_set_up_from_what_the_qr_code_holds(person: Person) -> None:
    token = person.token()
    assert person.device("ReadMfaStatus", token=token).data == {
        "enabled": False,
        "since": None,
        "recovery_codes_left": 0,
    }
    setup = person.device("StartMfaSetup", token=token, proven=True)
    assert setup.status == 200, setup.body
    assert setup.data["qr_svg"].startswith("data:image/svg+xml")
    assert "<svg" in _content(setup.data["qr_svg"])
    app = Authenticator(setup.data["otpauth_uri"])
    assert app.totp.name == person.email
    assert app.totp.issuer == "Lotus Sweets"
    assert app.totp.secret == setup.data["secret"]
    assert person.sign_in().status == 200, "nothing is on before a code was seen"
    done = person.device("FinishMfaSetup", {"code": app.code()}, token=token, proven=True)
    assert done.status == 200, done.body
    assert len(set(done.data["recovery_codes"])) == 10
    assert person.device("ReadMfaStatus", token=token).data["recovery_codes_left"] == 10
    assert person.device("ReadCurrentUser", token=token).data["mfa_enabled"] is True
    assert person.device("StartMfaSetup", token=token, proven=True).code == "mfa_already_on"
    assert person.mailbox.wait("Two-step sign-in is now on")
    assert person.sign_in().code == "mfa_required"
    assert person.sign_in(mfa_code=app.code()).status == 200


def test_a_code_is_never_accepted_twice(person: Person) -> None:
    _, app, _ = turn_on(person)
    code = app.code()
    assert person.sign_in(mfa_code=code).status == 200
    again = person.sign_in(mfa_code=code)
    assert (again.status, again.code) == (401, "mfa_code_invalid")


def test_the_code_that_turned_it_on_signs_nobody_in(person: Person) -> None:
    token = person.token()
    app = Authenticator(person.device("StartMfaSetup", token=token, proven=True).data["otpauth_uri"])
    code = app.code()
    assert person.device("FinishMfaSetup", {"code": code}, token=token, proven=True).status == 200
    assert person.sign_in(mfa_code=code).code == "mfa_code_invalid"


def test_a_recovery_code_is_good_once(person: Person) -> None:
    token, _, codes = turn_on(person)
    assert person.sign_in(mfa_code=codes[3].lower()).status == 200
    assert person.sign_in(mfa_code=codes[3]).code == "mfa_code_invalid"
    assert person.device("ReadMfaStatus", token=token).data["recovery_codes_left"] == 9
    assert "9" in person.mailbox.wait("recovery code was used")
    assert person.sign_in(mfa_code=codes[4]).status == 200


def test_a_recovery_code_used_at_the_same_moment_is_used_once(person: Person) -> None:
    from concurrent.futures import ThreadPoolExecutor

    _, _, codes = turn_on(person)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: person.sign_in(mfa_code=codes[0]), range(4)))
    assert [answer.status for answer in answers].count(200) == 1


def test_wrong_codes_are_slowed_down(person: Person) -> None:
    _, _, _ = turn_on(person)
    statuses = [person.sign_in(mfa_code="000000").status for _ in range(8)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_turning_it_off_needs_password_and_code(person: Person) -> None:
    token, app, codes = turn_on(person)
    wrong = person.device("DisableMfa", {"password": "wrong", "code": codes[0]}, token=token)
    assert wrong.code == "wrong_password"
    wrong = person.device("DisableMfa", {"password": person.password, "code": "000000"}, token=token)
    assert wrong.code == "wrong_code"
    done = person.device("DisableMfa", {"password": person.password, "code": app.code()}, token=token)
    assert done.status == 200, done.body
    assert person.sign_in().status == 200
    assert (
        person.device("DisableMfa", {"password": person.password, "code": codes[0]}, token=token).code == "mfa_not_on"
    )
    assert person.mailbox.wait("Two-step sign-in is now off")


def test_other_sessions_end_when_it_is_turned_on(person: Person) -> None:
    other = person.token()
    turn_on(person)
    assert person.device("ReadCurrentUser", token=other).status == 401


def test_a_wrong_code_turns_nothing_on(person: Person) -> None:
    token = person.token()
    assert person.device("FinishMfaSetup", {"code": "123456"}, token=token, proven=True).code == "mfa_not_started"
    setup = person.device("StartMfaSetup", token=token, proven=True).data
    wrong = f"{(int(pyotp.TOTP(setup['secret']).now()) + 1) % 10**6:06d}"
    later = pyotp.TOTP(setup["secret"]).at(time.time() + 3600)
    for code in {wrong, later}:
        assert person.device("FinishMfaSetup", {"code": code}, token=token, proven=True).status == 403
    assert person.sign_in().status == 200


def test_the_secret_is_stored_sealed_and_bound_to_its_user(person: Person, new_person: Any) -> None:
    from batua.identity import sealing, users
    from batua.store import keys
    from batua.store.store import store

    token = person.token()
    secret = person.device("StartMfaSetup", token=token, proven=True).data["secret"]
    key = keys.credentials_key(person.tenant, person.id)
    record = store().read([key])[key]
    assert record is not None
    assert secret not in repr(record)
    blob = users.read_credentials(record).mfa_pending
    assert blob is not None
    assert sealing.open_secret("mfa", person.id, blob).decode() == secret
    with pytest.raises(sealing.SecretUnreadable):
        sealing.open_secret("mfa", new_person().id, blob)


def test_the_second_factor_is_asked_of_the_cookie_session_too(person: Person, device: Device) -> None:
    _, app, _ = turn_on(person)
    csrf = device("IssueCsrfToken").data["csrf_token"]
    body = {"username": person.email, "password": person.password}
    assert device("LoginSession", body, headers={"x-csrftoken": csrf}).code == "mfa_required"
    assert device("LoginSession", {**body, "mfa_code": app.code()}, headers={"x-csrftoken": csrf}).status == 200


def _content(uri: str) -> str:
    head, _, data = uri.partition(",")
    return base64.b64decode(data).decode() if head.endswith("base64") else unquote(data)
