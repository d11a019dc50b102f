"""A shop with a customers' page of its own, for the tests of coins that are given apart from bills."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from batua import clock
from batua.customers import model as customers
from batua.rewards.birthdays import give_birthday_coins
from batua.rewards.referral_rewards import reward_referrals
from batua.store import keys, referral_keys
from batua.store.store import store
from batua.store.writes import Put, Update
from local.host import LocalPlatform
from tests.acting import acting_as
from tests.api.auth_fixtures import Device
from tests.api.counter import BALANCE, data
from tests.api.customers import Phone
from tests.api.program_fixtures import THREE_FIELDS, ProgramShop, SignIn, open_program

_numbers = itertools.count()
DAY = clock.DAY_MS
ZONE = "Asia/Kolkata"


@dataclass(frozen=True)
class GiftShop(ProgramShop):
    """A merchant with a program of its own and a page for its customers."""

    tenant: str
    slug: str
    platform: LocalPlatform
    pages: dict[str, Phone] = field(default_factory=dict)

    @property
    def scope(self) -> keys.Scope:
        return keys.scope("live", self.tenant)

    def page(self, number: str) -> Phone:
        """A customer's phone, signed in."""
        if number not in self.pages:
            self.pages[number] = Phone(Device(self.platform), number, self.slug)
            self.pages[number].sign_in()
        return self.pages[number]

    def customer(self, number: str) -> str:
        return customers.customer_id_by_phone(self.scope, self.tenant, number)

    def code_of(self, number: str) -> str:
        found = self.page(number)("ReadMyReferral")
        assert found.status == 200, found.body
        return str(found.data["code"])

    def balance(self, number: str) -> Any:
        return data(self.till.get(BALANCE, params={"phone": number}))["balance"]

    def referrals(self, **query: Any) -> list[dict[str, Any]]:
        found = self.admin.get(f"/api/v1/rewards/programs/{self.program}/referrals", params=query)
        rows: list[dict[str, Any]] = data(found)
        return rows


def settle_referrals(days: float) -> int:
    """The hourly job, so many days from now."""
    with acting_as("GiveCampaignCoins"):
        return reward_referrals(store(), clock.system() + int(days * DAY))


def give_birthdays(now: int, **options: Any) -> int:
    with acting_as("GiveCampaignCoins"):
        return give_birthday_coins(store(), now, **options)


@pytest.fixture
def gift_shop(
    newcomer: Callable[..., str], sign_in: SignIn, platform: LocalPlatform
) -> Iterator[Callable[..., GiftShop]]:
    """`gift_shop()`: a shop whose rule gives 5 % of each bill. The job leaves it alone once the test is over."""

    def make(body: dict[str, Any] | None = None) -> GiftShop:
        id = newcomer()
        slug = f"lotus-{os.getpid()}-{next(_numbers)}"
        store().write(Put(keys.slug_key(slug), {"tenant": id}))
        store().write(Put(keys.profile_key(id), {"slug": slug, "legal_name": "Lotus Sweets"}))
        shop = open_program(id, sign_in, {**THREE_FIELDS, **(body or {})})
        return GiftShop(shop.admin, shop.till, shop.program, id, slug, platform)

    yield make
    forget_due()


def forget_due() -> None:
    """The job finds nothing more to do of a test that is over."""
    for partition in (referral_keys.REFERRALS_DUE_PARTITION, referral_keys.BIRTHDAY_CAMPAIGNS_PARTITION):
        for row in list(store().query_all("directory", partition, index="by_name")):
            store().write(Update(keys.Key("directory", row["pk"], row["sk"]), remove=("g2p", "g2s")))
