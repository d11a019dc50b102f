"""API keys and the networks they are used from, over HTTP.

create_api_key, list_api_keys, read_api_key, rotate_api_key, revoke_api_key; read_network_allowlist,
replace_network_allowlist, approve_network_allowlist.
"""

# ruff: noqa: F811 - fixtures are imported

from __future__ import annotations

import threading
import time
from typing import Any

import jwt
import pytest

from batua import clock
from batua.identity.tenant import Tenant
from batua.store import keys
from batua.store.store import store
from local.host import LocalPlatform
from tests.api.conftest import Client
from tests.api.tenant_fixtures import signed, signed_in, super_admin, tenant  # noqa: F401 - fixtures among them

KEYS = "/api/v1/tenant/self-api-keys"
NETWORKS = "/api/v1/tenant/network-allowlist"
COUNTER = ["coins:issue", "customers:read"]


@pytest.fixture
def admin(platform: LocalPlatform, tenant: Tenant) -> Client:
    return signed_in(platform, tenant, "tenant_admin")


@pytest.fixture
def approved(tenant: Tenant, admin: Client, super_admin: Client) -> Tenant:
    version = admin.put(NETWORKS, {"networks": ["127.0.0.0/8"]}).json()["data"]["version"]
    answer = super_admin.post(f"{NETWORKS}/approve", {"tenant_id": tenant.id, "version": version})
    assert answer.status_code == 200, answer.text
    return tenant


def make(admin: Client, **more: Any) -> dict[str, Any]:
    answer = admin.post(KEYS, {"name": "Till", "mode": "live", "scopes": COUNTER, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


def sells(admin: Client, key: str) -> int:
    client = Client(admin.url, {"Authorization": f"Bearer {key}"})
    return client.post("/api/v1/merchant/coins/issue", {"phone": "9876543210", "bill_amount": 500}).status_code


def test_a_live_key_is_made_only_once_networks_are_approved(tenant: Tenant, admin: Client, super_admin: Client) -> None:
    refused = admin.post(KEYS, {"name": "Till", "mode": "live", "scopes": COUNTER})
    assert (refused.status_code, refused.json()["code"]) == (409, "allowlist_required")
    assert make(admin, mode="test")["mode"] == "test"

    proposed = admin.put(NETWORKS, {"networks": ["127.0.0.0/8", "2001:db8::/48"]}).json()["data"]
    assert proposed["approved"] is None
    assert proposed["proposed"]["networks"] == ["127.0.0.0/8", "2001:db8::/48"]
    assert admin.post(KEYS, {"name": "Till", "mode": "live", "scopes": COUNTER}).status_code == 409

    body = {"tenant_id": tenant.id, "version": proposed["version"]}
    assert admin.post(f"{NETWORKS}/approve", body).status_code == 403
    approved = super_admin.post(f"{NETWORKS}/approve", body).json()["data"]
    assert approved["approved"]["networks"] == ["127.0.0.0/8", "2001:db8::/48"]
    assert approved["proposed"] is None
    assert sells(admin, make(admin)["key"]) == 200


def test_what_is_approved_is_what_was_looked_at(tenant: Tenant, admin: Client, super_admin: Client) -> None:
    seen = admin.put(NETWORKS, {"networks": ["127.0.0.0/8"]}).json()["data"]["version"]
    admin.put(NETWORKS, {"networks": ["10.0.0.0/8"]})
    late = super_admin.post(f"{NETWORKS}/approve", {"tenant_id": tenant.id, "version": seen})
    assert (late.status_code, late.json()["code"]) == (409, "nothing_proposed")
    unknown = super_admin.post(f"{NETWORKS}/approve", {"tenant_id": "ten_" + "0" * 26, "version": 1})
    assert unknown.status_code == 404
    assert admin.get(NETWORKS).json()["data"]["approved"] is None


def test_nobody_approves_their_own_proposal(super_admin: Client, credentials: dict[str, Any]) -> None:
    from local.seeds.writing import fixed_id

    version = super_admin.put(NETWORKS, {"networks": ["203.0.113.0/24"]}).json()["data"]["version"]
    own = super_admin.post(f"{NETWORKS}/approve", {"tenant_id": fixed_id("ten", "Batua"), "version": version})
    assert own.status_code == 403


@pytest.mark.parametrize(
    "network", ["0.0.0.0/0", "10.0.0.0/7", "::/0", "10.0.0.1/8", "localhost", "", "300.1.1.1", "2001:db8::/8"]
)
def test_networks_are_spelled_exactly_and_not_too_wide(admin: Client, network: str) -> None:
    answer = admin.put(NETWORKS, {"networks": ["192.0.2.0/24", network]})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["networks.1"]


def test_a_live_key_from_elsewhere_is_refused_like_a_wrong_one_and_audited(
    approved: Tenant, admin: Client, super_admin: Client
) -> None:
    key = make(admin)["key"]
    assert sells(admin, key) == 200
    version = admin.put(NETWORKS, {"networks": ["198.51.100.0/24"]}).json()["data"]["version"]
    assert sells(admin, key) == 200, "a proposal changes nothing"
    super_admin.post(f"{NETWORKS}/approve", {"tenant_id": approved.id, "version": version})
    client = Client(admin.url, {"Authorization": f"Bearer {key}"})
    elsewhere = client.get("/api/v1/merchant/customers/balance?phone=9876543210")
    wrong = Client(admin.url, {"Authorization": "Bearer x.y.z"}).get("/api/v1/merchant/customers/balance?phone=1")
    traces = ("request_id", "response_id")
    assert {k: v for k, v in elsewhere.json().items() if k not in traces} == {
        k: v for k, v in wrong.json().items() if k not in traces
    }
    trail = list(store().query_all("directory", keys.audit_partition("live", approved.id)))
    assert [act["ip"] for act in trail if act["out"] == "outside_networks"] == ["127.0.0.1"]


def test_a_key_is_shown_once(approved: Tenant, admin: Client) -> None:
    made = make(admin)
    claims = jwt.decode(made["key"], options={"verify_signature": False})
    assert (claims["sub"], claims["tid"]) == (made["id"], approved.id)
    read = admin.get(f"{KEYS}/{made['id']}").json()["data"]
    assert "key" not in read
    assert made["key"].startswith(read["prefix"])
    assert made["key"].endswith(read["suffix"])
    stored = [str(item) for item in store().query_all("directory", f"TENANT#{approved.id}")]
    assert not [item for item in stored if made["key"] in item or made["key"].rpartition(".")[2] in item]


def test_a_basic_key_is_a_user_name_and_a_password(approved: Tenant, admin: Client) -> None:
    made = make(admin, type="basic", scopes=["points:read"])
    assert made["key"] is None
    client = Client(admin.url, auth=(made["username"], made["password"]))
    assert client.get("/wallets").status_code == 200
    admin.call("DELETE", f"{KEYS}/{made['id']}")
    assert client.get("/wallets").status_code == 401


def test_a_key_gets_no_more_than_its_maker_holds(approved: Tenant, admin: Client, super_admin: Client) -> None:
    assert admin.post(KEYS, {"name": "x", "mode": "test", "scopes": ["everything"]}).status_code == 400
    assert admin.post(KEYS, {"name": "x", "mode": "test", "scopes": []}).status_code == 400
    more = super_admin.post(KEYS, {"name": "x", "mode": "test", "scopes": ["coins:issue"]})
    assert (more.status_code, more.json()["code"]) == (403, "role_not_yours")


def test_revoking_a_key_counts_from_the_next_request_on(approved: Tenant, admin: Client) -> None:
    made = make(admin)
    assert sells(admin, made["key"]) == 200
    revoked = admin.call("DELETE", f"{KEYS}/{made['id']}").json()["data"]
    assert revoked["status"] == "revoked"
    assert sells(admin, made["key"]) == 401
    again = admin.call("DELETE", f"{KEYS}/{made['id']}")
    assert (again.status_code, again.json()["data"]["revoked_at"]) == (200, revoked["revoked_at"])


def test_rotation_overlaps_for_as_long_as_the_caller_chooses(approved: Tenant, admin: Client) -> None:
    old = make(admin)
    new = admin.post(f"{KEYS}/{old['id']}/rotate", {"overlap_seconds": 3600}).json()["data"]
    assert new["scopes"] == old["scopes"]
    assert new["replaces"] == old["id"]
    assert [sells(admin, each["key"]) for each in (old, new)] == [200, 200]
    shown = admin.get(f"{KEYS}/{old['id']}").json()["data"]
    assert (shown["status"], shown["replaced_by"]) == ("expiring", new["id"])
    assert admin.post(f"{KEYS}/{old['id']}/rotate", {}).json()["code"] == "key_not_active"

    newest = admin.post(f"{KEYS}/{new['id']}/rotate", {"overlap_seconds": 0}).json()["data"]
    assert [sells(admin, each["key"]) for each in (old, new, newest)] == [200, 401, 200]
    assert admin.post(f"{KEYS}/{newest['id']}/rotate", {"overlap_seconds": 604_801}).status_code == 400


def later(patch: pytest.MonkeyPatch, seconds: int) -> None:
    """From now on it is so many seconds later."""
    patch.setattr(clock, "system", lambda: time.time_ns() // 1_000_000 + 1000 * seconds)


def test_an_old_key_ends_with_its_overlap(approved: Tenant, admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    old = make(admin)
    admin.post(f"{KEYS}/{old['id']}/rotate", {"overlap_seconds": 300})
    assert sells(admin, old["key"]) == 200
    later(monkeypatch, 301)
    assert sells(admin, old["key"]) == 401
    assert admin.get(f"{KEYS}/{old['id']}").json()["data"]["status"] == "expired"


def test_a_key_with_an_expiry_ends_then(approved: Tenant, admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        admin.post(KEYS, {"name": "x", "mode": "test", "scopes": COUNTER, "expires_at": "2020-01-01"}).status_code
        == 400
    )
    made = make(admin, expires_at=clock.iso(clock.system() + 300_000))
    assert sells(admin, made["key"]) == 200
    later(monkeypatch, 301)
    assert sells(admin, made["key"]) == 401


def test_no_key_outlives_what_it_is_signed_with(approved: Tenant, admin: Client) -> None:
    """The public half of a signing key is published for two years after it signed its last."""
    from batua.identity.keyring import API_KEY_DAYS

    def days(made: dict[str, Any]) -> float:
        return (clock.parse_iso(made["expires_at"]) - clock.parse_iso(made["created_at"])) / clock.DAY_MS

    longest = make(admin, mode="test")
    assert days(longest) == API_KEY_DAYS
    late = clock.iso(clock.system() + (API_KEY_DAYS + 1) * clock.DAY_MS)
    assert admin.post(KEYS, {"name": "x", "mode": "test", "scopes": COUNTER, "expires_at": late}).status_code == 400
    short = make(admin, mode="test", expires_at=clock.iso(clock.system() + 90 * clock.DAY_MS))
    again = admin.post(f"{KEYS}/{short['id']}/rotate", {}).json()["data"]
    assert days(again) == pytest.approx(90, abs=0.01), "a rotated key lives as long as the one before it did"


def test_two_rotations_at_once_make_one_key(approved: Tenant, admin: Client) -> None:
    old = make(admin)
    answers: list[int] = []

    def rotate() -> None:
        answers.append(admin.post(f"{KEYS}/{old['id']}/rotate", {"overlap_seconds": 60}).status_code)

    threads = [threading.Thread(target=rotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 409, 409, 409]


def test_a_tenant_has_at_most_twenty_keys_in_force(approved: Tenant, admin: Client) -> None:
    made = [make(admin, mode="test") for _ in range(20)]
    full = admin.post(KEYS, {"name": "x", "mode": "test", "scopes": COUNTER})
    assert (full.status_code, full.json()["code"]) == (409, "key_limit_reached")
    assert admin.post(f"{KEYS}/{made[0]['id']}/rotate", {"overlap_seconds": 0}).status_code == 201
    admin.call("DELETE", f"{KEYS}/{made[1]['id']}")
    make(admin, mode="test")

    first = admin.get(f"{KEYS}?limit=15").json()
    rest = admin.get(f"{KEYS}?limit=15&cursor={first['meta']['next_cursor']}").json()
    listed = [key["id"] for page in (first, rest) for key in page["data"]]
    assert len(listed) == len(set(listed)) == 22
    assert listed == sorted(listed, reverse=True)
    assert admin.get(f"{KEYS}?mode=live&cursor={first['meta']['next_cursor']}").status_code == 400


def test_a_key_tells_when_it_was_last_used(approved: Tenant, admin: Client) -> None:
    sold, looked = make(admin), make(admin)
    assert sold["last_used_at"] is None
    sells(admin, sold["key"])
    reader = Client(admin.url, {"Authorization": f"Bearer {looked['key']}"})
    assert reader.get("/api/v1/merchant/customers/balance?phone=9876543210").status_code == 200
    listed = {key["id"]: key["last_used_at"] for key in admin.get(KEYS).json()["data"]}
    assert listed[sold["id"]]
    assert listed[looked["id"]]


def test_another_tenants_key_is_not_there(
    platform: LocalPlatform, approved: Tenant, admin: Client, credentials: dict[str, Any]
) -> None:
    made = make(admin)
    stranger = Client(platform.url, signed(credentials["other_tenant_admin"]))
    for id in (made["id"], "key_" + "0" * 26, "nonsense"):
        assert stranger.get(f"{KEYS}/{id}").json()["code"] == "not_found"
        assert stranger.call("DELETE", f"{KEYS}/{id}").status_code == 404
        assert stranger.post(f"{KEYS}/{id}/rotate", {}).status_code == 404
    make(admin)
    cursor = admin.get(f"{KEYS}?limit=1").json()["meta"]["next_cursor"]
    assert cursor
    assert stranger.get(f"{KEYS}?limit=1&cursor={cursor}").json()["code"] == "invalid_cursor"
    assert sells(admin, made["key"]) == 200
