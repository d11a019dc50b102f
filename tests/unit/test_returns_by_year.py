"""Bill numbers begin again each year, and a return does not tell the year of its sale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batua.integrations.dates import parse_date, sale_numbers_of_return
from batua.integrations.mappings import FieldMapping
from tests.fakes.settling import World, pepper, world
from tests.fakes.shops import ShopWebhook

ASHA, VIKRAM = "+919876500041", "+919876500042"


@pytest.fixture(scope="module", autouse=True)
def _pepper() -> Iterator[None]:
    with pepper():
        yield


class Till:
    """A connection to a billing system that writes each bill as JSON."""

    def __init__(self) -> None:
        self.there: World = world()
        self.connection = self.there.connect("pos", mapping=FieldMapping("generic"))
        self.sent = 0

    def send(self, number: str, phone: str | None, date: str | None, **more: Any) -> Any:
        self.sent += 1
        bill = {"bill_no": number, "amount": "1000", "phone": phone, "date": date, **more}
        content = {name: value for name, value in bill.items() if value is not None}
        return self.there.deliver(self.connection, ShopWebhook("sale", f"d{self.sent}", content))

    def credit(self, sale: str, phone: str | None, date: str | None, number: str = "CN-5") -> Any:
        return self.send(number, phone, date, kind="credit note", refund_of=sale)

    def coins(self) -> tuple[int, int]:
        assert self.there.findings() == []
        return self.there.balance(ASHA), self.there.balance(VIKRAM)


@pytest.fixture
def till() -> Till:
    return Till()


def test_a_credit_note_of_april_takes_back_the_customers_own_sale_of_march(till: Till) -> None:
    till.send("17", ASHA, "2026-03-30")
    till.send("17", VIKRAM, "2026-04-01")
    assert till.coins() == (50, 50)
    done = till.credit("17", ASHA, "2026-04-02")
    assert [each["order"] for each in done.results or done.posted] == ["17 (2025-26)"]
    assert till.coins() == (0, 50)
    till.credit("17", ASHA, "2026-04-02")
    assert till.coins() == (0, 50)


def test_a_number_that_only_last_year_has_is_last_years(till: Till) -> None:
    till.send("17", ASHA, "2026-03-30")
    till.credit("17", None, "2026-04-02")
    till.send("17", VIKRAM, "2026-04-10")
    assert till.coins() == (0, 50), "the other customer's bill of the new year is not touched"


def test_a_return_stays_with_the_sale_that_it_was_counted_against(till: Till) -> None:
    """Also where it comes again after the other year's sale."""
    till.send("17", ASHA, "2026-03-30")
    till.credit("17", VIKRAM, "2026-04-02")
    till.send("17", VIKRAM, "2026-04-10")
    till.credit("17", VIKRAM, "2026-04-02")
    assert till.coins() == (0, 50)


def test_a_return_of_an_unknown_sale_takes_nothing_from_a_later_sale_under_its_number(till: Till) -> None:
    """A shop that connects in April has returns of sales that were never sent."""
    assert till.credit("17", ASHA, "2026-04-02").reason == "return_without_sale"
    till.send("17", VIKRAM, "2026-04-10")
    assert till.coins() == (0, 50)
    till.credit("17", ASHA, "2026-04-02")
    till.credit("17", VIKRAM, "2026-04-12", number="CN-6")
    assert till.coins() == (0, 0), "its own return"


def test_a_return_may_come_before_its_sale(till: Till) -> None:
    till.credit("17", ASHA, "2026-04-02")
    till.send("17", ASHA, "2026-04-02")
    assert till.coins() == (0, 0)
    till.send("17", ASHA, "2026-04-02")
    assert till.coins() == (0, 0)


@pytest.mark.parametrize(("sold", "returned"), [("2026-11-20", None), (None, "2026-11-20"), (None, None)])
def test_a_sale_and_its_return_meet_where_one_has_no_date(till: Till, sold: str | None, returned: str | None) -> None:
    till.send("R-1", ASHA, sold)
    done = till.credit("R-1", ASHA, returned)
    assert done.status == "posted"
    assert till.coins() == (0, 0)


def test_a_return_may_say_the_year_of_its_sale(till: Till) -> None:
    till.send("17", ASHA, "2026-03-30")
    till.send("17", ASHA, "2026-04-01")
    done = till.credit("17 (2025-26)", ASHA, "2026-04-02")
    assert done.posted[0]["order"] == "17 (2025-26)"
    assert till.coins() == (50, 0)


def test_the_likeliest_sale_is_of_the_returns_own_year_then_of_the_year_before() -> None:
    day, received = parse_date("2026-04-02", "the date"), parse_date("2026-11-30", "the date")
    numbers = sale_numbers_of_return
    assert numbers("17", day, "financial_year", received) == ("17 (2026-27)", "17 (2025-26)", "17")
    assert numbers("17", day, "calendar_year", received) == ("17 (2026)", "17 (2025)", "17")
    assert numbers("17", None, "financial_year", received) == ("17", "17 (2026-27)", "17 (2025-26)")
    assert numbers("17", day, "continuous", received) == ("17",)
    assert numbers("8c2f6f3e-0d42-4f5e-9a57", day, "financial_year", received) == ("8c2f6f3e-0d42-4f5e-9a57",)
