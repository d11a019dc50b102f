"""Text messages to customers: after each act once, in their language, not at night, not against their wish; reminders
of coins that expire. The functions NotifyCustomers, SendDueTexts and RemindCustomers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.customers.model import customer_wallet_id
from batua.events.event import Event
from batua.fraud import watch as fraud_watch
from batua.identity.tenant import read_program
from batua.ledger.model import MessagePolicy, Program, Wallet
from batua.ledger.records.customer_coins import wallet_item
from batua.messages import outbound
from batua.messages.model import Message
from batua.notifications import customer_events, customer_texts
from batua.notifications.customer_events import notify_customer
from batua.notifications.deliver import notify_of_event
from batua.notifications.expiry_reminders import due_reminders, remind_of_expiry
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Put, Update
from tests.acting import acting_as
from tests.api.conftest import Client
from tests.api.counter import ISSUE
from tests.api.program_fixtures import THREE_FIELDS, URL, change, made, newcomer, sign_in, till  # noqa: F401
from tests.api.texted_customers import NOON, Shop, texts_of

_DAY = "2027-01-{day:02d}T12:00:00+05:30"


def send_due_texts(now: int) -> None:
    with acting_as("SendDueTexts"):
        customer_texts.send_due_customer_texts(store(), now)


def remind_customers(now: int, **options: Any) -> int:
    with acting_as("RemindCustomers"):
        return remind_of_expiry(store(), now, **options)


@pytest.fixture
def shop(newcomer: Callable[..., str], phone: str) -> Callable[..., Shop]:  # noqa: F811
    return lambda **policy: Shop(newcomer(), phone, **policy)


def test_each_act_sends_one_message_with_the_figures(shop: Callable[..., Shop]) -> None:
    here = shop()
    issued = here.event()
    assert notify_customer(store(), issued, NOON)
    assert not notify_customer(store(), issued, NOON + 1)
    assert notify_customer(store(), here.event("coins.redeemed", coins="1", balance="319"), NOON)
    assert notify_customer(store(), here.event("coins.reversed", undone="issue"), NOON)
    assert notify_customer(store(), here.event("coins.reversed", undone="redemption"), NOON)
    assert set(here.texts(4)) == {
        "You earned 50 petals at Lotus Sweets. Your balance is 320 petals.",
        "You used 1 petal at Lotus Sweets. Your balance is 319 petals.",
        "Lotus Sweets reversed an earlier purchase and took back 50 petals. Your balance is 320 petals.",
        "Lotus Sweets gave you back 50 petals. Your balance is 320 petals.",
    }
    send_due_texts(NOON + clock.DAY_MS)
    assert len(here.texts()) == 4


def test_each_step_of_a_redemption_sends_a_message(shop: Callable[..., Shop]) -> None:
    here = shop()
    step = {
        "title": "Travel mug", "points": "200", "status": "pending",
        "transaction_id": "txn_a", "settlement_transaction_id": "txn_b",
    }  # fmt: skip

    def redemption(type: str, **more: Any) -> Event:
        made = here.event(type, **{**step, **more})
        data = {name: value for name, value in made.data.items() if name not in ("program_id", "coins", "balance")}
        return replace(made, data=data)

    for type in ("redemption.created", "redemption.approved", "redemption.fulfilled", "redemption.rejected"):
        assert notify_customer(store(), redemption(type), NOON)
    assert set(here.texts(4)) == {
        "You redeemed 200 petals at Lotus Sweets for a reward: Travel mug.",
        "Lotus Sweets approved your reward: Travel mug.",
        "Your reward from Lotus Sweets is ready: Travel mug.",
        "Your reward from Lotus Sweets was not handed over: Travel mug. 200 petals are back in your balance.",
    }
    at_once = {**redemption("redemption.fulfilled").data, "settlement_transaction_id": "txn_a"}
    assert not notify_customer(store(), replace(redemption("redemption.fulfilled"), data=at_once), NOON)
    assert not notify_customer(store(), redemption("redemption.created", status="fulfilled"), NOON), (
        "coins.redeemed does"
    )


def test_the_end_of_an_order_of_the_marketplace_sends_a_message(shop: Callable[..., Shop]) -> None:
    here = shop()
    order = {"title": "Books", "points": "30", "quantity": 3, "delivered": 2, "ordered_by": here.customer}

    def ended(type: str) -> Event:
        made = here.event(type, **order)
        data = {name: value for name, value in made.data.items() if name not in ("program_id", "coins", "balance")}
        return replace(made, data=data)

    for state in ("completed", "partially_completed", "failed"):
        assert notify_customer(store(), ended(f"market_order.{state}"), NOON)
        notify_of_event(store(), ended(f"market_order.{state}"), NOON)  # who ordered has no inbox: nothing is lost
    assert set(here.texts(3)) == {
        "Your gift card from Lotus Sweets is ready: Books.",
        "2 of 3 gift cards from Lotus Sweets are ready: Books. What the others cost is back in your balance.",
        "Your gift card from Lotus Sweets was not delivered: Books. 30 petals are back in your balance.",
    }
    by_themselves = {"redeemed_by": here.customer, "status": "approved", "settlement_transaction_id": "b"}
    redemption = here.event("redemption.fulfilled", title="Mug", points="3", transaction_id="a", **by_themselves)
    notify_of_event(store(), redemption, NOON)


def test_nothing_is_sent_where_the_program_or_the_customer_wants_none(shop: Callable[..., Shop]) -> None:
    silent = shop(receipts=False)
    assert not notify_customer(store(), silent.event(), NOON)
    here = shop()
    here.prefer(receipts=False)
    notify_customer(store(), here.event(), NOON)
    here.prefer(receipts=True)
    store().write(Update(keys.customer_key(here.scope, here.customer), set={"erased": NOON}))
    notify_customer(store(), here.event(), NOON)
    assert not notify_customer(store(), replace(here.event(), mode="test"), NOON)
    assert not notify_customer(store(), here.event("coins.reversed", undone="issue", coins="0"), NOON)
    assert not notify_customer(store(), here.event(at=NOON - clock.DAY_MS - 1), NOON), "a day late"
    assert here.texts() == []


def test_a_message_waits_for_the_morning_and_is_in_the_customers_language(shop: Callable[..., Shop]) -> None:
    here, night = shop(quiet_from=22 * 60, quiet_until=8 * 60), clock.parse_iso("2027-01-10T23:30:00+05:30")
    here.prefer(language="hi")
    assert notify_customer(store(), here.event(at=night), night)
    send_due_texts(clock.parse_iso("2027-01-11T07:59:00+05:30"))
    assert here.texts() == []
    send_due_texts(clock.parse_iso("2027-01-11T08:00:00+05:30"))
    assert here.texts(1) == ["Lotus Sweets पर आपकी कमाई: 50 petals। आपका बैलेंस: 320 petals।"]


def test_what_could_not_be_handed_in_stays_due_and_is_sent_once(
    shop: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = shop()

    def fails(*_: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(outbound, "enqueue", fails)
        with pytest.raises(ConnectionError):
            notify_customer(store(), here.event(), NOON)
        send_due_texts(NOON)
    for _ in range(2):
        send_due_texts(NOON)
    assert len(here.texts(1)) == 1


def test_two_runs_at_once_send_one_message(shop: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch) -> None:
    here = shop(quiet_from=0, quiet_until=23 * 60)
    notify_customer(store(), here.event(), NOON)
    later = NOON + clock.DAY_MS
    handed: list[Message] = []
    real = customer_texts._customer_message

    def overtaken(*arguments: Any) -> Any:
        monkeypatch.setattr(customer_texts, "_customer_message", real)
        send_due_texts(later)
        return real(*arguments)

    monkeypatch.setattr(customer_texts, "_customer_message", overtaken)
    monkeypatch.setattr(outbound, "enqueue", handed.append)
    send_due_texts(later)
    assert len([each for each in handed if each.to == here.phone]) == 1


def test_coins_are_announced_to_expire_30_and_7_days_before(shop: Callable[..., Shop]) -> None:
    here = shop(expiry_reminders=True)
    here.hold({202701: 40, 202703: 500})
    for day in (1, 2, 3, 20, 24, 25, 26):
        now = clock.parse_iso(_DAY.format(day=day))
        remind_customers(now)
        send_due_texts(now)
    assert here.texts(2) == ["40 petals of yours at Lotus Petals expire on 31 Jan 2027. Use them before then."] * 2


def test_a_reminder_names_what_is_left_when_it_is_sent_and_none_where_all_is_spent(shop: Callable[..., Shop]) -> None:
    here = shop(expiry_reminders=True, quiet_from=8 * 60, quiet_until=20 * 60)
    here.hold({202701: 40})
    early, evening = clock.parse_iso(_DAY.format(day=5)), clock.parse_iso("2027-01-05T20:00:00+05:30")
    remind_customers(early)
    here.hold({202701: 1})
    send_due_texts(evening)
    assert [text.split(" at ")[0] for text in here.texts(1)] == ["1 petal of yours"]
    remind_customers(clock.parse_iso(_DAY.format(day=26)))
    here.hold({202705: 10})
    send_due_texts(clock.parse_iso("2027-01-26T20:00:00+05:30"))
    assert len(here.texts(1)) == 1


def test_a_run_that_is_cut_short_is_carried_on_and_reminds_nobody_twice(
    shop: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    from batua.notifications import expiry_reminders

    here, now = shop(expiry_reminders=True), clock.parse_iso(_DAY.format(day=5))
    monkeypatch.setattr(expiry_reminders, "_PAGE_SIZE", 2)
    for number in range(5):
        customer = ids.new_id("cust")
        wallet = customer_wallet_id(here.scope, here.program.id, customer)
        item = wallet_item(here.scope, Wallet(wallet, customer, {202701: 10 + number}, seq=1, last_hash=b"1"))
        store().write(Put(keys.wallet_key(here.scope, wallet), item))

    def run() -> int:
        return expiry_reminders._remind_program(store(), here.program, 202701, 30, now, lambda: False)

    assert [run() for _ in range(4)] == [2, 2, 1, 0]


def test_customers_of_a_suspended_merchant_are_not_reminded_until_it_is_back(shop: Callable[..., Shop]) -> None:
    here = shop(expiry_reminders=True)
    here.hold({202701: 40})
    key = keys.tenant_key(here.tenant)
    for status, number in (("suspended", 0), ("active", 1)):
        store().write(Update(key, set={"status": status}))
        remind_of_expiry(store(), NOON)
        customer_texts.send_due_customer_texts(store(), NOON)
        assert len(here.texts(number)) == number


def test_what_a_run_has_no_time_for_is_sent_by_the_next(shop: Callable[..., Shop]) -> None:
    here = shop(quiet_from=22 * 60, quiet_until=8 * 60)
    night, morning = (clock.parse_iso(f"2027-01-{time}+05:30") for time in ("10T23:30:00", "11T08:00:00"))
    notify_customer(store(), here.event(at=night), night)
    assert customer_texts.send_due_customer_texts(store(), morning, time_left=lambda: False) == 0
    assert here.texts() == []
    customer_texts.send_due_customer_texts(store(), morning)
    assert len(here.texts(1)) == 1


def test_a_stranger_to_the_program_is_not_reminded(shop: Callable[..., Shop]) -> None:
    """Wallets of another program of the same owner are in the same index."""
    here = shop(expiry_reminders=True)
    other = customer_wallet_id(here.scope, ids.new_id("prg"), here.customer)
    item = wallet_item(here.scope, Wallet(other, here.customer, {202701: 10}, seq=1, last_hash=b"1"))
    store().write(Put(keys.wallet_key(here.scope, other), item))
    remind_customers(NOON)
    send_due_texts(NOON)
    assert here.texts() == []


def test_the_months_that_a_reminder_is_due_for() -> None:
    program = Program("prg_1", "ten_1", "Petals", "closed", "Asia/Kolkata")

    def due(day: str) -> list[tuple[int, int]]:
        return due_reminders(program, clock.parse_iso(f"{day}T12:00:00+05:30"))

    assert due("2027-01-01") == []
    assert due("2027-01-02") == [(202701, 30)]
    assert due("2027-01-25") == [(202701, 7)]
    assert due("2027-01-30") == [(202701, 7), (202702, 30)]


def test_a_merchant_turns_messages_on_and_the_counter_sends_them(
    newcomer: Callable[..., str],  # noqa: F811
    sign_in: Any,  # noqa: F811
    phone: str,
) -> None:
    admin: Client = sign_in(newcomer())
    wanted = {"receipts": True, "expiry_reminders": True, "quiet_hours": {"begin": "03:00", "end": "03:01"}}
    program = made(admin.post(URL, {**THREE_FIELDS, "messages": wanted}))
    assert program["messages"] == wanted
    key = keys.program_key(program["owner_id"], program["id"])
    assert (store().read([key])[key] or {})["g2p"] == "REMINDING"
    answer = change(admin, program["id"], {"messages": {"receipts": True}})
    off = {"receipts": True, "expiry_reminders": False, "quiet_hours": None}
    assert answer.json()["data"]["messages"] == off, answer.text
    record = store().read([key])[key] or {}
    assert "g2p" not in record
    assert read_program(record).messages == MessagePolicy(receipts=True)
    same = {"begin": "03:00", "end": "03:00"}
    refused = change(admin, program["id"], {"messages": {"quiet_hours": same}})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["messages.quiet_hours.end"])


def test_from_the_counter_to_the_phone(
    newcomer: Callable[..., str],  # noqa: F811
    sign_in: Any,  # noqa: F811
    phone: str,
) -> None:
    """The event of an issue goes from the stream to the customer, without another call; from the queue of what could
    not be sent then it goes once, too."""
    tenant = newcomer()
    made(sign_in(tenant).post(URL, {**THREE_FIELDS, "messages": {"receipts": True}}))
    answer = till(sign_in(tenant)).post(ISSUE, {"phone": phone, "coins": 5, "idempotency_key": "bill-1"})
    assert answer.status_code == 200, answer.text
    assert texts_of(phone, 1) == ["You earned 5 coins at Lotus Sweets. Your balance is 5 coins."]


def test_what_could_not_be_done_at_once_is_done_from_the_queues(
    newcomer: Callable[..., str],  # noqa: F811
    sign_in: Any,  # noqa: F811
    phone: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PublishEvents fails with each event at first; NotifyCustomers and FlagActivity find it in their queues."""
    tried: set[tuple[str, str]] = set()

    def second_time(module: Any, name: str) -> None:
        original = getattr(module, name)

        def at_the_second_try(store: Any, event: Any, *more: Any) -> Any:
            if (name, event.id) not in tried:
                tried.add((name, event.id))
                raise ConnectionError("not now")
            return original(store, event, *more)

        monkeypatch.setattr(module, name, at_the_second_try)

    second_time(customer_events, "notify_customer")
    second_time(fraud_watch, "_watch_event")
    tenant = newcomer()
    made(sign_in(tenant).post(URL, {**THREE_FIELDS, "messages": {"receipts": True}}))
    answer = till(sign_in(tenant)).post(ISSUE, {"phone": phone, "coins": 5, "idempotency_key": "bill-1"})
    assert answer.status_code == 200, answer.text
    assert texts_of(phone, 1) == ["You earned 5 coins at Lotus Sweets. Your balance is 5 coins."]
    assert {name for name, _ in tried} == {"notify_customer", "_watch_event"}
