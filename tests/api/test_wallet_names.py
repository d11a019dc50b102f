"""Wallets are made, named and closed on purpose: no transfer makes a second one by a slip of the pen."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batua.ledger.decisions import tenant_money
from batua.wallets import lifecycle
from tests.api.conftest import Client
from tests.api.shops import open_shop  # noqa: F401 - a fixture
from tests.api.signed_in import SignedIn, SignIn, admin, fund, name, signed_in  # noqa: F401

PATH = "/api/v1/wallets"


def done(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def send(admin: SignedIn) -> Callable[..., Any]:
    """Transfers rupees to a wallet of a name: `send("Pune branch", create_wallet=True)`."""

    def send_to(to: str, amount: Any = 5, **more: Any) -> Any:
        source = admin.funded()
        return admin.post(f"{PATH}/transfer", {"from_wallet_id": source, "to_customer": to, "amount": amount, **more})

    return send_to


def create(admin: Client, named: str, **headers: str) -> dict[str, Any]:
    return done(admin.post(PATH, {"name": named}, headers=headers))


def test_a_wallet_is_created_empty_and_a_transfer_finds_it_by_its_name(
    admin: SignedIn, send: Callable[..., Any]
) -> None:
    branch = name("Pune branch")
    made = create(admin, branch)
    assert (made["name"], made["status"], made["balance"], made["asset"]) == (branch, "active", 0, "INR")
    assert done(send(branch))["other_wallet_id"] == made["wallet_id"]
    assert done(send(f"  {branch.upper()} "))["other_wallet_id"] == made["wallet_id"]
    assert done(admin.get(f"{PATH}/{made['wallet_id']}"))["available"] == 10


def test_a_transfer_to_an_unknown_name_offers_the_names_that_are_near(
    admin: SignedIn, send: Callable[..., Any]
) -> None:
    number = name("n")
    made = create(admin, f"Pune branch {number}")
    count = len(admin.get(f"{PATH}?limit=100").json()["data"])
    answer = send(f"Branch Pune {number}")
    assert refused(answer) == (404, "wallet_name_unknown")
    assert answer.json()["meta"]["near"][0] == {"wallet_id": made["wallet_id"], "name": f"Pune branch {number}"}
    assert f'Did you mean "Pune branch {number}"' in answer.json()["message"]
    assert len(admin.get(f"{PATH}?limit=100").json()["data"]) == count


def test_a_name_like_no_other_is_refused_without_an_offer(send: Callable[..., Any]) -> None:
    answer = send("\u0939\u093f\u092e\u093e\u0932\u092f 0417")
    assert refused(answer) == (404, "wallet_name_unknown")
    assert answer.json()["meta"]["near"] == []


def test_a_refused_name_can_be_sent_again_under_its_key_to_be_created(send: Callable[..., Any]) -> None:
    branch, key = name("Nashik"), {"idempotency_key": name("key")}
    assert refused(send(branch, **key)) == (404, "wallet_name_unknown")
    first = send(branch, **key, create_wallet=True)
    again = send(branch, **key, create_wallet=True)
    assert done(again) == done(first)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_create_wallet_names_the_wallet_that_it_makes(admin: SignedIn) -> None:
    source = admin.funded()
    body = {"from_wallet_id": source, "to_wallet_id": source, "create_wallet": True, "amount": 1}
    answer = admin.post(f"{PATH}/transfer", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["create_wallet"])


def test_a_transfer_that_is_refused_makes_no_wallet(admin: SignedIn, send: Callable[..., Any]) -> None:
    branch = name("Never")
    assert refused(send(branch, "900000000", create_wallet=True)) == (409, "insufficient_balance")
    assert refused(send(branch)) == (404, "wallet_name_unknown")


def test_a_name_is_given_once_whatever_its_case(admin: SignedIn, signed_in: SignIn) -> None:
    branch, key = name("Thane"), {"Idempotency-Key": name("key")}
    made = create(admin, branch, **key)
    again = admin.post(PATH, {"name": branch}, headers=key)
    assert (done(again), again.headers["Idempotency-Replayed"]) == (made, "true")
    taken = admin.post(PATH, {"name": branch.lower()})
    assert refused(taken) == (409, "wallet_name_taken")
    assert taken.json()["meta"]["wallet_id"] == made["wallet_id"]
    assert create(signed_in("other_tenant_admin"), branch)["wallet_id"] != made["wallet_id"]


def test_a_renamed_wallet_keeps_its_history_and_is_reached_by_both_names(
    admin: SignedIn, send: Callable[..., Any]
) -> None:
    old, new, key = name("Old name"), name("New name"), {"idempotency_key": name("key")}
    first = send(old, **key, create_wallet=True)
    id = done(first)["other_wallet_id"]
    renamed = done(admin.patch(f"{PATH}/{id}", {"name": new}))
    assert (renamed["name"], renamed["customer"], renamed["balance"]) == (new, old, 5)
    assert {done(send(each))["other_wallet_id"] for each in (old, new)} == {id}
    assert done(send(old, **key)) == done(first)  # a replay under the former name
    assert refused(admin.post(PATH, {"name": old})) == (409, "wallet_name_taken")
    other = create(admin, name("Other"))
    for taken in (old, new):
        assert refused(admin.patch(f"{PATH}/{other['wallet_id']}", {"name": taken})) == (409, "wallet_name_taken")
    assert done(admin.patch(f"{PATH}/{id}", {"name": old}))["name"] == old
    found = admin.get("/api/v1/transactions", params={"wallet_id": id}).json()["data"]
    assert first.json()["data"]["transaction_id"] in [each["transaction_id"] for each in found]


def test_a_wallet_closes_once_it_is_empty_and_nothing_is_held(admin: SignedIn, send: Callable[..., Any]) -> None:
    branch = name("Closing")
    sent = done(send(branch, 30, create_wallet=True))
    id, source = sent["other_wallet_id"], sent["wallet_id"]
    full = admin.patch(f"{PATH}/{id}", {"status": "closed", "name": name("Not renamed")})
    assert refused(full) == (409, "wallet_not_empty")
    assert "30.00 available" in full.json()["message"]
    hold = done(admin.post(f"{PATH}/{id}/debit", {"amount": 30, "hold": True}))
    assert refused(admin.patch(f"{PATH}/{id}", {"status": "closed"})) == (409, "wallet_not_empty")
    done(admin.post(f"/api/v1/transactions/{hold['transaction_id']}/void", {}))
    back = {"from_wallet_id": id, "to_wallet_id": source, "amount": 30, "reference": name("back")}
    done(admin.post(f"{PATH}/transfer", back))
    closed = done(admin.patch(f"{PATH}/{id}", {"status": "closed"}))
    assert (closed["status"], closed["name"]) == ("closed", branch)
    assert done(admin.patch(f"{PATH}/{id}", {"status": "closed"})) == closed
    assert refused(send(branch)) == (409, "wallet_closed")
    refund = admin.post(f"/api/v1/transactions/{sent['transaction_id']}/refund", {})
    assert refused(refund) in {(409, "insufficient_balance"), (409, "wallet_closed")}
    assert refused(admin.patch(f"{PATH}/{id}", {"name": name("Late")})) == (409, "wallet_closed")
    assert done(admin.patch(f"{PATH}/{id}", {"status": "active", "name": name("Again")}))["status"] == "active"
    assert done(send(branch))["other_wallet_id"] == id


def test_no_refund_reaches_a_closed_wallet(admin: SignedIn, send: Callable[..., Any]) -> None:
    sent = done(send(name("Paid"), 30, create_wallet=True))
    id = sent["other_wallet_id"]
    paid = done(admin.post(f"{PATH}/{id}/debit", {"amount": 30}))
    done(admin.patch(f"{PATH}/{id}", {"status": "closed"}))
    path = f"/api/v1/transactions/{paid['transaction_id']}/refund"
    assert refused(admin.post(path, {})) == (409, "wallet_closed")
    done(admin.patch(f"{PATH}/{id}", {"status": "active"}))
    done(admin.post(path, {}))


@pytest.mark.parametrize("change", [{"status": "closed"}, {"name": "Main"}])
def test_the_main_wallet_is_neither_renamed_nor_closed(open_shop: Any, admin: SignedIn, change: Any) -> None:
    for who in (admin, open_shop().admin):
        (main,) = [each for each in who.get(f"{PATH}?limit=100").json()["data"] if each["customer"] is None]
        answer = who.patch(f"{PATH}/{main['wallet_id']}", change)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, list(change))


def test_changes_of_a_wallet_are_in_the_audit_trail(admin: SignedIn) -> None:
    made = create(admin, name("Watched"))
    done(admin.patch(f"{PATH}/{made['wallet_id']}", {"status": "closed"}))
    trail = admin.get("/api/v1/merchant/audit", params={"limit": 20}).json()["data"]
    whats = [each["what"] for each in trail if each.get("reference") == made["wallet_id"]]
    assert whats == ["wallets.closed", "wallets.create"]


def test_who_may_not_makes_and_changes_no_wallet(admin: SignedIn, signed_in: SignIn) -> None:
    made = create(admin, name("Theirs"))
    for who in ("viewer", "cashier"):
        assert refused(signed_in(who).post(PATH, {"name": "Mine"})) == (403, "forbidden")
        assert refused(signed_in(who).patch(f"{PATH}/{made['wallet_id']}", {"name": "Mine"})) == (403, "forbidden")
    stranger = signed_in("other_tenant_admin")
    for id in (made["wallet_id"], "wal_0"):
        assert refused(stranger.patch(f"{PATH}/{id}", {"name": "Mine"})) == (404, "wallet_not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "name"), ({"name": ""}, "name"), ({"name": "a\nb"}, "name"), ({"status": "frozen"}, "status")],
)
def test_a_change_that_says_nothing_or_nonsense_names_its_field(admin: SignedIn, body: Any, field: str) -> None:
    answer = admin.patch(f"{PATH}/{create(admin, name('Field'))['wallet_id']}", body)
    assert (answer.status_code, field in answer.json()["errors"]) == (400, True)


def test_money_that_arrives_while_a_wallet_is_closed_keeps_it_open(
    admin: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = name("Busy branch")
    id = create(admin, branch)["wallet_id"]
    look, transfer = lifecycle._require_empty, {"from_wallet_id": admin.funded(), "to_customer": branch, "amount": 5}

    def overtaken(record: Any) -> None:
        """The wallet has been read and found empty; it is not closed yet."""
        monkeypatch.setattr(lifecycle, "_require_empty", look)
        look(record)
        done(admin.post(f"{PATH}/transfer", transfer))

    monkeypatch.setattr(lifecycle, "_require_empty", overtaken)
    assert refused(admin.patch(f"{PATH}/{id}", {"status": "closed"})) == (409, "version_conflict")
    after = done(admin.get(f"{PATH}/{id}"))
    assert (after["status"], after["available"]) == ("active", 5)
    assert refused(admin.patch(f"{PATH}/{id}", {"status": "closed"})) == (409, "wallet_not_empty")


def test_a_wallet_that_is_closed_while_money_is_on_its_way_takes_none(
    admin: SignedIn, send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = name("Late branch")
    id = create(admin, branch)["wallet_id"]
    decide = tenant_money.decide_transfer

    def overtaken(*given: Any, **more: Any) -> Any:
        """The wallets have been read and the transfer is decided; it is not committed yet."""
        monkeypatch.setattr(tenant_money, "decide_transfer", decide)
        decision = decide(*given, **more)
        done(admin.patch(f"{PATH}/{id}", {"status": "closed"}))
        return decision

    monkeypatch.setattr(tenant_money, "decide_transfer", overtaken)
    assert refused(send(branch)) == (409, "wallet_closed")
    assert done(admin.get(f"{PATH}/{id}"))["available"] == 0
