"""A merchant leaves a network, or is removed: no coin is lost, and nothing is gained by coming back.

POST /api/v1/rewards/programs/{id}/leave; POST /api/v1/rewards/programs/{id}/members/{tenant_id}/remove
(leave_network, remove_member).
"""

from __future__ import annotations

from typing import Any

from batua import clock, ids
from batua.identity.tenant import program_item
from batua.ledger.model import Program
from batua.store import keys, program_keys
from batua.store.store import store
from batua.store.writes import Update
from batua.tenants import tree
from tests.api.conftest import Client
from tests.api.counter import BALANCE, ISSUE, REDEEM, data, refusal
from tests.api.member_fixtures import *  # noqa: F403 - fixtures
from tests.api.member_fixtures import accept, invite, members
from tests.api.program_fixtures import URL, SignIn, made, tenant, till


def leave(client: Client, program: str) -> Any:
    return client.post(f"{URL}/{program}/leave", {})


def remove(client: Client, program: str, tenant_id: str) -> Any:
    return client.post(f"{URL}/{program}/members/{tenant_id}/remove", {})


def test_customers_keep_the_coins_of_a_merchant_who_leaves(
    operator: Client,
    join: Any,
    network: str,
    sign_in: SignIn,
    phone: str,
) -> None:
    (gone, leaving), (_, staying) = join(network), join(network)
    shop, other = till(leaving), till(staying)
    assert data(shop.post(ISSUE, {"phone": phone, "coins": 100}))["balance"] == 100
    data(other.post(ISSUE, {"phone": phone, "coins": 40}))
    ended = data(leave(leaving, network))
    assert (ended["status"], ended["issued"], ended["redeemed"]) == ("left", 100, 0)
    assert data(other.get(BALANCE, params={"phone": phone}))["balance"] == 140
    assert data(other.post(REDEEM, {"phone": phone, "coins": 120}))["balance"] == 20
    for act in (ISSUE, REDEEM):  # its keys name the network's books, and end with the membership
        refusal(shop.post(act, {"phone": phone, "coins": 1}), 401, "unauthenticated")
    fresh = till(sign_in(gone))
    assert fresh.post(ISSUE, {"phone": phone, "coins": 1}).status_code == 403, "and a new one finds no program"
    assert (tenant(gone).program, tenant(gone).member_of) == (None, None)
    row = members(operator, network)[gone]
    assert (row["status"], row["version_in_force"]) == ("left", None)
    refusal(leave(sign_in(gone), network), 404, "program_not_found")


def test_coming_back_gives_no_new_room(
    operator: Client,
    join: Any,
    network: str,
    sign_in: SignIn,
    phone: str,
) -> None:
    tenant_id, merchant = join(network)
    shop = till(merchant)
    data(shop.post(ISSUE, {"phone": phone, "coins": 10}))
    data(shop.post(REDEEM, {"phone": phone, "coins": 10}))
    since = clock.system() - 45 * clock.DAY_MS
    store().write(Update(keys.tenant_key(tenant_id), set={"member": [network, since]}))
    assert data(leave(sign_in(tenant_id), network))["redeemed"] == 10
    made(invite(operator, network, tenant_id))
    data(accept(sign_in(tenant_id), network))
    assert tenant(tenant_id).program_since == since, "no new merchant's ratio for an old one"
    back = till(sign_in(tenant_id))
    data(back.post(ISSUE, {"phone": phone, "coins": 21}))
    # Three times what was issued in the month, 31, less what was redeemed in it before, 10.
    stats = data(back.get("/api/v1/merchant/stats"))
    assert (stats["issued"], stats["redeemed"], stats["new_merchant"]) == (31, 10, False)


def test_a_merchant_with_open_redemptions_stays_until_they_are_closed(
    join: Any,
    network: str,
    sign_in: SignIn,
    phone: str,
) -> None:
    tenant_id, merchant = join(network)
    data(till(merchant).post(ISSUE, {"phone": phone, "coins": 100}))
    reward = {"title": "Pottery class", "type": "experience", "points": 40, "delivery": "manual"}
    reward_id = made(merchant.post("/api/v1/rewards", reward))["id"]
    redemption = made(merchant.post(f"/api/v1/rewards/{reward_id}/redeem", {"phone": phone}))
    answer = refusal(leave(merchant, network), 409, "member_has_open_work")
    assert answer["meta"] == {**answer["meta"], "redemptions": 1, "orders": 0}
    assert tenant(tenant_id).program is not None
    assert merchant.post(f"/api/v1/rewards/redemptions/{redemption['id']}/reject", {"reason": "closing"}).ok
    assert data(leave(sign_in(tenant_id), network))["status"] == "left"


def test_the_owner_removes_a_member_and_nobody_else_does(
    operator: Client,
    join: Any,
    network: str,
    sign_in: SignIn,
    newcomer: Any,
    phone: str,
) -> None:
    (gone, member), (staying, other) = join(network), join(network)
    refusal(remove(other, network, gone), 404, "program_not_found")
    refusal(remove(operator, network, newcomer()), 404, "not_a_member")
    refusal(leave(sign_in(newcomer()), network), 404, "program_not_found")
    refusal(leave(operator, network), 404, "program_not_found")
    data(till(member).post(ISSUE, {"phone": phone, "coins": 30}))
    assert data(remove(operator, network, gone))["status"] == "removed"
    refusal(remove(operator, network, gone), 404, "not_a_member")
    assert members(operator, network)[gone]["status"] == "removed"
    assert members(operator, network)[staying]["status"] == "active"
    assert data(till(other).get(BALANCE, params={"phone": phone}))["balance"] == 30


def test_a_tenant_below_the_network_leaves_and_does_not_fall_back_into_it(newcomer: Any, sign_in: SignIn) -> None:
    """It takes part through the tree, without an invitation."""
    owner = newcomer("parent")
    program = ids.new_id("prg")
    shared = Program(program, owner, "Chandni Coins", "network", "Asia/Kolkata")
    store().write(Update(keys.tenant_key(owner), set={"program": program_item(shared)}))
    below = newcomer(parent=owner, path=(owner,), program=shared)
    assert data(leave(sign_in(below), program))["status"] == "left"
    tree.propagate(store(), owner)
    assert tenant(below).program is None
    key = program_keys.member_key(program, below)
    row = store().read([key])[key]
    assert row
    assert row["st"] == "left"
