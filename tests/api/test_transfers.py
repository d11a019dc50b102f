"""Coins that belong to another customer: POST …/customers/{id}/merge and POST …/coins/{id}/reassign."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batua.audit.verify import verify_wallet
from batua.coins import transfers
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Update
from tests.api.counter import BALANCE, ISSUE, REDEEM, STATS, WRONG, data, merge, reassign, refusal
from tests.api.signed_in import SignedIn, SignIn, signed_in  # noqa: F401 - a fixture


@pytest.fixture
def other_phone(phone: str) -> str:
    return f"+9188{phone[-8:]}"


@pytest.fixture
def manager(signed_in: SignIn) -> SignedIn:  # noqa: F811
    return signed_in("merchant_tenant_admin")


@pytest.fixture
def owner(signed_in: SignIn) -> SignedIn:  # noqa: F811
    return signed_in("tenant_admin")


def issued(client: Any, phone: str, coins: int) -> dict[str, Any]:
    made: dict[str, Any] = data(client.post(ISSUE, {"phone": phone, "coins": coins}))
    return made


def lots(client: Any, phone: str) -> list[tuple[str, Any]]:
    return [(lot["month"], lot["coins"]) for lot in data(client.get(BALANCE, params={"phone": phone}))["expiring"]]


def sound(scope: str, *wallets: str) -> bool:
    return all(verify_wallet(store(), scope, wallet).findings == [] for wallet in wallets)


def test_an_issue_to_a_wrong_number_goes_to_the_right_one(
    live: Any, manager: SignedIn, scope: str, phone: str, other_phone: str
) -> None:
    kept = issued(live, phone, 7)
    wrong = issued(live, phone, 30)
    before = data(live.get(STATS))
    moved = data(reassign(manager, wrong["transaction_id"], other_phone))
    assert (moved["coins"], moved["shortfall"], moved["reason"]) == (30, 0, WRONG)
    assert (moved["source"]["previous_balance"], moved["source"]["balance"]) == (37, 7)
    assert (moved["target"]["previous_balance"], moved["target"]["balance"]) == (0, 30)
    assert moved["reversed_transaction_id"] == wrong["transaction_id"]
    assert lots(live, other_phone) == [(moved["lots"][0]["month"], 30)]
    after = data(live.get(STATS))
    assert (after["issued"], after["redeemed"]) == (before["issued"], before["redeemed"])
    assert sound(scope, kept["wallet_id"], moved["target"]["wallet_id"])
    # What was issued to the wrong number is reversed; the new issue is an issue like any other.
    refusal(live.post(f"/api/v1/merchant/coins/{wrong['transaction_id']}/reverse", {}), 409, "nothing_to_reverse")
    undone = data(live.post(f"/api/v1/merchant/coins/{moved['target']['transaction_id']}/reverse", {"coins": 10}))
    assert (undone["customer_id"], undone["balance"]) == (moved["target"]["customer_id"], 20)
    assert data(live.get(STATS))["issued"] == before["issued"] - 10
    assert sound(scope, moved["target"]["wallet_id"])


def test_coins_that_were_spent_under_the_wrong_number_stay_spent(
    live: Any, manager: SignedIn, scope: str, phone: str, other_phone: str
) -> None:
    wrong = issued(live, phone, 30)
    data(live.post(REDEEM, {"phone": phone, "coins": 12}))
    moved = data(reassign(manager, wrong["transaction_id"], other_phone))
    assert (moved["coins"], moved["shortfall"], moved["source"]["balance"]) == (18, 12, 0)
    assert sound(scope, wrong["wallet_id"], moved["target"]["wallet_id"])
    again = issued(live, phone, 5)
    data(live.post(REDEEM, {"phone": phone, "coins": 5}))
    gone = refusal(reassign(manager, again["transaction_id"], other_phone), 409, "coins_already_spent")
    assert gone["meta"] == {"available": 0}


def test_the_same_correction_again_gives_the_first_answer(
    live: Any, manager: SignedIn, phone: str, other_phone: str
) -> None:
    wrong = issued(live, phone, 10)
    first = reassign(manager, wrong["transaction_id"], other_phone, idempotency_key=f"fix-{phone}")
    second = reassign(manager, wrong["transaction_id"], other_phone, idempotency_key=f"fix-{phone}")
    assert data(first) == data(second)
    assert second.headers["idempotency-replayed"] == "true"
    other = reassign(manager, wrong["transaction_id"], other_phone, idempotency_key=f"fix-{phone}", reference="else")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    refusal(reassign(manager, wrong["transaction_id"], other_phone), 409, "nothing_to_reverse")


def test_corrections_at_once_move_the_coins_once(
    live: Any, manager: SignedIn, scope: str, phone: str, other_phone: str
) -> None:
    wrong = issued(live, phone, 10)
    with ThreadPoolExecutor(4) as pool:
        move = pool.map(lambda _: reassign(manager, wrong["transaction_id"], other_phone), range(4))
        given = pool.submit(issued, live, other_phone, 3)
        answers = [answer.status_code for answer in move]
    assert sorted(answers) == [200, 409, 409, 409]
    assert given.result()["coins_issued"] == 3
    assert data(live.get(BALANCE, params={"phone": other_phone}))["balance"] == 13
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 0
    assert sound(scope, wrong["wallet_id"], given.result()["wallet_id"])


def beside_others(monkeypatch: pytest.MonkeyPatch, live: Any, phone: str, times: int) -> None:
    """So often, the wallet that coins go to has become another one between the look at it and the posting."""
    posted, came = transfers._Move._posted, []

    def overtaken(move: Any, post: Any) -> Any:
        def late() -> Any:
            if len(came) < times:
                came.append(issued(live, phone, 1))
            return post()

        return posted(move, late)

    monkeypatch.setattr(transfers._Move, "_posted", overtaken)


def test_coins_that_reach_the_right_one_meanwhile_are_kept(
    live: Any, manager: SignedIn, scope: str, phone: str, other_phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = issued(live, other_phone, 5)
    wrong = issued(live, phone, 10)
    beside_others(monkeypatch, live, other_phone, 2)
    moved = data(reassign(manager, wrong["transaction_id"], other_phone))
    assert (moved["target"]["previous_balance"], moved["target"]["balance"]) == (7, 17)
    assert data(live.get(BALANCE, params={"phone": other_phone}))["balance"] == 17
    assert sound(scope, wrong["wallet_id"], there["wallet_id"])


def test_a_correction_that_never_finds_the_wallet_as_it_was_read_moves_nothing_and_may_come_again(
    live: Any, manager: SignedIn, scope: str, phone: str, other_phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = issued(live, other_phone, 5)
    wrong = issued(live, phone, 10)
    with monkeypatch.context() as patched:
        beside_others(patched, live, other_phone, 1_000)
        busy = reassign(manager, wrong["transaction_id"], other_phone, idempotency_key=f"busy-{phone}")
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "1"), busy.text
    came = data(live.get(BALANCE, params={"phone": other_phone}))["balance"]
    assert came > 5
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 10
    moved = data(reassign(manager, wrong["transaction_id"], other_phone, idempotency_key=f"busy-{phone}"))
    assert (moved["source"]["balance"], moved["target"]["balance"]) == (0, came + 10)
    assert sound(scope, wrong["wallet_id"], there["wallet_id"])


def test_only_an_issue_of_ones_own_can_be_reassigned_by_people_who_may(
    live: Any,
    manager: SignedIn,
    signed_in: SignIn,  # noqa: F811
    phone: str,
    other_phone: str,
) -> None:
    wrong = issued(live, phone, 10)
    spent = data(live.post(REDEEM, {"phone": phone, "coins": 1}))
    refusal(reassign(manager, spent["transaction_id"], other_phone), 409, "not_reversible")
    refusal(reassign(manager, wrong["transaction_id"], phone), 400, "validation_error")
    refusal(reassign(manager, "txn_none", other_phone), 404, "transaction_not_found")
    refusal(
        reassign(signed_in("other_tenant_admin"), wrong["transaction_id"], other_phone), 404, "transaction_not_found"
    )
    refusal(reassign(signed_in("cashier"), wrong["transaction_id"], other_phone), 403, "forbidden")
    assert reassign(live, wrong["transaction_id"], other_phone).status_code in (401, 403)
    nameless = manager.post(f"/api/v1/merchant/coins/{wrong['transaction_id']}/reassign", {"phone": other_phone})
    assert refusal(nameless, 400, "validation_error")["errors"].keys() == {"reason"}


def test_a_merge_moves_all_coins_with_their_expiry_and_keeps_both_ledgers(
    live: Any, owner: SignedIn, scope: str, phone: str, other_phone: str
) -> None:
    from_, into = issued(live, phone, 20), issued(live, other_phone, 5)
    before = data(live.get(STATS))
    moved = data(merge(owner, from_["customer_id"], other_phone))
    assert (moved["coins"], moved["source"]["balance"], moved["target"]["balance"]) == (20, 0, 25)
    assert moved["reversed_transaction_id"] is None
    assert sum(coins for _, coins in lots(live, other_phone)) == 25
    assert data(live.get(STATS)) == before
    assert sound(scope, from_["wallet_id"], into["wallet_id"])
    kinds = [
        (row["type"], row["coins"])
        for row in data(owner.get("/api/v1/merchant/ledger", params={"customer": from_["customer_id"]}))
    ]
    assert ("transfer_out", 20) in kinds
    refusal(merge(owner, from_["customer_id"], other_phone), 409, "nothing_to_transfer")
    refusal(
        live.post(f"/api/v1/merchant/coins/{moved['target']['transaction_id']}/reverse", {}),
        404,
        "transaction_not_found",
    )
    # The other way moves them back.
    assert data(merge(owner, into["customer_id"], phone))["coins"] == 25


def test_the_qr_code_of_a_merged_customer_ends(
    live: Any, owner: SignedIn, credentials: dict[str, Any], phone: str, other_phone: str
) -> None:
    from_ = issued(live, phone, 20)
    data(merge(owner, from_["customer_id"], other_phone))
    renewed = live.post(f"/api/v1/merchant/customers/{from_['customer_id']}/qr", {})
    assert data(renewed)["version"] == 3


def test_a_wallet_that_is_frozen_gives_and_takes_no_coins(
    live: Any, owner: SignedIn, manager: SignedIn, scope: str, phone: str, other_phone: str
) -> None:
    from_, into = issued(live, phone, 20), issued(live, other_phone, 5)
    for wallet in (from_["wallet_id"], into["wallet_id"]):
        store().write(Update(keys.wallet_key(scope, wallet), set={"st": "frozen"}))
        refusal(merge(owner, from_["customer_id"], other_phone), 409, "wallet_not_active")
        refusal(reassign(manager, from_["transaction_id"], other_phone), 409, "wallet_not_active")
        store().write(Update(keys.wallet_key(scope, wallet), set={"st": "active"}))
    assert data(merge(owner, from_["customer_id"], other_phone))["coins"] == 20


def test_only_the_owner_of_the_program_merges_and_only_its_customers(
    live: Any,
    owner: SignedIn,
    manager: SignedIn,
    signed_in: SignIn,  # noqa: F811
    phone: str,
    other_phone: str,
) -> None:
    from_ = issued(live, phone, 20)
    refusal(merge(manager, from_["customer_id"], other_phone), 403, "forbidden")
    refusal(merge(signed_in("other_tenant_admin"), from_["customer_id"], other_phone), 404, "customer_not_found")
    refusal(merge(owner, "cust_none", other_phone), 404, "customer_not_found")
    assert refusal(merge(owner, from_["customer_id"], phone), 400, "validation_error")["errors"].keys() == {"id"}
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 20


def test_an_issue_is_reversed_where_its_customer_was_merged_into(
    live: Any, owner: SignedIn, scope: str, phone: str, other_phone: str
) -> None:
    from_, into = issued(live, phone, 20), issued(live, other_phone, 5)
    data(merge(owner, from_["customer_id"], other_phone))
    part = {"coins": 8, "idempotency_key": f"back-{phone}"}
    path = f"/api/v1/merchant/coins/{from_['transaction_id']}/reverse"
    first = data(live.post(path, part))
    assert (first["coins_reversed"], first["shortfall"], first["balance"]) == (8, 0, 0)
    assert data(live.post(path, part)) == first
    assert data(live.get(BALANCE, params={"phone": other_phone}))["balance"] == 17
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 0
    rest = data(live.post(path, {}))
    assert (rest["coins_reversed"], rest["shortfall"]) == (12, 0)
    assert data(live.get(BALANCE, params={"phone": other_phone}))["balance"] == 5
    assert sound(scope, from_["wallet_id"], into["wallet_id"])


def test_what_a_merged_customer_has_spent_is_missing_from_the_reversal(
    live: Any, owner: SignedIn, scope: str, phone: str, other_phone: str
) -> None:
    from_ = issued(live, phone, 20)
    data(merge(owner, from_["customer_id"], other_phone))
    data(live.post(REDEEM, {"phone": other_phone, "coins": 13}))
    undone = data(live.post(f"/api/v1/merchant/coins/{from_['transaction_id']}/reverse", {}))
    assert (undone["coins_reversed"], undone["shortfall"]) == (7, 13)
    assert sound(scope, from_["wallet_id"])
