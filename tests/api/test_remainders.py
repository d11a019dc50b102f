"""A program that carries remainders, through the gateway: issued, calculated, shown, reversed, and verified."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from typing import Any

import pytest

from batua.audit import verify
from batua.store import keys
from batua.store.store import store
from tests.api.counter import ISSUE, data, refusal
from tests.api.program_fixtures import (  # noqa: F401
    DOUBLE,
    THREE_FIELDS,
    URL,
    ProgramShop,
    SignIn,
    admin,
    change,
    made,
    newcomer,
    open_program,
    sign_in,
    tenant_id,
    till,
)

BALANCE = "/api/v1/merchant/customers/balance"


@pytest.fixture
def shop(tenant_id: str, sign_in: SignIn) -> ProgramShop:
    body = {**THREE_FIELDS, "earn_percent": 2, "carry_remainders": True}
    return open_program(tenant_id, sign_in, body)


def test_two_small_bills_make_a_coin_and_every_answer_shows_the_remainder(
    shop: ProgramShop, phone: str, tenant_id: str
) -> None:
    body = {"phone": phone, "bill_amount": 30, "idempotency_key": "first"}
    why = data(shop.till.post(f"{ISSUE}/calculate", {"phone": phone, "bill_amount": 30}))
    first = shop.till.post(ISSUE, body)
    assert (data(first)["coins_issued"], data(first)["remainder"], data(first)["balance"]) == (0, 0.6, 0)
    assert (why["coins"], why["remainder"], why["rule"]) == (0, 0.6, data(first)["rule"])
    again = shop.till.post(ISSUE, body)
    assert (data(again), again.headers["idempotency-replayed"]) == (data(first), "true")
    assert data(shop.till.get(BALANCE, params={"phone": phone}))["remainder"] == 0.6
    second = shop.issue(phone, 20)
    assert (second["coins_issued"], second["remainder"], second["balance"]) == (1, 0, 1)
    assert second["rule"]["how"] == "2.00% of the bill, with the remainder of earlier bills"
    assert data(shop.till.get(BALANCE, params={"phone": phone}))["remainder"] == 0
    reverse = f"/api/v1/merchant/coins/{data(first)['transaction_id']}/reverse"
    refusal(shop.admin.post(reverse, {"coins": 1}), 409, "reversal_exceeds_original")
    assert data(shop.admin.post(reverse, {}))["coins_reversed"] == 0
    refusal(shop.admin.post(reverse, {}), 409, "nothing_to_reverse")
    assert data(shop.till.get(BALANCE, params={"phone": phone}))["remainder"] == -0.6
    assert verify.verify_scope(store(), keys.scope("live", tenant_id)).findings == []


def test_a_campaign_multiplies_whole_coins_and_its_dry_run_equals_the_sales(shop: ProgramShop, phone: str) -> None:
    for bill in (30, 20, 70):
        shop.issue(phone, bill)
    dry = data(shop.admin.post(f"{shop.url}/dry-run", {"name": "D", "type": "multiplier", "multiplier": 2}))
    assert (dry["sales"], dry["matched"], dry["coins"]) == (3, 2, 2)
    shop.campaign(DOUBLE)
    other = f"{phone[:-2]}{(int(phone[-2:]) + 1) % 100:02d}"
    assert [shop.issue(other, bill)["coins_issued"] for bill in (30, 20, 70)] == [0, 2, 2]


def test_the_setting_is_read_changed_and_refused_for_points(shop: ProgramShop, newcomer: Any, sign_in: SignIn) -> None:
    assert data(shop.admin.get(f"{URL}/{shop.program}"))["carry_remainders"] is True
    assert data(change(shop.admin, shop.program, {"name": "Leaves"}))["carry_remainders"] is True
    assert data(change(shop.admin, shop.program, {"carry_remainders": False}))["carry_remainders"] is False
    points = sign_in(newcomer("application")).post(
        URL, {"name": "Miles", "kind": "application", "carry_remainders": True}
    )
    assert list(refusal(points, 400, "validation_error")["errors"]) == ["carry_remainders"]
