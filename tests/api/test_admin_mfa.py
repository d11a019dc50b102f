"""Two-step sign-in that administrators must have: who is held to it, from when on, and what stays as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batua.openapi.inventory import endpoint_inventory
from tests.api.auth_fixtures import Answer, Person
from tests.api.second_factor import Authenticator, turn_on

ROOT = Path(__file__).parents[2]


@pytest.fixture
def boss(new_person: Any) -> Person:
    made: Person = new_person(roles=("tenant_admin",))
    return made


def require(by: Person, token: str, needed: bool = True, **more: Any) -> Answer:
    return by.device("SaveSignInPolicy", {"admin_mfa": needed, **more}, token=token, proven=True)


def test_an_administrator_without_a_second_factor_sets_it_up_at_the_next_sign_in(boss: Person) -> None:
    first = boss.token()
    assert boss.device("ReadSignInPolicy", token=first).data == {"admin_mfa": False, "version": 1}
    saved = require(boss, first)
    assert (saved.status, saved.data) == (200, {"admin_mfa": True, "version": 2})
    assert boss.mailbox.wait()
    assert boss.device("ReadSignInPolicy", token=first).status == 200, "a session that is there goes on"

    begun = boss.sign_in()
    assert (begun.status, begun.data["mfa_enrolment_required"]) == (200, True)
    token = begun.data["access_token"]
    for function in ("ReadSignInPolicy", "ListWallets", "ListUsers"):
        refused = boss.device(function, token=token)
        assert (refused.status, refused.code) == (403, "mfa_enrolment_required")
    assert boss.device("ReadCurrentUser", token=token).status == 200

    app = Authenticator(boss.device("StartMfaSetup", token=token, proven=True).data["otpauth_uri"])
    assert boss.device("FinishMfaSetup", {"code": app.code()}, token=token, proven=True).status == 200
    assert boss.device("ReadSignInPolicy", token=token).status == 200, "the same session opens everything"
    again = boss.sign_in(mfa_code=app.code())
    assert (again.status, again.data["mfa_enrolment_required"]) == (200, False)


def functions_for_anybody() -> set[str]:
    """Those that serve whoever is signed in, whatever the role, and are no part of the own account."""
    declared = {each.function: each.declaration.caller for each in endpoint_inventory(ROOT)}
    return {
        name
        for name, caller in declared.items()
        if caller.kind == "user" and caller.permission is None and not caller.enrolling
    }


def test_nothing_but_the_own_account_is_open_until_it_is_set_up(boss: Person) -> None:
    require(boss, boss.token())
    token = boss.token()
    functions = functions_for_anybody()
    assert functions >= {"ListDocuments", "ReadOrder", "CreateTicket", "ListWebhookEndpoints", "RegisterPushDevice"}
    answers = {each: boss.device(each, {}, token=token, path={"id": "x"}) for each in functions}
    opened = {each for each, answer in answers.items() if answer.code != "mfa_enrolment_required"}
    assert opened == set()
    for own in ("ReadCurrentUser", "ReadMfaStatus", "ReadTenantContext", "ReadBranding", "Logout"):
        assert boss.device(own, token=token).status == 200, own


def test_a_session_of_a_client_is_confined_when_it_refreshes(boss: Person) -> None:
    begun = boss.sign_in().data
    require(boss, begun["access_token"])
    refreshed = boss.device("RefreshToken", {"refresh_token": begun["refresh_token"]})
    assert (refreshed.status, refreshed.data["mfa_enrolment_required"]) == (200, True)
    answer = boss.device("ReadSignInPolicy", token=refreshed.data["access_token"])
    assert (answer.status, answer.code) == (403, "mfa_enrolment_required")


def test_it_can_not_be_turned_off_while_it_is_needed(boss: Person) -> None:
    token, app, _ = turn_on(boss)
    require(boss, token)
    body = {"password": boss.password, "code": app.code()}
    assert boss.device("DisableMfa", body, token=token).code == "mfa_obligatory"
    require(boss, token, needed=False)
    assert boss.device("DisableMfa", {**body, "code": app.code()}, token=token).status == 200


def test_a_new_password_does_not_open_what_waits_for_a_second_factor(boss: Person) -> None:
    require(boss, boss.token())
    token = boss.token()
    body = {"current_password": boss.password, "new_password": "another long passphrase 42"}
    changed = boss.device("ChangePassword", body, token=token)
    assert changed.status == 200, changed.body
    assert boss.device("ReadSignInPolicy", token=token).code == "mfa_enrolment_required"


def test_who_administers_nothing_signs_in_as_before(new_person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from batua import settings

    monkeypatch.setenv("ADMIN_MFA", "required")
    settings.reset_settings()
    try:
        clerk, boss = new_person(roles=("cashier",)), new_person(roles=("tenant_admin",))
        assert clerk.sign_in().data["mfa_enrolment_required"] is False
        assert boss.sign_in().data["mfa_enrolment_required"] is True, "by the deployment, whatever the tenant says"
    finally:
        monkeypatch.undo()
        settings.reset_settings()


def test_the_policy_is_for_administrators_with_a_fresh_proof_and_as_it_was_read(new_person: Any, boss: Person) -> None:
    clerk = new_person(roles=("merchant_admin",))
    assert clerk.device("ReadSignInPolicy", token=clerk.token()).code == "forbidden"
    token = boss.token()
    unproven = boss.device("SaveSignInPolicy", {"admin_mfa": True}, token=token)
    assert unproven.code == "reauthentication_required"
    assert require(boss, token, version=7).code == "version_conflict"
    wrong = boss.device("SaveSignInPolicy", {"admin_mfa": "perhaps"}, token=token, proven=True)
    assert (wrong.status, list(wrong.body["errors"])) == (400, ["admin_mfa"])
