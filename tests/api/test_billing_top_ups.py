"""A tenant's wallet topped up over HTTP, through the operator's account with a provider.

create_top_up, read_top_up, list_top_ups, and the webhooks that credit them.
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from batua.audit.verify import verify_scope
from batua.ledger.decisions.tenant_money import tenant_wallet
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Update
from tests.api.billing_fixtures import fault, open_shop  # noqa: F401
from tests.api.conftest import Client
from tests.api.payment_fixtures import ACCOUNT, RAZORPAY, paid, refunded, send
from tests.api.shops import Open, Shop

TOP_UPS = "/api/v1/billing/top-ups"
SECRET = b"sample-webhook-secret"


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    return open_shop()


@pytest.fixture
def tenant(shop: Shop) -> Client:
    return shop.user("tenant_admin")


def topped(tenant: Client, amount: str = "500.00", **more: Any) -> dict[str, Any]:
    answer = tenant.post(TOP_UPS, {"amount": amount, **more})
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def again(tenant: Client, top_up: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = tenant.get(f"{TOP_UPS}/{top_up['id']}").json()["data"]
    return data


def balance(tenant: Client, top_up: dict[str, Any]) -> Any:
    return tenant.get(f"/api/v1/wallets/{top_up['wallet_id']}").json()["data"]["available"]


def hook(mode: Any = "live") -> str:
    """Where the operator's provider sends its webhooks."""
    from batua.billing.payment_accounts import load_account
    from batua.tenants import bootstrap

    operator = bootstrap.operator(store())
    assert operator is not None
    account = load_account(store(), keys.scope(mode, operator.id))
    assert account is not None
    return account.webhook_url


def told(body: bytes, mode: Any = "live") -> str:
    answer = send(hook(mode), body, SECRET)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["status"])


def paid_link(top_up: dict[str, Any], amount: int, payment: str, **more: Any) -> bytes:
    """As `paid`, of the first link of a top-up."""
    return paid({"id": top_up["id"]}, amount, payment, **more)


def test_a_payment_on_the_page_is_credited_once_however_often_the_provider_tells_of_it(tenant: Client) -> None:
    top_up = topped(tenant)
    assert (top_up["status"], top_up["amount"], top_up["qr"][:18]) == ("open", 500, "data:image/svg+xml")
    assert "₹500.00" in requests.get(top_up["url"], timeout=30).text
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: requests.post(top_up["url"], timeout=60).text, range(4)))
    assert all("Paid. Thank you." in page for page in pages)
    after = again(tenant, top_up)
    assert (after["status"], after["url"], balance(tenant, top_up)) == ("credited", None, 500)
    entry = tenant.get(f"/api/v1/transactions/{after['transaction_id']}").json()["data"]
    assert (entry["type"], entry["amount"], entry["wallet_id"]) == ("credit", 500, top_up["wallet_id"])


def test_the_same_key_answers_the_same_top_up_also_at_once(tenant: Client) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: topped(tenant, idempotency_key="k1"), range(4)))
    assert len({each["id"] for each in made}) == 1
    assert len({each["url"] for each in made}) == 1
    assert fault(tenant.post(TOP_UPS, {"amount": "501.00", "idempotency_key": "k1"})) == (422, "idempotency_key_reused")
    assert topped(tenant)["id"] != topped(tenant)["id"]


def test_what_does_not_fit_is_kept_and_not_credited(tenant: Client) -> None:
    top_up = topped(tenant)
    assert told(paid_link(top_up, 1_00, "pay_less")) == "unmatched"
    assert told(paid_link(top_up, 500_00, "pay_usd", currency="USD")) == "unmatched"
    assert told(paid_link(top_up, 1_00, "pay_less")) == "duplicate"
    assert balance(tenant, top_up) == 0
    assert told(paid_link(top_up, 500_00, "pay_1")) == "recorded"
    assert told(paid_link(top_up, 500_00, "pay_second")) == "unmatched"
    assert balance(tenant, top_up) == 500
    seen = again(tenant, top_up)["unmatched_payments"]
    assert [(each["payment_id"], each["amount"], each["currency"]) for each in seen] == [
        ("pay_less", 1, "INR"),
        ("pay_usd", 500, "USD"),
        ("pay_second", 500, "INR"),
    ]


def test_a_tenants_own_provider_account_credits_nothing(tenant: Client) -> None:
    """Anybody can sign with a secret of their own choice: only the account of the operator counts."""
    own = str(tenant.put(ACCOUNT, RAZORPAY).json()["data"]["webhook_url"])
    top_up = topped(tenant)
    assert send(own, paid_link(top_up, 500_00, "pay_own")).json() == {"status": "ignored"}
    assert send(hook(), paid_link(top_up, 500_00, "pay_own"), b"guess").status_code == 401
    assert told(paid_link(top_up, 500_00, "pay_own"), "test") == "ignored"
    assert (again(tenant, top_up)["status"], balance(tenant, top_up)) == ("open", 0)


def test_a_refund_takes_the_amount_back_once_and_never_more_than_was_paid(tenant: Client, shop: Shop) -> None:
    top_up = topped(tenant)
    payment = f"pay_{top_up['id']}"
    told(paid_link(top_up, 500_00, payment))
    assert [told(refunded(100_00, payment, "rfnd_1")) for _ in range(2)] == ["recorded", "duplicate"]
    assert balance(tenant, top_up) == 400
    told(refunded(700_00, payment, "rfnd_2"))
    after = again(tenant, top_up)
    assert (after["status"], after["returned"], after["shortfall"], balance(tenant, top_up)) == ("returned", 500, 0, 0)
    # A failure that is told after the success changes nothing, nor does the success told once more.
    assert told(b'{"event": "payment.failed", "payload": {}}') == "ignored"
    assert told(paid_link(top_up, 500_00, payment)) == "duplicate"
    assert balance(tenant, top_up) == 0
    assert not verify_scope(store(), keys.scope("live", shop.tenant.id)).findings


def test_a_refund_before_its_payment_is_taken_with_the_payment(tenant: Client, shop: Shop) -> None:
    top_up = topped(tenant)
    payment = f"pay_{top_up['id']}"
    refund = refunded(200_00, payment, "rfnd_early")
    assert [told(refund) for _ in range(2)] == ["early", "duplicate"]
    assert told(paid_link(top_up, 500_00, payment)) == "recorded"
    after = again(tenant, top_up)
    assert (after["returned"], after["shortfall"], balance(tenant, top_up)) == (200, 0, 300)
    assert told(refund) == "duplicate"
    assert balance(tenant, top_up) == 300
    assert not verify_scope(store(), keys.scope("live", shop.tenant.id)).findings


def test_the_refund_of_a_payment_that_was_not_credited_takes_nothing(tenant: Client) -> None:
    top_up = topped(tenant)
    assert told(paid_link(top_up, 500_00, f"pay_{top_up['id']}")) == "recorded"
    second = f"pay_second_{top_up['id']}"
    assert told(paid_link(top_up, 500_00, second)) == "unmatched"
    assert told(refunded(500_00, second, f"rfnd_{second}")) == "ignored"
    assert (again(tenant, top_up)["returned"], balance(tenant, top_up)) == (0, 500)


def test_a_payment_for_a_frozen_wallet_is_left_to_the_schedule_with_its_refund(tenant: Client, shop: Shop) -> None:
    """The operator refunds a payment that is not credited; the refund still counts when it is."""
    from batua import clock
    from batua.billing.reconciliation import reconcile_open_payments

    first, top_up, wallet = topped(tenant, "1.00"), topped(tenant), tenant_wallet("live", shop.tenant.id)
    assert told(paid_link(first, 1_00, f"pay_{first['id']}")) == "recorded"
    store().write(Update(wallet.key, set={"frozen": True}))
    assert "Paid. Thank you." in requests.post(top_up["url"], timeout=60).text
    payment = "pay_" + top_up["url"].rpartition("/")[2].removeprefix("plink_")
    assert told(paid_link(top_up, 500_00, payment)) == "deferred"
    assert told(refunded(200_00, payment, f"rfnd_{payment}")) == "early"
    reconcile_open_payments(store(), clock.system() + 2 * 3_600_000)
    assert (again(tenant, top_up)["status"], balance(tenant, top_up)) == ("open", 1)
    store().write(Update(wallet.key, remove=("frozen",)))
    reconcile_open_payments(store(), clock.system() + 6 * 3_600_000)
    after = again(tenant, top_up)
    assert (after["status"], after["payment_id"], after["returned"]) == ("credited", payment, 200)
    assert balance(tenant, top_up) == 301


def test_what_the_wallet_has_spent_is_a_shortfall_that_the_schedule_takes_later(tenant: Client) -> None:
    from batua import clock
    from batua.billing.reconciliation import reconcile_open_payments

    first = topped(tenant)
    payment = f"pay_{first['id']}"
    told(paid_link(first, 500_00, payment))
    spent = tenant.post(f"/api/v1/wallets/{first['wallet_id']}/debit", {"amount": "450.00", "reference": "Fee"})
    assert spent.status_code == 200, spent.text
    dispute = (
        b'{"event": "payment.dispute.lost", "payload": {"dispute": {"entity": {"id": "disp_1", "payment_id": "%s", '
        b'"amount": 50000, "amount_deducted": 50000, "currency": "INR", "status": "lost"}}}}' % payment.encode()
    )
    assert told(dispute) == "recorded"
    after = again(tenant, first)
    assert (after["returned"], after["shortfall"], balance(tenant, first)) == (500, 450, 0)
    second = topped(tenant, "600.00")
    told(paid_link(second, 600_00, f"pay_{second['id']}"))
    for hours in (2, 4):
        reconcile_open_payments(store(), clock.system() + hours * 3_600_000)
    assert (again(tenant, first)["shortfall"], balance(tenant, first)) == (0, 150)


def test_money_returned_by_hand_before_the_provider_does_is_not_taken_twice(tenant: Client) -> None:
    top_up = topped(tenant)
    payment = f"pay_{top_up['id']}"
    told(paid_link(top_up, 500_00, payment))
    credit = again(tenant, top_up)["transaction_id"]
    assert tenant.post(f"/api/v1/transactions/{credit}/refund", {"amount": "200.00"}).status_code == 200
    told(refunded(500_00, payment, "rfnd_1"))
    assert (again(tenant, top_up)["shortfall"], balance(tenant, top_up)) == (0, 0)


def test_a_payment_whose_webhook_is_lost_is_credited_by_the_schedule(tenant: Client) -> None:
    from batua import clock
    from batua.billing.reconciliation import reconcile_open_payments

    top_up = topped(tenant)
    requests.post(f"{top_up['url']}?silent", timeout=30)
    assert balance(tenant, top_up) == 0
    for _ in range(2):
        reconcile_open_payments(store(), clock.system() + 2 * 3_600_000)
    assert (again(tenant, top_up)["status"], balance(tenant, top_up)) == ("credited", 500)


def test_the_sandbox_tops_up_its_own_wallet_by_the_operators_test_account(shop: Shop) -> None:
    tester, live = shop.user("tenant_admin", "test"), shop.user("tenant_admin")
    top_up = topped(tester)
    assert told(paid_link(top_up, 500_00, "pay_live")) == "ignored"
    assert told(paid_link(top_up, 500_00, "pay_test"), "test") == "recorded"
    assert (top_up["mode"], balance(tester, top_up)) == ("test", 500)
    assert fault(live.get(f"{TOP_UPS}/{top_up['id']}")) == (404, "top_up_not_found")


def test_top_ups_are_listed_and_read_by_their_own_tenant_alone(tenant: Client, open_shop: Open) -> None:
    made = [topped(tenant)["id"] for _ in range(3)]
    page = tenant.get(f"{TOP_UPS}?limit=2").json()
    rest = tenant.get(f"{TOP_UPS}?limit=2&cursor={page['meta']['next_cursor']}").json()
    assert [each["id"] for each in (*page["data"], *rest["data"])] == made[::-1]
    other = open_shop().user("tenant_admin")
    assert other.get(TOP_UPS).json()["data"] == []
    assert fault(other.get(f"{TOP_UPS}/{made[0]}")) == (404, "top_up_not_found")
    assert fault(tenant.get(f"{TOP_UPS}/x")) == (404, "top_up_not_found")
    assert tenant.get(f"{TOP_UPS}?cursor=x").status_code == 400


def test_bad_amounts_are_refused_by_name(tenant: Client) -> None:
    for amount in ("0.99", "1.005", "0", "-5", "x"):
        answer = tenant.post(TOP_UPS, {"amount": amount})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["amount"]), amount
    assert "phone" in tenant.post(TOP_UPS, {"amount": "5", "phone": "12"}).json()["errors"]
