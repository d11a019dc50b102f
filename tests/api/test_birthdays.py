"""Birthdays: given by the customer with consent, changed once a year, and worth coins once a year.

GET, PUT /api/v1/me/birthday (read_my_birthday, save_my_birthday); the job give_campaign_coins
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batua import clock
from batua.audit.verify import verify_scope
from batua.customers import model as customers
from batua.rewards import birthdays
from batua.store import customer_keys, keys
from batua.store.store import store
from batua.store.writes import Put, Update
from tests.api.auth_fixtures import Device
from tests.api.counter import BALANCE, data
from tests.api.customers import Phone
from tests.api.gift_fixtures import DAY, ZONE, GiftShop, gift_shop, give_birthdays  # noqa: F401
from tests.api.program_fixtures import admin, change, newcomer, operator, sign_in  # noqa: F401

BIRTHDAY = {"name": "Birthday", "type": "birthday", "coins": 50, "ends_at": "2090-01-01"}


@pytest.fixture
def shop(gift_shop: Callable[..., GiftShop]) -> GiftShop:
    made = gift_shop()
    made.campaign(BIRTHDAY)
    return made


def date(day: int) -> str:
    return f"{day // 100 % 100:02d}-{day % 100:02d}"


def in_days(count: int) -> int:
    return clock.add_days(clock.local_day(clock.system(), ZONE), count)


def noon(day: int) -> int:
    return clock.day_start(day, ZONE) + DAY // 2


def say(shop: GiftShop, number: str, day: int) -> Any:
    shop.issue(number)
    said = shop.page(number)("SaveMyBirthday", {"birthday": date(day), "consent": True})
    assert said.status == 200, said.body
    return said


def test_a_birthday_brings_coins_once_a_year(shop: GiftShop, phone: str) -> None:
    day = in_days(3)
    assert say(shop, phone, day).data["coins"] == 50
    assert give_birthdays(noon(in_days(1))) == 0
    assert [give_birthdays(noon(day)) for _ in range(3)] == [1, 0, 0]
    assert shop.balance(phone) == 100
    (line,) = [row for row in data(shop.till.get("/api/v1/merchant/ledger")) if row["note"] == "birthday"]
    assert (line["type"], line["coins"]) == ("issue", 50)
    next_year = clock.day_of_year(day // 10_000 + 1, day % 10_000)
    assert give_birthdays(noon(next_year)) == 1
    assert verify_scope(store(), shop.scope).findings == []


def test_runs_side_by_side_give_once_and_a_missed_day_is_made_up_for(shop: GiftShop, phone: str) -> None:
    day = in_days(3)
    say(shop, phone, day)
    with ThreadPoolExecutor(3) as pool:
        given = list(pool.map(give_birthdays, [noon(clock.add_days(day, 2))] * 3))
    assert sum(given) == 1
    assert shop.balance(phone) == 100


def test_a_run_that_is_cut_short_is_carried_on(shop: GiftShop, phone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    day, numbers = in_days(3), [f"{phone[:5]}{(int(phone[5:]) + 4_409 * step) % 10**8:08d}" for step in range(3)]
    for number in numbers:
        say(shop, number, day)
    monkeypatch.setattr(birthdays, "_PAGE_SIZE", 1)
    left = iter([True] * 4 + [False] * 100)
    first = give_birthdays(noon(day), time_left=lambda: next(left))
    assert 0 < first < 3
    assert first + give_birthdays(noon(day)) == 3
    assert [shop.balance(number) for number in numbers] == [100] * 3


def test_who_says_it_on_the_day_waits_a_year(shop: GiftShop, phone: str) -> None:
    today = in_days(0)
    say(shop, phone, today)
    assert give_birthdays(noon(today)) == 0
    assert give_birthdays(noon(clock.day_of_year(today // 10_000 + 1, today % 10_000))) == 1


def test_a_birthday_is_changed_once_a_year_and_taken_away_at_any_time(shop: GiftShop, phone: str) -> None:
    day = in_days(3)
    say(shop, phone, day)
    page = shop.page(phone)
    assert page("ReadMyBirthday").data["birthday"] == date(day)
    other = {"birthday": date(in_days(40)), "consent": True}
    locked = page("SaveMyBirthday", other)
    assert (locked.status, locked.body["code"]) == (409, "birthday_locked")
    same = page("SaveMyBirthday", {"birthday": date(day), "consent": True})
    assert (same.status, same.data["birthday"]) == (200, date(day))
    gone = page("SaveMyBirthday", {"birthday": None})
    assert (gone.status, gone.data["birthday"]) == (200, None)
    assert give_birthdays(noon(day)) == 0
    again = page("SaveMyBirthday", other)
    assert again.status == 409, "taken away and given again is a change"
    about = keys.customer_key(shop.scope, shop.customer(phone))
    store().write(Update(about, set={"bday_at": clock.system() - 366 * DAY}))
    assert page("SaveMyBirthday", other).status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"birthday": "08-14"}, "consent"),
        ({"birthday": "02-30", "consent": True}, "birthday"),
        ({"birthday": "13-01", "consent": True}, "birthday"),
        ({"birthday": "1990-08-14", "consent": True}, "birthday"),
        ({"consent": True}, "birthday"),
    ],
)
def test_a_day_needs_consent_and_to_be_one(shop: GiftShop, phone: str, body: dict[str, Any], field: str) -> None:
    shop.issue(phone)
    answer = shop.page(phone)("SaveMyBirthday", body)
    assert answer.status == 400
    assert field in answer.body["errors"]


def test_the_29th_of_february_is_the_28th_in_other_years() -> None:
    assert birthdays.birthdays_on(20270228) == [228, 229]
    assert birthdays.birthdays_on(20280228) == [228]
    assert birthdays.birthdays_on(20280229) == [229]


def test_a_gift_counts_towards_no_cap_and_a_paused_program_gives_it_later(shop: GiftShop, phone: str) -> None:
    day = in_days(3)
    say(shop, phone, day)
    data(change(shop.admin, shop.program, {"status": "paused"}))
    assert give_birthdays(noon(day)) == 0
    data(change(shop.admin, shop.program, {"status": "active", "pending_days": 14}))
    before = _wallet(shop, phone)
    assert give_birthdays(noon(day) + 3_600_000) == 1
    after = _wallet(shop, phone)
    assert (after["earn"], after["day"]) == (before["earn"], before["day"])
    assert "pend" not in after


def quiet(shop: GiftShop, number: str, *, said: int, used: int) -> None:
    """As if the birthday had been given so many days ago, and the coins issued so many."""
    scope, customer = shop.scope, shop.customer(number)
    now, about = clock.system(), keys.customer_key(scope, customer)
    store().write(Update(about, set={"bday_at": now - said * DAY, "made": now - 500 * DAY, "name": "Asha Rao"}))
    tags = customer_keys.customer_tags_key(scope, customer, shop.tenant)
    store().write(Put(tags, {"tags": ["vip"], "by": "usr_x", "at": now - said * DAY}))
    partition = keys.wallet_partition(scope, customers.customer_wallet_id(scope, shop.program, customer))
    for row in list(store().query_all("ledger", partition, index="statement")):
        at, _, id = row["g2s"].partition("#")
        at = at if row.get("note") == "birthday" else clock.iso(now - used * DAY)
        store().write(Update(keys.Key("ledger", row["pk"], row["sk"]), set={"g2s": f"{at}#{id}"}))


def test_who_has_a_number_after_a_long_silence_does_not_see_what_the_one_before_said(
    shop: GiftShop, phone: str
) -> None:
    """The birthday, the name of an import and the merchant's tags were shown to whoever got the number."""
    day = in_days(3)
    say(shop, phone, day)
    page = shop.page(phone)
    quiet(shop, phone, said=400, used=300)
    seen = page("ReadMyBirthday").data
    assert (seen["birthday"], seen["may_change_at"]) == (None, None)
    copy = page("ExportMyData", proven=True).data
    assert (copy["birthday"], copy["name"], copy["tags"]) == (None, None, [])
    shop.issue(phone)
    assert page("ReadMyBirthday").data["birthday"] is None, "coming to the counter is no word about a birthday"
    assert give_birthdays(noon(day)) == 0, "it is not a gift for who has the number now"
    other = in_days(5)
    said = page("SaveMyBirthday", {"birthday": date(other), "consent": True})
    assert (said.status, said.data["birthday"]) == (200, date(other)), "it is not locked by another's word"
    assert page("ReadMyBirthday").data["birthday"] == date(other)
    assert give_birthdays(noon(other)) == 1


def another_phone(shop: GiftShop, one: Phone) -> Phone:
    """Signed in with the same number, which has read the same messages."""
    other = Phone(Device(shop.platform), one.number, shop.slug, read=one.read)
    other.sign_in()
    return other


def test_a_sign_in_after_a_long_silence_ends_sessions_and_codes_of_the_one_before(shop: GiftShop, phone: str) -> None:
    """A pass on the phone of who had the number before spent what the customer of now collected."""
    say(shop, phone, in_days(3))
    before = shop.page(phone)
    token = before("ReadMyQr").data["token"]
    assert shop.till.get(BALANCE, params={"qr": token}).status_code == 200
    quiet(shop, phone, said=400, used=300)
    about = keys.customer_key(shop.scope, shop.customer(phone))
    store().write(Update(about, set={"seen": clock.system() - 390 * DAY}))
    shop.issue(phone)  # at the counter: by whom, nobody can tell
    after = another_phone(shop, before)
    assert shop.till.get(BALANCE, params={"qr": token}).status_code == 404
    assert before("ReadMyProfile").status == 401
    assert after("ReadMyProfile").status == 200
    mine = after("ReadMyQr").data["token"]
    assert another_phone(shop, after)("ReadMyProfile").status == after("ReadMyProfile").status == 200
    assert shop.till.get(BALANCE, params={"qr": mine}).status_code == 200, "one silence ends them once"


def test_a_customer_who_keeps_coming_keeps_their_birthday_and_a_silent_one_gets_their_coins(
    shop: GiftShop, phone: str
) -> None:
    day = in_days(3)
    say(shop, phone, day)
    quiet(shop, phone, said=250, used=100)
    assert shop.page(phone)("ReadMyBirthday").data["birthday"] == date(day)
    quiet(shop, phone, said=250, used=240)
    assert give_birthdays(noon(day)) == 1, "nobody else has used the number"
    assert shop.page(phone)("ReadMyBirthday").data["birthday"] is None, "coins from a job are no use of the number"
    lines = shop.page(phone)("ListMyHistory").data
    assert [line["coins"] for line in lines] in ([], [50]), "nor do they lead back over the silence"


def test_an_ended_campaign_and_an_erased_customer_get_nothing(gift_shop: Callable[..., GiftShop], phone: str) -> None:
    shop = gift_shop()
    campaign, day = shop.campaign(BIRTHDAY), in_days(3)
    say(shop, phone, day)
    page = shop.page(phone)
    assert page("ExportMyData", proven=True).data["birthday"] == date(day)
    assert page("DeleteMyData", proven=True).status == 200
    about = keys.customer_key(shop.scope, shop.customer(phone))
    record = store().read([about])[about]
    assert record
    assert not {"bday", "bday_at", "g2p", "g2s"} & record.keys()
    assert give_birthdays(noon(day)) == 0
    data(shop.admin.call("DELETE", f"{shop.url}/{campaign['id']}"))
    assert give_birthdays(noon(day)) == 0


def test_a_budget_is_spent_to_the_coin(gift_shop: Callable[..., GiftShop], phone: str) -> None:
    shop = gift_shop()
    campaign, day = shop.campaign(BIRTHDAY, budget=70), in_days(3)
    numbers = [f"{phone[:5]}{(int(phone[5:]) + 4_409 * step) % 10**8:08d}" for step in range(2)]
    for number in numbers:
        say(shop, number, day)
    assert give_birthdays(noon(day)) == 1
    assert shop.left(campaign["id"]) == 20


def _wallet(shop: GiftShop, number: str) -> dict[str, Any]:
    from batua.customers.model import customer_wallet_id

    key = keys.wallet_key(shop.scope, customer_wallet_id(shop.scope, shop.program, shop.customer(number)))
    record = store().read([key])[key]
    assert record
    return dict(record)
