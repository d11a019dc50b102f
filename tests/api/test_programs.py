"""Coin programs through the gateway.

GET, POST /api/v1/rewards/programs; GET, PUT, PATCH, DELETE /api/v1/rewards/programs/{id}
(list_programs, create_program, read_program, replace_program, update_program, delete_program)
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any

import pytest

from batua import clock, settings
from batua.rewards import program_locks
from tests.api.auth_fixtures import PASSWORD, Mailbox
from tests.api.conftest import Client
from tests.api.counter import BALANCE, ISSUE, REDEEM, data, refusal
from tests.api.program_fixtures import (  # noqa: F401
    THREE_FIELDS,
    URL,
    SignIn,
    admin,
    change,
    made,
    newcomer,
    operator,
    sign_in,
    tenant,
    till,
)

_numbers = itertools.count()


@pytest.fixture
def open_registration(platform: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("REGISTRATION", "open")
    settings.reset_settings()
    yield
    monkeypatch.undo()
    settings.reset_settings()


@pytest.mark.usefixtures("open_registration")
def test_a_new_tenant_gets_from_registration_to_its_first_coin_over_http(
    anyone: Client, operator: Client, phone: str
) -> None:
    email = f"founder.{os.getpid()}.{next(_numbers)}@example.com"
    newcomer = {"email": email, "password": PASSWORD, "name": "Ravi Rao", "organisation": "Rao Sweets"}
    assert anyone.post("/api/v1/auth/register", newcomer).status_code == 202
    link = Mailbox(email).token("Verify your email")
    assert anyone.post("/api/v1/auth/email/verify", {"token": link}).status_code == 200

    def signed_in() -> Client:
        login = {"username": email, "password": PASSWORD}
        token = data(anyone.post("/api/v1/auth/token", login))["access_token"]
        founder = Client(anyone.url, {"Authorization": f"Bearer {token}"})
        proof = data(founder.post("/api/v1/auth/reauthenticate", {"password": PASSWORD}))["proof"]
        return Client(anyone.url, {**founder.headers, "X-Reauthentication": proof})

    founder = signed_in()
    program = made(founder.post(URL, THREE_FIELDS))
    assert (program["status"], program["issuing"], program["redeeming"]) == ("active", True, True)

    networks = "/api/v1/tenant/network-allowlist"
    proposed = data(founder.put(networks, {"networks": ["127.0.0.0/8"]}))
    approval = {"tenant_id": proposed["tenant_id"], "version": proposed["version"]}
    assert operator.post(f"{networks}/approve", approval).status_code == 200
    shop = till(founder)

    issued = data(shop.post(ISSUE, {"phone": phone, "bill_amount": "1000", "idempotency_key": "bill-1"}))
    assert issued["coins_issued"] == 50
    redeemed = data(shop.post(REDEEM, {"phone": phone, "coins": 20, "bill_amount": "500"}))
    assert (redeemed["value"], redeemed["payable"], redeemed["balance"]) == (20, 480, 30)
    # A session from before the program can't know its books at the counter; the next sign-in does.
    assert "Sign in again" in refusal(founder.post(ISSUE, {"phone": phone, "coins": 1}), 403, "forbidden")["message"]
    assert data(signed_in().get(BALANCE, params={"phone": phone}))["balance"] == 30


def test_three_fields_make_a_program_with_a_default_for_all_else(admin: Client) -> None:
    program = made(admin.post(URL, THREE_FIELDS))
    assert {name: program[name] for name in ("coin_value", "decimals", "currency", "funding", "reversal_policy")} == {
        "coin_value": 1, "decimals": 0, "currency": "INR", "funding": "none", "reversal_policy": "cap",
    }  # fmt: skip
    assert program["expiry"] == {"type": "months", "months": 12}
    assert [rule["percent"] for rule in program["rules"]] == [5]
    assert (program["mir"], program["role"], program["version"]) == (None, "owner", 1)
    read = admin.get(f"{URL}/{program['id']}")
    assert (data(read), read.headers["etag"]) == (program, '"1"')
    assert data(admin.get(URL)) == [program]
    assert data(admin.get(URL, params={"kind": "network"})) == []


def test_a_program_keeps_everything_that_was_said_of_it(admin: Client) -> None:
    said = {
        "name": "Petals",
        "kind": "closed",
        "description": "One for each sweet.",
        "coin": {"singular": "petal", "plural": "petals"},
        "decimals": 2,
        "coin_value": 0.5,
        "expiry": {"type": "month_end"},
        "reversal_policy": "negative",
        "funding": "prefunded",
        "time_zone": "Asia/Kathmandu",
        "rules": [{"type": "flat", "coins": 2.5, "minimum_bill": 100}],
        "terms_url": "https://lotus.example/terms",
        "starts_at": "2026-01-01T00:00:00.000Z",
        "ends_at": "2090-01-01T00:00:00.000Z",
    }
    program = made(admin.post(URL, said))
    (rule,) = program["rules"]
    assert (rule["coins"], rule["minimum_bill"]) == (2.5, 100)
    kept = {name: program[name] for name in said if name not in ("rules", "expiry")}
    assert kept == {name: value for name, value in said.items() if name not in ("rules", "expiry")}
    assert program["expiry"] == {"type": "month_end", "months": None}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "barter"}, "kind"),
        ({"decimals": 3}, "decimals"),
        ({"coin_value": "0.001"}, "coin_value"),
        ({"coin_value": -1}, "coin_value"),
        ({"expiry": {"type": "months"}}, "expiry.months"),
        ({"expiry": {"type": "never", "months": 3}}, "expiry.months"),
        ({"mir": {"ratio": 3, "new_merchant_ratio": 5}}, "mir"),
        ({"currency": "USD"}, "currency"),
        ({"time_zone": "Asia/Atlantis"}, "time_zone"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": "2027-01-01", "ends_at": "2026-12-31"}, "ends_at"),
        ({"earn_percent": 101}, "earn_percent"),
        ({"earn_percent": None, "rules": [{"type": "percentage"}]}, "rules.0.percent"),
        ({"rules": [{"type": "flat", "coins": 1}]}, "rules"),
        ({"status": "retired"}, "status"),
        ({"terms_url": "http://lotus.example"}, "terms_url"),
        ({"kind": "application", "earn_percent": 5}, "rules"),
        ({"kind": "application", "earn_percent": None, "funding": "prefunded"}, "funding"),
    ],
)
def test_bad_input_names_the_field_and_makes_nothing(admin: Client, wrong: dict[str, Any], field: str) -> None:
    body = refusal(admin.post(URL, {**THREE_FIELDS, **wrong}), 400, "validation_error")
    assert next(iter(body["errors"])) == field
    assert data(admin.get(URL)) == []


def test_a_creation_sent_twice_makes_one_program(admin: Client) -> None:
    body = {**THREE_FIELDS, "idempotency_key": "first-program"}
    first, again = admin.post(URL, body), admin.post(URL, body)
    assert made(again) == made(first)
    assert again.headers["idempotency-replayed"] == "true"
    refusal(admin.post(URL, {**body, "name": "Other"}), 422, "idempotency_key_reused")
    refusal(admin.post(URL, THREE_FIELDS), 409, "program_exists")


def test_an_application_gets_wallet_types(newcomer: Any, sign_in: SignIn, operator: Client) -> None:
    admin = sign_in(newcomer("application"))
    points = made(admin.post(URL, {"name": "Miles", "kind": "application", "currency": "USD"}))
    assert points["id"].startswith("waty_")
    made(admin.post(URL, {"name": "Gems", "kind": "application"}))
    assert [program["name"] for program in data(admin.get(URL))] == ["Gems", "Miles"]
    assert list(refusal(admin.post(URL, THREE_FIELDS), 400, "validation_error")["errors"]) == ["kind"]


def test_only_the_operator_creates_networks_and_it_creates_nothing_else(admin: Client, operator: Client) -> None:
    refusal(admin.post(URL, {**THREE_FIELDS, "kind": "network"}), 403, "forbidden")
    refusal(operator.post(URL, THREE_FIELDS), 400, "validation_error")
    network = made(operator.post(URL, {"name": "Chandni Coins", "kind": "network", "earn_percent": 2}))
    assert network["mir"] == {"ratio": 3, "new_merchant_ratio": 5, "new_merchant_days": 30, "floor": None}
    floor = {"ratio": 2.5, "new_merchant_ratio": 4, "new_merchant_days": 10, "floor": 500}
    assert data(change(operator, network["id"], {"mir": floor}))["mir"] == floor
    assert data(operator.call("DELETE", f"{URL}/{network['id']}"))["status"] == "retired"


def test_another_tenants_program_looks_as_if_it_were_not_there(admin: Client, newcomer: Any, sign_in: SignIn) -> None:
    id, other = made(admin.post(URL, THREE_FIELDS))["id"], sign_in(newcomer())
    for answer in (
        other.get(f"{URL}/{id}"),
        other.put(f"{URL}/{id}", THREE_FIELDS),
        change(other, id, {"name": "Mine"}),
        other.call("DELETE", f"{URL}/{id}"),
        admin.get(f"{URL}/prg_1"),
    ):
        refusal(answer, 404, "program_not_found")
    assert data(admin.get(f"{URL}/{id}"))["name"] == "Lotus Petals"


def test_a_member_of_a_network_reads_it_and_cannot_change_it(credentials: dict[str, Any], platform: Any) -> None:
    person, id = credentials["merchant_tenant_admin"], credentials["samples"]["program_id"]
    member = Client(platform.url, {"Authorization": f"Bearer {person['token']}", "X-Reauthentication": person["proof"]})
    assert (data(member.get(f"{URL}/{id}"))["role"], [one["id"] for one in data(member.get(URL))]) == ("member", [id])
    refusal(change(member, id, {"name": "Ours"}), 404, "program_not_found")
    refusal(member.call("DELETE", f"{URL}/{id}"), 404, "program_not_found")
    refusal(member.post(URL, THREE_FIELDS), 409, "program_exists")


@pytest.mark.parametrize("role", ["merchant_admin", "cashier", "viewer"])
def test_only_a_tenant_admin_changes_programs(newcomer: Any, sign_in: SignIn, role: str) -> None:
    tenant_id = newcomer()
    id = made(sign_in(tenant_id).post(URL, THREE_FIELDS))["id"]
    other = sign_in(tenant_id, role)
    assert data(other.get(f"{URL}/{id}"))["id"] == id
    for answer in (
        other.post(URL, THREE_FIELDS),
        other.put(f"{URL}/{id}", THREE_FIELDS),
        change(other, id, {"name": "Mine"}),
        other.call("DELETE", f"{URL}/{id}"),
    ):
        refusal(answer, 403, "forbidden")


def test_a_change_needs_a_fresh_proof_and_a_live_session(newcomer: Any, sign_in: SignIn) -> None:
    tenant_id = newcomer()
    admin = sign_in(tenant_id)
    id = made(admin.post(URL, THREE_FIELDS))["id"]
    stolen = Client(admin.url, {"Authorization": admin.headers["Authorization"]})
    refusal(change(stolen, id, {"coin_value": 100}), 403, "reauthentication_required")
    refusal(change(sign_in(tenant_id, mode="test"), id, {"name": "X"}), 403, "live_session_required")


def test_a_change_is_made_from_the_version_that_was_read(admin: Client) -> None:
    id = made(admin.post(URL, THREE_FIELDS))["id"]
    changed = change(admin, id, {"name": "Petals II"}, **{"If-Match": '"1"'})
    assert (data(changed)["version"], changed.headers["etag"]) == (2, '"2"')
    stale = refusal(change(admin, id, {"name": "Lost"}, **{"If-Match": '"1"'}), 409, "version_conflict")
    assert stale["errors"] is not None
    refusal(admin.put(f"{URL}/{id}", {**THREE_FIELDS, "version": 1}), 409, "version_conflict")
    refusal(admin.call("DELETE", f"{URL}/{id}", headers={"If-Match": '"1"'}), 409, "version_conflict")
    refusal(change(admin, id, {"name": "Odd"}, **{"If-Match": "latest"}), 400, "validation_error")
    assert data(admin.get(f"{URL}/{id}"))["name"] == "Petals II"
    replaced = data(admin.put(f"{URL}/{id}", {"name": "Plain", "kind": "closed"}, headers={"If-Match": '"2"'}))
    assert (replaced["name"], replaced["rules"], replaced["version"]) == ("Plain", [], 3)


def test_a_change_of_some_settings_leaves_the_others(admin: Client) -> None:
    program = made(admin.post(URL, {**THREE_FIELDS, "description": "Petals for sweets.", "ends_at": "2090-01-01"}))
    changed = data(change(admin, program["id"], {"description": None, "ends_at": None, "expiry": {"type": "never"}}))
    apart = ("version", "updated_at", "description", "ends_at", "expiry", "spendable_until")
    assert {**changed, **{name: program[name] for name in apart}} == program
    assert (changed["description"], changed["ends_at"], changed["expiry"]["type"]) == (None, None, "never")
    (rule,) = data(change(admin, program["id"], {"earn_percent": 7}))["rules"]
    assert rule["percent"] == 7


def test_what_issued_coins_depend_on_cannot_change(
    newcomer: Any, sign_in: SignIn, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant_id = newcomer()
    admin = sign_in(tenant_id)
    id = made(admin.post(URL, THREE_FIELDS))["id"]
    locked = ({"decimals": 2}, {"coin_value": 2}, {"funding": "prefunded"}, {"time_zone": "Asia/Kathmandu"})
    for body in locked:
        refused = refusal(change(admin, id, body), 409, "program_not_paused")
        assert list(refused["errors"]) == list(body)
    kind = {"kind": "application"}
    assert list(refusal(change(admin, id, kind), 409, "program_in_use")["errors"]) == ["kind"]
    # Nothing has been issued: once it has been paused for long enough, all of them may change.
    assert data(change(admin, id, {"status": "paused"}))["redeeming"] is False
    refusal(change(admin, id, {"coin_value": 2}), 409, "program_not_paused")
    monkeypatch.setattr(program_locks, "LOCK_PAUSE_MS", 0)
    assert data(change(admin, id, {"coin_value": 2, "decimals": 1}))["coin_value"] == 2
    assert data(change(admin, id, {"status": "active"}))["issuing"] is True

    issued = data(till(sign_in(tenant_id)).post(ISSUE, {"phone": phone, "coins": 1.5}))
    assert issued["balance"] == 1.5
    data(change(admin, id, {"status": "paused"}))
    for body in (*locked[:1], {"coin_value": 3}, *locked[2:]):
        refused = refusal(change(admin, id, body), 409, "program_in_use")
        assert list(refused["errors"]) == list(body)


def test_a_draft_and_a_paused_program_move_no_coins(newcomer: Any, sign_in: SignIn, phone: str) -> None:
    tenant_id = newcomer()
    admin = sign_in(tenant_id)
    id = made(admin.post(URL, {**THREE_FIELDS, "status": "draft"}))["id"]
    shop = till(sign_in(tenant_id))
    refusal(shop.post(ISSUE, {"phone": phone, "coins": 5}), 409, "program_not_started")
    data(change(admin, id, {"status": "active", "starts_at": "2090-01-01"}))
    refusal(shop.post(ISSUE, {"phone": phone, "coins": 5}), 409, "program_not_started")
    data(change(admin, id, {"starts_at": None}))
    issue = data(shop.post(ISSUE, {"phone": phone, "coins": 5}))
    data(change(admin, id, {"status": "paused"}))
    for path in (ISSUE, f"{ISSUE}/calculate", REDEEM, f"{REDEEM}/calculate"):
        refusal(shop.post(path, {"phone": phone, "coins": 1}), 409, "program_paused")
    reversed = shop.post(f"/api/v1/merchant/coins/{issue['transaction_id']}/reverse", {"coins": 1})
    assert data(reversed)["balance"] == 4, "a mistake can be undone while the program is paused"
    body = refusal(change(admin, id, {"status": "draft"}), 400, "validation_error")
    assert list(body["errors"]) == ["status"]
    data(change(admin, id, {"status": "active"}))
    data(shop.post(REDEEM, {"phone": phone, "coins": 1}))


def test_a_retired_program_issues_nothing_and_its_coins_are_spent(newcomer: Any, sign_in: SignIn, phone: str) -> None:
    tenant_id = newcomer()
    admin = sign_in(tenant_id)
    id = made(admin.post(URL, {**THREE_FIELDS, "expiry": {"type": "months", "months": 2}}))["id"]
    shop = till(sign_in(tenant_id))
    data(shop.post(ISSUE, {"phone": phone, "coins": 10}))
    retired = data(admin.call("DELETE", f"{URL}/{id}"))
    month = clock.local_month(clock.system(), "Asia/Kolkata")
    assert retired["spendable_until"] == clock.month_text(clock.add_months(month, 2))
    assert (retired["issuing"], retired["redeeming"]) == (False, True)
    assert data(admin.call("DELETE", f"{URL}/{id}")) == retired
    refusal(shop.post(ISSUE, {"phone": phone, "coins": 1}), 409, "program_ended")
    assert data(shop.post(REDEEM, {"phone": phone, "coins": 4}))["balance"] == 6
    refusal(change(admin, id, {"status": "active"}), 409, "program_retired")
    refusal(admin.put(f"{URL}/{id}", THREE_FIELDS), 409, "program_retired")
    refusal(admin.post(URL, THREE_FIELDS), 409, "program_exists")


def test_a_program_that_never_issued_makes_room_for_the_next(newcomer: Any, sign_in: SignIn) -> None:
    tenant_id = newcomer()
    admin = sign_in(tenant_id)
    first = made(admin.post(URL, {**THREE_FIELDS, "status": "draft"}))
    data(admin.call("DELETE", f"{URL}/{first['id']}"))
    second = made(admin.post(URL, THREE_FIELDS))
    at_counter = tenant(tenant_id).program
    assert at_counter
    assert at_counter.id == second["id"]


def test_what_the_counter_holds_is_the_program_as_last_changed(newcomer: Any, sign_in: SignIn) -> None:
    tenant_id = newcomer()
    admin = sign_in(tenant_id)
    id = made(admin.post(URL, THREE_FIELDS))["id"]
    data(change(admin, id, {"name": "Petals II", "expiry": {"type": "never"}}))
    copy = tenant(tenant_id).program
    assert copy
    assert (copy.id, copy.name, copy.expiry_months, copy.version) == (id, "Petals II", None, 2)
