"""Refunds that come before their payment: none is forgotten while the payment is being recorded."""

from __future__ import annotations

import pytest

from batua import ids
from batua.billing.payment_accounts import PaymentAccount
from batua.billing.payment_port import ProviderEvent
from batua.billing.provider_payments import keep_early_refund, load_provider_payment
from batua.store.store import ConditionFailed, Store
from tests.fakes.dynamodb import FakeDynamoDB

ACCOUNT = PaymentAccount(
    ids.derived_id("pac", "a"), ids.derived_id("ten", "a"), "live", "razorpay", "rzp_live_x", b"", b""
)
NOW = 1_795_000_000_000


def refund(name: str) -> ProviderEvent:
    return ProviderEvent("refunded", "pay_1", 100, "INR", "", name)


@pytest.mark.parametrize("before", [0, 1])
def test_a_refund_that_comes_while_its_payment_is_recorded_makes_the_recording_look_again(before: int) -> None:
    store = Store(FakeDynamoDB(), "ledger", "directory", sleep=lambda _: None)
    for number in range(before):
        assert keep_early_refund(store, ACCOUNT, refund(f"rfnd_{number}"), NOW)[1]
    read = load_provider_payment(store, ACCOUNT, "pay_1")
    assert keep_early_refund(store, ACCOUNT, refund("rfnd_late"), NOW)[1]
    with pytest.raises(ConditionFailed):
        store.write(read.recorded_put("tup_1"))
    again = load_provider_payment(store, ACCOUNT, "pay_1")
    assert [each["id"] for each in again.early][-1] == "rfnd_late"
    store.write(again.recorded_put("tup_1"))
    known, kept = keep_early_refund(store, ACCOUNT, refund("rfnd_later"), NOW)
    assert (known.subject, kept) == ("tup_1", False)
