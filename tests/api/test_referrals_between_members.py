"""Referrals from one merchant of a network to another, where one of the two is suspended.

The job give_campaign_coins, name_my_referrer, issue_coins
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from batua.store import keys
from batua.store.store import store
from batua.store.writes import Put, Update
from local.host import LocalPlatform
from tests.api.auth_fixtures import Device
from tests.api.conftest import Client
from tests.api.counter import BALANCE, ISSUE, data
from tests.api.customers import Phone
from tests.api.gift_fixtures import forget_due, settle_referrals
from tests.api.member_fixtures import *  # noqa: F403 - fixtures
from tests.api.member_fixtures import URL, made
from tests.api.program_fixtures import till

CAMPAIGN = {
    "name": "Bring a friend",
    "type": "referral",
    "coins": 40,
    "referrer_coins": 60,
    "wait_days": 7,
    "ends_at": "2090-01-01",
}
_numbers = itertools.count()


@dataclass(frozen=True)
class Member:
    tenant: str
    till: Client
    slug: str

    def issue(self, number: str, bill: int, **more: Any) -> Any:
        return self.till.post(ISSUE, {"phone": number, "bill_amount": bill, **more})

    def balance(self, number: str) -> Any:
        return data(self.till.get(BALANCE, params={"phone": number}))["balance"]


@dataclass(frozen=True)
class Pair:
    """A referrer of the one merchant; whose friend has the first bill at the other."""

    home: Member
    other: Member
    code: str
    referrer: str
    friend: str
    operator: Client
    network: str

    def outcome(self) -> tuple[str, str | None, str | None]:
        (row,) = data(self.operator.get(f"{URL}/{self.network}/referrals"))
        return row["status"], row["referrer"]["outcome"], row["friend"]["outcome"]


@pytest.fixture
def pair(join: Any, network: str, operator: Client, platform: LocalPlatform, phone: str) -> Iterator[Pair]:
    found = []
    for _ in range(2):
        id, admin = join(network)
        slug = f"champa-{os.getpid()}-{next(_numbers)}"
        store().write(Put(keys.slug_key(slug), {"tenant": id}))
        store().write(Put(keys.profile_key(id), {"slug": slug, "legal_name": "Lotus Sweets"}))
        found.append((id, admin, slug))
    made(operator.post(f"{URL}/{network}/campaigns", CAMPAIGN))
    home, other = (Member(id, till(admin), slug) for id, admin, slug in found)
    home.issue(phone, 1000)
    page = Phone(Device(platform), phone, home.slug)
    page.sign_in()
    code = str(page("ReadMyReferral").data["code"])
    friend = f"{phone[:5]}{(int(phone[5:]) + 4_409) % 10**8:08d}"
    yield Pair(home, other, code, phone, friend, operator, network)
    forget_due()


@pytest.fixture
def become() -> Iterator[Callable[[Member, str], None]]:
    """`become(member, "suspended")`; after the test everybody is active."""
    changed: list[Member] = []

    def change(member: Member, status: str) -> None:
        changed.append(member)
        store().write(Update(keys.tenant_key(member.tenant), set={"status": status}))

    yield change
    for member in tuple(changed):
        change(member, "active")


def test_the_merchant_of_the_bill_gives_while_the_referrers_own_is_suspended(pair: Pair, become: Any) -> None:
    assert pair.other.issue(pair.friend, 1000, referral_code=pair.code).status_code == 200
    become(pair.home, "suspended")
    assert settle_referrals(9) == 1
    assert pair.outcome() == ("rewarded", "given", "given")
    assert (pair.other.balance(pair.referrer), pair.other.balance(pair.friend)) == (110, 90)


def test_a_suspended_merchant_neither_issues_nor_gives(pair: Pair, become: Any) -> None:
    assert pair.other.issue(pair.friend, 1000, referral_code=pair.code).status_code == 200
    become(pair.other, "suspended")
    refused = pair.other.issue(pair.referrer, 1000)
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    assert [settle_referrals(days) for days in (9, 10.5)] == [0, 0]
    assert pair.outcome() == ("decided", None, None)
    # A later bill at the other merchant changes nothing about whose the referral is.
    assert pair.home.issue(pair.friend, 1000).status_code == 200
    assert settle_referrals(12) == 0
    assert (pair.home.balance(pair.referrer), pair.home.balance(pair.friend)) == (50, 100)
    become(pair.other, "active")
    assert settle_referrals(14) == 1
    assert pair.outcome() == ("rewarded", "given", "given")
    assert settle_referrals(15) == 0
    assert (pair.home.balance(pair.referrer), pair.home.balance(pair.friend)) == (110, 140)


def test_on_the_page_of_a_suspended_merchant_no_code_is_named(pair: Pair, become: Any, platform: LocalPlatform) -> None:
    assert pair.other.issue(pair.friend, 1000).status_code == 200
    page = Phone(Device(platform), pair.friend, pair.other.slug)
    page.sign_in()
    become(pair.other, "suspended")
    refused = page("NameMyReferrer", {"referral_code": pair.code}, proven=True)
    assert refused.status in (401, 403, 404), refused.body
    assert settle_referrals(9) == 0
    assert data(pair.operator.get(f"{URL}/{pair.network}/referrals")) == []
    # On the page of the other merchant of the same network the customer may: the code is the network's.
    elsewhere = Phone(Device(platform), pair.friend, pair.home.slug, read=page.read)
    elsewhere.sign_in()
    assert elsewhere("NameMyReferrer", {"referral_code": pair.code}).status == 201
