"""One-time codes, registration, and the right to be forgotten."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acting import acting_as
from tests.api.auth_fixtures import PASSWORD, Device, Mailbox, Person
from tests.waiting import until

# --- One-time codes ---------------------------------------------------------------------------------------------------


def ask(person: Person, **more: Any) -> tuple[str, str]:
    """A code for the deletion of the account, and its id."""
    asked = person.device("RequestOtp", {"purpose": "account_deletion", **more}, token=person.token())
    assert asked.status == 200, asked.body
    assert person.email not in json.dumps(asked.body)
    subject = re.escape(asked.data["otp_id"])
    assert subject
    return asked.data["otp_id"], newest_code(person)


def newest_code(person: Person) -> str:
    person.mailbox.wait("is your Lotus Sweets code")
    (subject, *_) = [line for line in person.mailbox.subjects() if "is your" in line]
    return subject.partition(" ")[0]


def use(person: Person, otp_id: str, code: str, purpose: Any = "account_deletion", **more: Any) -> None:
    from batua import clock
    from batua.identity import otp
    from batua.store.store import store

    at = more.pop("at", clock.system())
    spent = otp.check_otp(store(), more.get("user", person.id), otp_id, code, purpose, more.get("about", person.id), at)
    store().commit([spent])


def refused(person: Person, otp_id: str, code: str, purpose: Any = "account_deletion", **more: Any) -> bool:
    from batua.errors import Problem

    with pytest.raises(Problem) as problem:
        use(person, otp_id, code, purpose, **more)
    return problem.value.kind.code == "otp_invalid"


def test_a_code_has_six_digits_and_is_good_once(person: Person) -> None:
    otp_id, code = ask(person)
    assert re.fullmatch(r"[0-9]{6}", code)
    use(person, otp_id, code)
    assert refused(person, otp_id, code)


def test_a_code_is_worth_nothing_after_five_wrong_tries(person: Person) -> None:
    otp_id, code = ask(person)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        assert refused(person, otp_id, wrong)
    assert refused(person, otp_id, code)


def test_a_code_is_worth_nothing_after_five_minutes(person: Person) -> None:
    from batua import clock

    otp_id, code = ask(person)
    assert refused(person, otp_id, code, at=clock.system() + 5 * 60_000 + 1)
    use(person, otp_id, code)


def test_a_code_is_bound_to_its_purpose_its_thing_and_its_user(person: Person, new_person: Any) -> None:
    otp_id, code = ask(person)
    assert refused(person, otp_id, code, "prefund_decision")
    assert refused(person, otp_id, code, about="another account")
    assert refused(person, otp_id, code, user=new_person().id)
    use(person, otp_id, code)


def test_codes_cost_money_and_are_limited(person: Person) -> None:
    token = person.token()
    statuses = [person.device("RequestOtp", {"purpose": "account_deletion"}, token=token).status for _ in range(7)]
    assert statuses[:5] == [200] * 5
    assert statuses[-1] == 429


# --- Registration -----------------------------------------------------------------------------------------------------

NEWCOMER = {"password": PASSWORD, "name": "Ravi Rao", "organisation": "Rao Sweets"}


@pytest.fixture
def open_registration(platform: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from batua import clock, settings
    from batua.store.store import store
    from batua.tenants import bootstrap

    bootstrap.ensure_operator(store(), "Operator", clock.system())
    monkeypatch.setenv("REGISTRATION", "open")
    settings.reset_settings()
    yield
    monkeypatch.undo()
    settings.reset_settings()


def test_registration_says_that_it_is_disabled(device: Device) -> None:
    state = device("ReadRegistration")
    assert state.status == 200
    assert state.data["enabled"] is False
    assert "invitation" in state.data["message"]
    refusal = device("Register", {"email": "new@example.com", **NEWCOMER})
    assert (refusal.status, refusal.code) == (403, "registration_disabled")


@pytest.mark.usefixtures("open_registration")
def test_an_open_deployment_makes_a_tenant_that_opens_with_the_address(device: Device, person: Person) -> None:
    email = f"new.{person.email}"
    assert device("ReadRegistration").data["enabled"] is True
    assert device("Register", {"email": email, **NEWCOMER}).status == 202
    body = {"username": email, "password": PASSWORD}
    assert device("ObtainToken", body).status == 401
    assert device("VerifyEmail", {"token": Mailbox(email).token("Verify your email")}).status == 200
    signed_in = device("ObtainToken", body)
    assert signed_in.status == 200, signed_in.body
    me = device("ReadCurrentUser", token=signed_in.data["access_token"]).data
    assert me["tenant"]["name"] == "Rao Sweets"
    assert me["roles"] == ["tenant_admin"]
    assert me["email_verified"] is True


@pytest.mark.usefixtures("open_registration")
def test_registering_tells_nobody_who_has_an_account(device: Device, person: Person) -> None:
    taken = device("Register", {"email": person.email, **NEWCOMER})
    free = device("Register", {"email": f"free.{person.email}", **NEWCOMER})
    assert (taken.status, taken.data) == (free.status, free.data) == (202, {"done": True})
    person.mailbox.wait("already have a")
    assert person.sign_in().status == 200


# --- Deletion ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def colleague(new_person: Any) -> Person:
    """One of two administrators of a tenant."""
    from batua import clock
    from batua.identity import users
    from batua.store.store import store

    person: Person = new_person()
    other = users.new_user(person.tenant, f"other.{person.email}", "Other", ["merchant_admin"], clock.system())
    users.create_user(store(), other)
    return person


def test_a_deletion_needs_proof_and_can_be_taken_back(colleague: Person) -> None:
    token = colleague.token()
    assert colleague.device("RequestAccountDeletion", {}, token=token).status == 400
    wrong = colleague.device("RequestAccountDeletion", {"password": "wrong"}, token=token)
    assert wrong.code == "wrong_password"
    planned = colleague.device("RequestAccountDeletion", {"password": PASSWORD}, token=token)
    assert planned.status == 202, planned.body
    again = colleague.device("RequestAccountDeletion", {"password": PASSWORD}, token=token)
    assert again.data == planned.data
    assert colleague.device("ReadCurrentUser", token=token).data["deletion"]["id"] == planned.data["id"]
    assert colleague.sign_in().status == 200, "who wants to take it back has to get in"
    kept = colleague.device("RequestAccountDeletion", {"cancel": True}, token=token)
    assert kept.data["state"] == "cancelled"
    assert colleague.device("ReadCurrentUser", token=token).data["deletion"] is None
    assert colleague.device("RequestAccountDeletion", {"cancel": True}, token=token).code == "deletion_not_requested"
    assert _erase(colleague, planned.data["id"], days=40) == "cancelled"
    assert colleague.sign_in().status == 200


def test_a_one_time_code_proves_it_too(colleague: Person) -> None:
    otp_id, code = ask(colleague)
    body = {"otp_id": otp_id, "otp_code": code}
    planned = colleague.device("RequestAccountDeletion", body, token=colleague.token())
    assert planned.status == 202, planned.body


def test_the_last_administrator_stays(person: Person) -> None:
    answer = person.device("RequestAccountDeletion", {"password": PASSWORD}, token=person.token())
    assert (answer.status, answer.code) == (409, "last_admin")


def test_nothing_is_erased_before_its_time(colleague: Person) -> None:
    token = colleague.token()
    planned = colleague.device("RequestAccountDeletion", {"password": PASSWORD}, token=token).data
    assert _erase(colleague, planned["id"], days=29) == "scheduled"
    assert colleague.sign_in().status == 200


def test_an_erased_account_leaves_a_proof_and_no_name(colleague: Person, platform: Any) -> None:
    from batua import clock
    from batua.identity import users
    from batua.store import keys
    from batua.store.store import store

    token = colleague.token()
    digest = users.login_digest(colleague.email)
    planned = colleague.device("RequestAccountDeletion", {"password": PASSWORD}, token=token).data
    assert _erase(colleague, planned["id"], days=31) == "erased"
    assert _erase(colleague, planned["id"], days=32) == "erased", "a second call changes nothing"
    assert colleague.device("ReadCurrentUser", token=token).status == 401
    assert colleague.sign_in().code == "invalid_credentials"
    user, login = keys.user_key(colleague.tenant, colleague.id), keys.login_key(digest)
    credentials, record = keys.credentials_key(colleague.tenant, colleague.id), keys.deletion_key(planned["id"])
    found = store().read([user, login, credentials, record])
    assert found[login] is None
    assert found[credentials] is None
    left = json.dumps(found[user], default=repr)
    assert colleague.email not in left
    assert "Asha" not in left
    proof = found[record]
    assert proof is not None
    assert proof["state"] == "erased"
    assert proof["facts"]["login"] == digest, "who has the address can check that it was this account"
    assert colleague.email not in json.dumps(proof, default=repr)
    colleague.mailbox.wait("has been deleted")
    again = users.new_user(colleague.tenant, colleague.email, "Asha", ["cashier"], clock.system())
    users.create_user(store(), again)


def test_the_workflow_waits_then_erases(colleague: Person, platform: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from batua import settings
    from batua.aws import client

    monkeypatch.setenv("DELETION_GRACE_DAYS", "0")
    settings.reset_settings()
    try:
        planned = colleague.device("RequestAccountDeletion", {"password": PASSWORD}, token=colleague.token()).data
        workflow = settings.settings().deletion_workflow
    finally:
        monkeypatch.undo()
        settings.reset_settings()
    execution = workflow.replace(":stateMachine:", ":execution:") + ":" + planned["id"]

    def state() -> str:
        return str(client("stepfunctions").describe_execution(executionArn=execution)["status"])

    until(lambda: state() != "RUNNING")
    assert state() == "SUCCEEDED"
    assert colleague.sign_in().status == 401
    colleague.mailbox.wait("has been deleted")


def test_a_deletion_whose_workflow_was_stopped_is_carried_on(colleague: Person) -> None:
    """resume_deletions, with the rights of its role"""
    from batua import clock, settings
    from batua.auth.deletion_recovery import resume_overdue_deletions
    from batua.store.store import store

    planned = colleague.device("RequestAccountDeletion", {"password": PASSWORD}, token=colleague.token()).data
    later = clock.system() + 40 * clock.DAY_MS
    arn = settings.settings().deletion_workflow.replace(":stateMachine:", ":execution:")

    def resumed() -> bool:
        with acting_as("ResumeDeletions"):
            return planned["id"] in resume_overdue_deletions(store(), later)

    assert not resumed()
    executions = colleague.device.platform.embedded_aws.client("stepfunctions")
    # moto gives no execution to stop before its own thread has begun, and says what it did from then on.
    until(lambda: executions.get_execution_history(executionArn=f"{arn}:{planned['id']}")["events"])
    executions.stop_execution(executionArn=f"{arn}:{planned['id']}")
    # Stopped is what its own thread says, a moment later.
    until(lambda: executions.describe_execution(executionArn=f"{arn}:{planned['id']}")["status"] != "RUNNING")
    assert resumed()


def _erase(person: Person, deletion_id: str, *, days: int) -> str:
    """EraseAccount, as it is called so many days from now."""
    from batua import clock
    from batua.auth import deletion
    from batua.store.store import store

    return str(deletion.erase_account(store(), deletion_id, clock.system() + days * clock.DAY_MS))
