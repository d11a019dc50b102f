"""Networks and their members through the gateway, and the schedule that carries changes to them.

GET, POST /api/v1/rewards/programs/{id}/members; DELETE /api/v1/rewards/programs/{id}/members/{tenant_id};
GET /api/v1/rewards/programs/invitations; POST /api/v1/rewards/programs/{id}/accept, /decline
(list_members, invite_member, withdraw_invitation, list_invitations, accept_invitation, decline_invitation,
carry_programs)
"""

from __future__ import annotations

from typing import Any

import pytest

from batua.identity.tenant import program_item
from batua.rewards import program_carry, programs
from batua.store import keys, program_keys
from batua.store.store import store
from batua.store.writes import Update
from local.seeds.writing import fixed_id
from tests.api.conftest import Client
from tests.api.counter import ISSUE, REDEEM, data, refusal
from tests.api.member_fixtures import *  # noqa: F403 - fixtures
from tests.api.member_fixtures import accept, invite, members
from tests.api.program_fixtures import THREE_FIELDS, URL, SignIn, change, made, tenant, till


def test_two_merchants_join_and_one_redeems_what_the_other_issued(join: Any, network: str, phone: str) -> None:
    (_, first), (_, second) = join(network), join(network)
    shop, other = till(first), till(second)
    assert data(shop.post(ISSUE, {"phone": phone, "bill_amount": 2000}))["coins_issued"] == 100
    assert data(other.post(ISSUE, {"phone": phone, "coins": 10}))["balance"] == 110
    assert data(other.post(REDEEM, {"phone": phone, "coins": 50}))["balance"] == 60
    assert refusal(other.post(REDEEM, {"phone": phone, "coins": 1}), 409, "mir_limit_reached")


def test_the_seeded_network_lists_its_merchants_and_each_knows_whom_it_asks(sign_in: SignIn) -> None:
    sitara, kaveri, jasmine = (fixed_id("ten", name) for name in ("Sitara Network", "Kaveri Stores", "Jasmine Sweets"))
    rows = members(sign_in(sitara), fixed_id("prg", "Sitara Coins"))
    assert (rows[kaveri]["name"], rows[kaveri]["status"]) == ("Kaveri Stores", "active")
    assert rows[kaveri]["accepted_version"] == rows[kaveri]["version_in_force"]
    asks = {
        each: data(sign_in(each).get("/api/v1/auth/me"))["tenant"]["asks_parent"] for each in (kaveri, jasmine, sitara)
    }
    assert asks == {kaveri: True, jasmine: False, sitara: False}


def test_a_merchant_is_in_no_network_before_it_agrees(
    operator: Client, network: str, newcomer: Any, sign_in: SignIn
) -> None:
    tenant_id = newcomer()
    merchant = sign_in(tenant_id)
    invited = made(invite(operator, network, tenant_id))
    assert (invited["status"], invited["version_in_force"]) == ("invited", None)
    assert invite(operator, network, tenant_id).status_code == 200
    assert tenant(tenant_id).program is None
    (invitation,) = data(merchant.get(f"{URL}/invitations"))
    assert (invitation["program"]["id"], invitation["program"]["role"]) == (network, "invited")
    # The terms change before the merchant answers: it agrees to what it has read, or reads again.
    data(change(operator, network, {"mir": {"ratio": 1, "new_merchant_ratio": 1}}))
    assert refusal(accept(merchant, network), 409, "version_conflict")
    joined = data(accept(merchant, network, 2))
    assert (joined["role"], joined["mir"]["ratio"]) == ("member", 1)
    assert data(sign_in(tenant_id).get(f"{URL}/invitations")) == []
    row = members(operator, network)[tenant_id]
    assert (row["status"], row["accepted_version"], row["version_in_force"]) == ("active", 2, 2)
    refusal(invite(operator, network, tenant_id), 409, "already_member")
    path = f"{URL}/{network}/members/{tenant_id}"
    refusal(operator.call("DELETE", path), 409, "already_member")
    # Its credentials from before name other books; the member signs in again.
    assert merchant.get(URL).status_code == 401
    assert [one["id"] for one in data(sign_in(tenant_id).get(URL))] == [network]


def test_an_invitation_is_declined_withdrawn_and_made_anew(
    operator: Client, network: str, newcomer: Any, sign_in: SignIn
) -> None:
    tenant_id = newcomer()
    merchant, place = sign_in(tenant_id), f"{URL}/{network}/members/{tenant_id}"
    refusal(operator.call("DELETE", place), 404, "invitation_not_found")
    made(invite(operator, network, tenant_id))
    data(merchant.post(f"{URL}/{network}/decline", {}))
    refusal(accept(merchant, network), 404, "invitation_not_found")
    refusal(merchant.post(f"{URL}/{network}/decline", {}), 404, "invitation_not_found")
    made(invite(operator, network, tenant_id))
    assert data(operator.call("DELETE", place))["status"] == "withdrawn"
    assert data(operator.call("DELETE", place))["status"] == "withdrawn"
    refusal(accept(merchant, network), 404, "invitation_not_found")
    made(invite(operator, network, tenant_id))
    data(accept(merchant, network))


def test_who_has_a_program_joins_no_other(operator: Client, network: str, newcomer: Any, sign_in: SignIn) -> None:
    tenant_id = newcomer()
    merchant = sign_in(tenant_id)
    own = made(merchant.post(URL, THREE_FIELDS))
    made(invite(operator, network, tenant_id))
    refusal(accept(merchant, network), 409, "program_exists")
    at_counter = tenant(tenant_id).program
    assert at_counter
    assert at_counter.id == own["id"]


def test_only_the_owner_sees_and_makes_members(
    operator: Client, network: str, admin: Client, newcomer: Any, sign_in: SignIn, join: Any
) -> None:
    _, member = join(network)
    for client in (admin, member):
        refusal(invite(client, network, newcomer()), 404, "program_not_found")
        refusal(client.get(f"{URL}/{network}/members"), 404, "program_not_found")
        refusal(client.call("DELETE", f"{URL}/{network}/members/{newcomer()}"), 404, "program_not_found")
    refusal(accept(admin, network), 404, "invitation_not_found")
    stranger = newcomer()
    made(invite(operator, network, stranger))
    refusal(accept(sign_in(stranger, "cashier"), network), 403, "forbidden")
    stolen = Client(admin.url, {"Authorization": sign_in(stranger).headers["Authorization"]})
    refusal(accept(stolen, network), 403, "reauthentication_required")


@pytest.mark.parametrize("wrong", ["ten_1", "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
def test_nobody_invites_who_is_not_there(operator: Client, network: str, wrong: str) -> None:
    refusal(invite(operator, network, wrong), 404, "not_found")


def test_a_closed_program_has_no_members_and_a_retired_network_no_new_ones(
    admin: Client, operator: Client, network: str, newcomer: Any, sign_in: SignIn
) -> None:
    closed = made(admin.post(URL, THREE_FIELDS))["id"]
    refusal(invite(admin, closed, newcomer()), 409, "not_a_network")
    refusal(admin.get(f"{URL}/{closed}/members"), 409, "not_a_network")
    waiting = newcomer()
    made(invite(operator, network, waiting))
    data(operator.call("DELETE", f"{URL}/{network}"))
    refusal(invite(operator, network, newcomer()), 409, "program_retired")
    refusal(accept(sign_in(waiting), network, 2), 409, "program_retired")
    assert data(sign_in(waiting).get(f"{URL}/invitations")) == []


def test_a_change_reaches_every_members_counter(join: Any, operator: Client, network: str, phone: str) -> None:
    (first, client), (second, _) = join(network), join(network)
    shop = till(client)
    data(shop.post(ISSUE, {"phone": phone, "coins": 10}))
    data(change(operator, network, {"status": "paused"}))
    assert {members(operator, network)[id]["version_in_force"] for id in (first, second)} == {2}
    refusal(shop.post(ISSUE, {"phone": phone, "coins": 10}), 409, "program_paused")
    data(operator.call("DELETE", f"{URL}/{network}"))
    refusal(shop.post(ISSUE, {"phone": phone, "coins": 10}), 409, "program_ended")
    assert data(shop.post(REDEEM, {"phone": phone, "coins": 10}))["balance"] == 0, "no ratio holds once it has ended"


def test_what_members_count_on_cannot_change(join: Any, operator: Client, network: str) -> None:
    join(network)
    data(change(operator, network, {"status": "paused"}))
    refusal(change(operator, network, {"coin_value": 2}), 409, "program_in_use")


def test_the_schedule_carries_on_where_a_request_ended(
    join: Any, operator: Client, network: str, platform: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [join(network)[0] for _ in range(3)]
    monkeypatch.setattr(programs, "_CARRY_SECONDS", -1.0)
    monkeypatch.setattr(program_carry, "_BATCH_SIZE", 1)
    data(change(operator, network, {"name": "Chandni Coins II"}))
    assert {members(operator, network)[id]["version_in_force"] for id in ids} == {1}
    steps = iter([True, True, False])
    assert program_carry.carry_program(store(), network, lambda: next(steps, False)) is False
    marker = store().read([program_keys.carry_key(network)])[program_keys.carry_key(network)]
    assert marker
    assert marker["after"] in ids
    assert sorted(row["version_in_force"] for row in members(operator, network).values()) in ([1, 1, 2], [1, 2, 2])
    assert platform.runner.invoke("CarryPrograms", {})["late"] == 0
    assert {row["version_in_force"] for row in members(operator, network).values()} == {2}
    assert store().read([program_keys.carry_key(network)])[program_keys.carry_key(network)] is None
    assert program_carry.carry_program(store(), network, lambda: True) is True


def test_an_older_change_never_overwrites_a_newer_one(
    join: Any, operator: Client, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, _ = join(network)
    old = tenant(id).program
    assert old
    data(change(operator, network, {"name": "Newest"}))
    # A carrier that read the program before this change writes under its version, and fails.
    commit, tried = store().commit, []

    def stale(writes: Any, **more: Any) -> None:
        tried.append(len(writes))
        commit(writes, **more)

    monkeypatch.setattr(store(), "commit", stale)
    store().write(Update(keys.tenant_key(id), add={"version": 1}, set={"program": program_item(old)}))
    store().write(program_carry.carry_marker(old, 0))
    assert program_carry.carry_program(store(), network, lambda: True)
    assert tried
    assert members(operator, network)[id]["version_in_force"] == 2
