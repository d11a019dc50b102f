"""The plugin in a real WordPress with a real WooCommerce, against the running platform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.counter import ISSUE, data
from tests.api.shop_fixtures import balance
from tests.vendors.wordpress_site import RealShop, missing, real_shop
from tests.waiting import until

ADDRESS = {
    "first_name": "Asha",
    "last_name": "Rao",
    "address_1": "1 MG Road",
    "city": "Bengaluru",
    "state": "KA",
    "postcode": "560001",
    "country": "IN",
    "email": "asha@example.com",
}


@pytest.fixture(scope="module")
def shop(platform: Any, credentials: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealShop]:
    lacking = missing()
    if lacking:
        pytest.skip(f"NOT TRIED against a real shop: {lacking} (see tests/vendors/wordpress_site.py)")
    with real_shop(tmp_path_factory.mktemp("wordpress"), platform.url) as site:
        site.step("orders", hpos=True)
        connection = credentials["woocommerce"]
        values = {
            "url": platform.url,
            "api_key": credentials["merchant_live_key"],
            "webhook_url": f"{platform.url}/webhooks/woocommerce/{connection['id']}",
            "webhook_secret": connection["secret"],
        }
        page = site.connect(site.sign_in(), values)
        assert "4 webhooks are set up." in page
        assert connection["secret"] not in page
        assert credentials["merchant_live_key"] not in page
        yield site


def test_an_order_that_coins_help_to_pay_earns_and_gives_back(
    shop: RealShop, live: Any, scope: str, phone: str
) -> None:
    from batua.customers.model import qr_token

    given = data(live.post(ISSUE, {"phone": phone, "coins": 100}))
    code = qr_token(scope, scope.partition("#")[2], given["customer_id"], 1)
    product = shop.step("goods", name="Dosa mix", price="500")

    shop.store("GET", "cart")
    shop.store("POST", "cart/add-item", {"id": product, "quantity": 1})
    refused = shop.store("POST", "cart/extensions", {"namespace": "batua-wallet", "data": {"code": phone}}, status=400)
    assert refused["message"].startswith("Enter the code that your wallet shows")
    chosen = {"namespace": "batua-wallet", "data": {"code": code, "coins": 30}}
    cart = shop.store("POST", "cart/extensions", chosen)
    assert (cart["totals"]["total_price"], cart["totals"]["total_discount"]) == ("47000", "3000")
    assert cart["extensions"]["batua-wallet"] == {"available": 100, "coins": 30, "value": "30.00"}
    assert balance(live, phone) == 100

    placed = shop.store("POST", "checkout", {"billing_address": {**ADDRESS, "phone": phone}, "payment_method": "bacs"})
    order = placed["order_id"]
    assert balance(live, phone) == 70
    assert shop.step("meta", order=order)["state"] == "redeemed"

    shop.step("run")
    assert balance(live, phone) == 70  # awaits the bank transfer
    shop.step("status", order=order, status="processing")
    shop.step("run")
    # Five percent of the 470 that were paid beside the coins.
    until(lambda: balance(live, phone) == 93)
    shop.step("refund", order=order, amount="235")
    shop.step("run")
    # 15 of the 30 coins are back, 12 of the 23 earned ones are gone.
    until(lambda: balance(live, phone) == 96)
    shop.step("status", order=order, status="cancelled")
    shop.step("run")
    until(lambda: balance(live, phone) == 100)
    assert shop.step("meta", order=order)["state"] == "reversed"
