"""The WooCommerce plugin, its hooks called as WooCommerce calls them, against the running platform."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.counter import ISSUE, data
from tests.api.shop_fixtures import balance

HERE = Path(__file__).resolve().parent
PLUGIN = HERE.parents[1] / "integrations/woocommerce-plugin/batua-wallet"


class Shop:
    """A WordPress site with the plugin: one process, which does a step for each line."""

    def __init__(self, name: str) -> None:
        command = ["php", "-d", "allow_url_fopen=1", str(HERE / "wordpress.php"), str(PLUGIN), "", "", name]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *step: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(step) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        found: dict[str, Any] = json.loads(line) if line else {"error": "ended"}
        return found

    def do(self, *step: Any) -> Any:
        answer = self.ask(*step)
        assert "error" not in answer, answer
        return answer["ok"]

    def refused(self, *step: Any) -> str:
        answer = self.ask(*step)
        assert "error" in answer, answer
        return str(answer["message"])

    def redemption(self, order: int) -> Any:
        return self.do("state")["orders"][str(order)]["meta"]


@pytest.fixture
def shop(platform: Any, credentials: dict[str, Any], phone: str) -> Iterator[Shop]:
    if shutil.which("php") is None:
        pytest.skip("NOT TRIED: php is not on this machine (Debian: apt-get install php-cli)")
    site = Shop(phone)
    settings = {
        "_wpnonce": "batua_wallet_save",
        "url": platform.url,
        "api_key": credentials["merchant_live_key"],
        "webhook_url": "https://wallet.example.com/webhooks/woocommerce/con_1",
        "webhook_secret": "whsec_of_the_connection",
    }
    assert site.refused("save", settings) == "saved"
    yield site
    assert site.process.stdin is not None
    site.process.stdin.close()
    site.process.wait(10)


@pytest.fixture
def code(live: Any, scope: str, phone: str) -> str:
    """The wallet code of a customer with a hundred coins."""
    from batua.customers.model import qr_token

    given = data(live.post(ISSUE, {"phone": phone, "coins": 100}))
    return qr_token(scope, scope.partition("#")[2], given["customer_id"], 1)


def test_the_plugin_connects_the_shop_and_shows_no_secret(shop: Shop, credentials: dict[str, Any]) -> None:
    state = shop.do("state")
    assert state["declared"] == {"custom_order_tables": True, "cart_checkout_blocks": True}
    topics = ["order.created", "order.updated", "order.deleted", "order.restored"]
    assert [each["topic"] for each in state["webhooks"]] == topics
    assert {(each["status"], each["api_version"]) for each in state["webhooks"]} == {("active", "wp_api_v3")}
    page = shop.do("page")
    assert "whsec_of_the_connection" not in page
    assert credentials["merchant_live_key"] not in page
    # Saved again without the secrets, it keeps them and makes no second set of webhooks.
    again = {"_wpnonce": "batua_wallet_save", "url": "https://wallet.example.com", "webhook_url": "https://w.example/h"}
    assert shop.refused("save", again) == "saved"
    assert len(shop.do("state")["webhooks"]) == 4
    assert (
        shop.refused("save", {**again, "url": "http://wallet.example.com"}) == "The address must begin with https://."
    )
    assert shop.refused("save", {**again, "_wpnonce": "forged"}) == "nonce"
    shop.do("site", {"admin": False})
    assert shop.refused("save", again) == "You may not change this."
    shop.do("deactivate")
    assert {each["status"] for each in shop.do("state")["webhooks"]} == {"paused"}


@pytest.mark.parametrize("checkout", ["classic", "block"])
def test_coins_pay_for_an_order_once_and_come_back_when_it_is_cancelled(
    shop: Shop, live: Any, phone: str, code: str, checkout: str
) -> None:
    shop.do("goods", [500])
    if checkout == "classic":
        sent = {"security": "batua-wallet", "code": code.lower(), "coins": "30"}
        assert json.loads(shop.refused("ajax", sent)) == {"available": 100, "coins": 30, "value": "30.00"}
    else:
        assert shop.do("block", {"code": code, "coins": 30}) == {"available": 100, "coins": 30, "value": "30.00"}
    assert shop.do("off") == 30
    assert balance(live, phone) == 100
    for _ in range(2):  # the customer's card is refused, and it pays again
        shop.do("order", [1, checkout])
    assert balance(live, phone) == 70
    kept = shop.redemption(1)
    assert (kept["state"], kept["coins"], kept["code"]) == ("redeemed", 30, "")
    shop.do("emptied")
    for hook in ("cancelled", "cancelled", "refunded"):
        shop.do("hook", [f"woocommerce_order_status_{hook}", 1])
    assert balance(live, phone) == 100
    assert shop.redemption(1)["state"] == "reversed"


def test_no_coins_move_without_the_customers_own_code(shop: Shop, live: Any, phone: str, code: str) -> None:
    shop.do("goods", [500])
    assert shop.do("coupon", ["batua-coins"]) is False
    forged = code[:-1] + ("A" if code[-1] != "A" else "B")
    for tried in (phone, phone[3:], "", "BATUA.X.1.Y", code + "0"):
        refusal = json.loads(shop.refused("ajax", {"security": "batua-wallet", "code": tried, "coins": "10"}))
        assert refusal["message"].startswith("Enter the code that your wallet shows")
    assert "QR code" in json.loads(shop.refused("ajax", {"security": "batua-wallet", "code": forged}))["message"]
    assert shop.refused("ajax", {"security": "forged", "code": code}) == "nonce"
    shop.do("order", [1, "classic"])
    assert (shop.do("off"), balance(live, phone)) == (0, 100)
    for _ in range(9):
        shop.ask("block", {"code": forged})
    assert shop.refused("block", {"code": code}) == "You have tried this too often. Wait ten minutes."


def test_a_smaller_cart_takes_fewer_coins_and_a_changed_one_is_settled_anew(
    shop: Shop, live: Any, phone: str, code: str
) -> None:
    shop.do("goods", [20.5])
    shop.do("block", {"code": code, "coins": 80})
    shop.do("order", [1, "block"])
    assert (shop.redemption(1)["coins"], balance(live, phone)) == (21, 79)
    shop.do("goods", [50])
    shop.do("order", [1, "block"])
    assert (shop.redemption(1)["coins"], balance(live, phone)) == (50, 50)


def test_an_answer_that_is_lost_counts_once(shop: Shop, live: Any, phone: str, code: str) -> None:
    shop.do("goods", [500])
    shop.do("block", {"code": code, "coins": 30})
    shop.do("site", {"lose_answer": True})
    assert "could not be reached" in shop.refused("order", [1, "classic"])
    assert (shop.redemption(1)["state"], balance(live, phone)) == ("sent", 70)
    shop.do("order", [1, "classic"])
    assert (shop.redemption(1)["state"], balance(live, phone)) == ("redeemed", 70)
    shop.do("site", {"offline": True})
    shop.do("hook", ["woocommerce_order_status_cancelled", 1])
    assert (shop.do("state")["scheduled"], balance(live, phone)) == (1, 70)
    shop.do("site", {"offline": False})
    shop.do("scheduled")
    assert balance(live, phone) == 100


def test_an_order_whose_answer_was_lost_and_is_cancelled_keeps_no_coins(
    shop: Shop, live: Any, phone: str, code: str
) -> None:
    shop.do("goods", [500])
    shop.do("block", {"code": code, "coins": 30})
    shop.do("site", {"lose_answer": True})
    shop.refused("order", [1, "block"])
    shop.do("hook", ["woocommerce_order_status_cancelled", 1])
    assert (shop.redemption(1)["state"], balance(live, phone)) == ("reversed", 100)


def test_coins_that_were_spent_elsewhere_meanwhile_stop_the_order(shop: Shop, live: Any, phone: str, code: str) -> None:
    shop.do("goods", [500])
    shop.do("block", {"code": code, "coins": 90})
    data(live.post("/api/v1/merchant/coins/redeem", {"phone": phone, "coins": 50}))
    assert "50" in shop.refused("order", [1, "block"])
    assert balance(live, phone) == 50
    shop.do("block", {"code": "", "coins": 40})
    shop.do("order", [1, "block"])
    assert balance(live, phone) == 10


def test_a_refund_gives_back_its_share_of_the_coins(shop: Shop, live: Any, phone: str, code: str) -> None:
    shop.do("goods", [500])
    shop.do("block", {"code": code, "coins": 50})
    shop.do("order", [1, "block", 40])  # 450 for goods beside the coins, and 40 for shipping
    assert balance(live, phone) == 50
    shop.do("refund", [1, 225])
    assert balance(live, phone) == 75
    shop.do("refund", [1, 40, 40])  # shipping, for which no coins paid
    assert balance(live, phone) == 75
    shop.do("refund", [1, 4])  # less than a coin
    assert balance(live, phone) == 75
    shop.do("refund", [1, 5])  # 234 of 450: 26 of the 50 coins
    assert balance(live, phone) == 76
    shop.do("hook", ["woocommerce_order_status_refunded", 1])
    assert balance(live, phone) == 100
    shop.do("hook", ["woocommerce_order_partially_refunded", 1])
    assert (shop.redemption(1)["state"], balance(live, phone)) == ("reversed", 100)


def test_two_refunds_around_a_lost_answer_count_once_each(shop: Shop, live: Any, phone: str, code: str) -> None:
    shop.do("goods", [500])
    shop.do("block", {"code": code, "coins": 100})
    shop.do("order", [1, "classic"])
    shop.do("site", {"lose_answer": True})
    shop.do("refund", [1, 100])  # counted, but the shop does not know
    assert (balance(live, phone), shop.redemption(1)["back"], shop.redemption(1)["pending"]) == (25, 0, 25)
    shop.do("site", {"offline": True})
    shop.do("refund", [1, 100])
    shop.do("site", {"offline": False})
    shop.do("scheduled")
    assert (balance(live, phone), shop.redemption(1)["back"]) == (50, 50)
    shop.do("hook", ["woocommerce_order_status_cancelled", 1])
    assert balance(live, phone) == 100


def test_an_order_that_coins_paid_for_gives_them_back_by_its_items(
    shop: Shop, live: Any, phone: str, code: str
) -> None:
    shop.do("goods", [40])
    shop.do("block", {"code": code, "coins": 40})
    shop.do("order", [1, "block"])
    assert balance(live, phone) == 60
    shop.do("refund", [1, 0, 0, 1])  # one of its two items
    assert balance(live, phone) == 80
