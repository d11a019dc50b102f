"""The minimum issuance ratio over HTTP, in the sandbox, where the clock can be told."""

from __future__ import annotations

from typing import Any

from tests.api.counter import ISSUE, REDEEM, STATS, data, refusal


def test_the_ratio_is_redeemed_over_issued(sandbox: Any, phone: str) -> None:
    shop = sandbox.at("2027-03-10T06:00:00Z")
    data(shop.post(ISSUE, {"phone": phone, "coins": 1000}))
    data(shop.post(REDEEM, {"phone": phone, "coins": 300}))
    stats = data(shop.get(STATS))
    assert (stats["issued"], stats["redeemed"], stats["ratio"]) == (1000, 300, 0.3)
    assert (stats["ceiling"], stats["remaining"], stats["used_percent"]) == (3000, 2700, 10)
    assert stats["status"] == "healthy"
    assert stats["month"] == "2027-03"
    assert len(stats["months"]) == 12


def test_redemptions_end_at_exactly_three_times_what_was_issued_and_begin_again_with_the_month(
    sandbox: Any, keyed: Any, phone: str
) -> None:
    """The coins come from another merchant of the network; what a merchant may redeem follows from its own issues."""
    other = keyed("second_merchant_test_key").at("2027-05-02T06:00:00Z")
    data(other.post(ISSUE, {"phone": phone, "coins": 1000}))
    shop = sandbox.at("2027-05-03T06:00:00Z")
    data(shop.post(ISSUE, {"phone": phone, "coins": 100}))
    data(shop.post(REDEEM, {"phone": phone, "coins": 240}))
    assert data(shop.get(STATS))["status"] == "warning"
    over = refusal(shop.post(REDEEM, {"phone": phone, "coins": 61}), 409, "mir_limit_reached")
    assert over["meta"] == {"issued": 100, "redeemed": 240, "ceiling": 300, "left": 60}
    refusal(shop.post(f"{REDEEM}/calculate", {"phone": phone, "coins": 61}), 409, "mir_limit_reached")
    data(shop.post(REDEEM, {"phone": phone, "coins": 60}))
    refusal(shop.post(REDEEM, {"phone": phone, "coins": 1}), 409, "mir_limit_reached")
    assert data(shop.get(STATS))["status"] == "paused"

    june = sandbox.at("2027-05-31T18:30:00Z")  # midnight in India
    stats = data(june.get(STATS))
    assert (stats["month"], stats["issued"], stats["ceiling"]) == ("2027-06", 0, 0)
    refusal(june.post(REDEEM, {"phone": phone, "coins": 1}), 409, "mir_limit_reached")
    data(june.post(ISSUE, {"phone": phone, "coins": 1}))
    data(june.post(REDEEM, {"phone": phone, "coins": 3}))
    refusal(june.post(REDEEM, {"phone": phone, "coins": 1}), 409, "mir_limit_reached")
    assert data(june.get(STATS))["months"][1]["redeemed"] == 300


def test_a_merchant_may_redeem_five_times_in_its_first_thirty_days(keyed: Any, phone: str) -> None:
    newcomer = keyed("second_merchant_test_key")
    stats = data(newcomer.get(STATS))
    assert (stats["ceiling_ratio"], stats["new_merchant"]) == (5, True)
    donor = keyed("merchant_test_key")
    data(donor.post(ISSUE, {"phone": phone, "coins": 1000}))
    issued, redeemed = stats["issued"], stats["redeemed"]
    data(newcomer.post(ISSUE, {"phone": phone, "coins": 10}))
    left = 5 * (issued + 10) - redeemed
    assert data(newcomer.get(STATS))["remaining"] == left
    data(newcomer.post(REDEEM, {"phone": phone, "coins": left}))
    refusal(newcomer.post(REDEEM, {"phone": phone, "coins": 1}), 409, "mir_limit_reached")


def test_undoing_a_redemption_gives_its_room_back(sandbox: Any, phone: str) -> None:
    shop = sandbox.at("2027-08-03T06:00:00Z")
    data(shop.post(ISSUE, {"phone": phone, "coins": 10}))
    taken = data(shop.post(REDEEM, {"phone": phone, "coins": 10}))
    before = data(shop.get(STATS))
    undone = data(shop.post(f"/api/v1/merchant/coins/{taken['transaction_id']}/reverse", {}))
    assert undone["coins_reversed"] == 10
    assert undone["type"] == "reverse_redeem"
    after = data(shop.get(STATS))
    assert after["remaining"] - before["remaining"] == 10


def test_an_issue_cannot_be_reversed_after_others_coins_were_redeemed_on_its_strength(
    sandbox: Any, keyed: Any, phone: str
) -> None:
    other = keyed("second_merchant_test_key").at("2027-09-02T06:00:00Z")
    data(other.post(ISSUE, {"phone": phone, "coins": 3000}))
    shop = sandbox.at("2027-09-03T06:00:00Z")
    own = data(shop.post(ISSUE, {"phone": phone, "coins": 1000}))
    taken = data(shop.post(REDEEM, {"phone": phone, "coins": 2700}))
    reverse = f"/api/v1/merchant/coins/{own['transaction_id']}/reverse"
    refused = refusal(shop.post(reverse, {}), 409, "reversal_exceeds_allowance")
    assert refused["meta"] == {"issued": 1000, "redeemed": 2700, "reversible": 100, "requested": 1000}
    assert data(shop.post(reverse, {"coins": 100}))["coins_reversed"] == 100
    refusal(shop.post(REDEEM, {"phone": phone, "coins": 1}), 409, "mir_limit_reached")
    # Nor when the month is over.
    october = sandbox.at("2027-10-02T06:00:00Z")
    refusal(october.post(reverse, {}), 409, "reversal_exceeds_allowance")
    data(shop.post(f"/api/v1/merchant/coins/{taken['transaction_id']}/reverse", {}))
    assert data(october.post(reverse, {}))["coins_reversed"] == 900


def test_a_month_that_is_over_is_not_paused(sandbox: Any) -> None:
    stats = data(sandbox.at("2028-02-03T06:00:00Z").get(STATS))
    assert stats["floor"] == 0
    assert {month["status"] for month in stats["months"][1:] if month["issued"] == 0 == month["redeemed"]} == {
        "healthy"
    }
