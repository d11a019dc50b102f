"""Tally's credit notes name the number of their sale: whichever comes first, and however often, they meet."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from batua.integrations import process
from batua.integrations.mappings import FieldMapping
from batua.ledger.errors import LedgerError
from batua.store.store import Contended, Store
from tests.fakes.settling import World, pepper, world
from tests.fakes.shops import ShopWebhook
from tests.situations.billing import GUIDS, PHONE, credit_note, numbered


@pytest.fixture(scope="module", autouse=True)
def _pepper() -> Iterator[None]:
    with pepper():
        yield


SALE = numbered("17", ALTERID="1")
ALTERED = {**SALE, "ALTERID": "2", "AMOUNT": "-2000.00"}
FIRST = credit_note("400.00", REFERENCE="17", ALTERID="3")
SECOND = credit_note("600.00", guid=GUIDS[3], REFERENCE="17", ALTERID="4")
UNDONE = {**SECOND, "ALTERID": "5", "ISCANCELLED": "Yes", "AMOUNT": ""}


def tally(there: World) -> Any:
    return there.connect("pos", mapping=FieldMapping("tally"))


def told(name: str, *vouchers: dict[str, Any]) -> ShopWebhook:
    messages = [{"VOUCHER": {"PARTYMOBILE": PHONE, **each}} for each in vouchers]
    content = {"ENVELOPE": {"BODY": {"IMPORTDATA": {"REQUESTDATA": {"TALLYMESSAGE": messages}}}}}
    return ShopWebhook("sale", name, content)


ALL = [told(f"d{n}", each) for n, each in enumerate((SALE, ALTERED, FIRST, SECOND, UNDONE))]


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_any_order_ends_with_the_coins_of_what_was_not_given_back(order: tuple[int, ...]) -> None:
    there = world()
    connection = tally(there)
    there.deliver_all(connection, [ALL[n] for n in (*order, *order[:2])])
    assert there.balance() == 96  # 120 coins of 2,000, of which 400 came back: four fifths
    assert there.findings() == []


@pytest.mark.parametrize("seed", range(12))
def test_a_sale_and_its_credit_note_at_once_meet(seed: int) -> None:
    """Conflicts, lost replies, and in the midst of one delivery another one."""
    chance, there = random.Random(seed), world()
    connection = tally(there)
    both = [told("sale", SALE), told("note", FIRST)]

    def another() -> None:
        with suppress(Contended, LedgerError):
            there.deliver(connection, chance.choice(both))

    shaky = Store(there.faulty(chance, 0.25, another), "ledger", "directory", sleep=lambda _: None)
    for webhook in chance.sample(both, 2):
        delivery = there.store_delivery(connection, webhook)
        for _ in range(60):
            with suppress(Contended, LedgerError):
                process.process_delivery(shaky, connection.id, delivery.id)
                break
        else:
            pytest.fail("it never came through")
    assert there.balance() == 30
    assert there.findings() == []


def test_a_delivery_says_what_became_of_a_sale_and_its_credit_note() -> None:
    there = world()
    done = there.deliver(tally(there), told("both", SALE, FIRST))
    assert done.status == "posted"
    assert [(each["order"], each["status"]) for each in done.results] == [(GUIDS[0], "posted"), (GUIDS[0], "posted")]
    assert [(each["kind"], each["coins"]) for each in done.posted] == [("issue", 50), ("reverse_issue", 20)]


def test_a_credit_note_without_a_sale_says_so() -> None:
    there = world()
    done = there.deliver(tally(there), told("note", FIRST))
    assert (done.status, done.reason) == ("ignored", "return_without_sale")
