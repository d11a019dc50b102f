"""Pending coins through the gateway: issued, shown with their day, not redeemed before, and taken first by a return."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from batua import clock
from batua.audit import verify
from batua.store import keys
from batua.store.store import store
from tests.api.counter import ISSUE, data, refusal
from tests.api.program_fixtures import (  # noqa: F401
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

BALANCE, LOOKUP = "/api/v1/merchant/customers/balance", "/api/v1/merchant/customers/lookup"
REDEEM = "/api/v1/merchant/coins/redeem"


@pytest.fixture
def shop(tenant_id: str, sign_in: SignIn) -> ProgramShop:
    return open_program(tenant_id, sign_in, {**THREE_FIELDS, "pending_days": 14})


def test_coins_wait_for_the_time_for_returns_and_every_answer_says_until_when(
    shop: ProgramShop, phone: str, tenant_id: str
) -> None:
    why = data(shop.till.post(f"{ISSUE}/calculate", {"phone": phone, "bill_amount": 1000}))
    body = {"phone": phone, "bill_amount": 1000, "idempotency_key": "first"}
    issued = shop.till.post(ISSUE, body)
    zone = ZoneInfo("Asia/Kolkata")
    day = datetime.fromtimestamp(clock.parse_iso(data(issued)["created_at"]) / 1000, zone).date() + timedelta(15)
    ripe = clock.iso(int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000))
    assert data(issued)["available_at"] == why["available_at"] == ripe
    assert data(shop.till.post(ISSUE, body)) == data(issued)
    balance = data(shop.till.get(BALANCE, params={"phone": phone}))
    assert (balance["balance"], balance["available"], balance["value"]) == (50, 0, 0)
    assert balance["pending"] == [{"coins": 50, "available_at": ripe}]
    found = data(shop.till.get(LOOKUP, params={"phone": phone}))
    assert (found["wallets"][0]["available"], found["wallets"][0]["pending"], found["redeemable"]) == (0, 50, [])
    refused = refusal(shop.till.post(REDEEM, {"phone": phone, "coins": 1}), 409, "insufficient_balance")
    assert "0 available" in refused["message"]
    report = data(shop.admin.get(f"{URL}/{shop.program}/liability"))
    assert (report["outstanding"], report["pending"]) in [(0, 0), (50, 50)], "the stream may be a moment behind"
    assert verify.verify_scope(store(), keys.scope("live", tenant_id)).findings == []


def test_a_return_takes_its_pending_coins_back(shop: ProgramShop, phone: str) -> None:
    first, second = shop.issue(phone), shop.issue(phone, 400)
    reversed = data(shop.admin.post(f"/api/v1/merchant/coins/{first['transaction_id']}/reverse", {}))
    assert (reversed["coins_reversed"], reversed["shortfall"]) == (50, 0)
    pending = data(shop.till.get(BALANCE, params={"phone": phone}))["pending"]
    assert pending == [{"coins": 20, "available_at": second["available_at"]}]


def test_the_setting_is_read_changed_and_checked(shop: ProgramShop, phone: str, newcomer: Any, sign_in: SignIn) -> None:
    assert data(shop.admin.get(f"{URL}/{shop.program}"))["pending_days"] == 14
    assert data(change(shop.admin, shop.program, {"name": "Leaves"}))["pending_days"] == 14
    wrong = refusal(change(shop.admin, shop.program, {"pending_days": 181}), 400, "validation_error")
    assert list(wrong["errors"]) == ["pending_days"]
    shop.issue(phone)
    assert data(change(shop.admin, shop.program, {"pending_days": 0}))["pending_days"] == 0
    assert shop.issue(phone, 400)["available_at"] is None
    assert data(shop.till.get(BALANCE, params={"phone": phone}))["available"] == 20, "what was pending stays so"
    points = sign_in(newcomer("application")).post(URL, {"name": "Miles", "kind": "application", "pending_days": 3})
    assert list(refusal(points, 400, "validation_error")["errors"]) == ["pending_days"]


def test_a_retired_program_is_spent_until_its_last_pending_coins_expire(tenant_id: str, sign_in: SignIn) -> None:
    """Coins that are pending expire by the day on which they can be spent, also after the program's last month."""
    zone = ZoneInfo("Asia/Kolkata")
    shop = open_program(tenant_id, sign_in, {**THREE_FIELDS, "pending_days": 31, "expiry": {"type": "month_end"}})
    first = shop.issue("+919880066001")
    retired = data(shop.admin.call("DELETE", f"{URL}/{shop.program}"))
    expires = datetime.fromtimestamp(clock.parse_iso(first["expires_at"]) / 1000, zone)
    assert retired["spendable_until"] == f"{expires:%Y-%m}"
    refused = refusal(shop.admin.post(URL, THREE_FIELDS), 409, "program_exists")
    assert f"can be spent until the end of {expires:%Y-%m}" in refused["message"]


def test_coins_that_were_pending_longer_under_an_earlier_setting_are_waited_for(
    tenant_id: str, sign_in: SignIn
) -> None:
    shop = open_program(tenant_id, sign_in, {**THREE_FIELDS, "pending_days": 31, "expiry": {"type": "month_end"}})
    first = shop.issue("+919880066002")
    data(change(shop.admin, shop.program, {"pending_days": 0}))
    retired = data(shop.admin.call("DELETE", f"{URL}/{shop.program}"))
    expires = datetime.fromtimestamp(clock.parse_iso(first["expires_at"]) / 1000, ZoneInfo("Asia/Kolkata"))
    assert retired["spendable_until"] == f"{expires:%Y-%m}"
