"""People of the seeded tenants, signed in, for the tests of tenants' own wallets."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

import pytest

from local.host import LocalPlatform
from local.seeds.writing import fixed_id
from tests.api.auth_fixtures import Device, Person, lasting, proof_of
from tests.api.conftest import Client

PEOPLE: Final = {
    "operator": ("Batua", "super_admin"),
    "staff": ("Batua", "staff"),
    "tenant_admin": ("Sitara Network", "tenant_admin"),
    "viewer": ("Sitara Network", "viewer"),
    "merchant_tenant_admin": ("Kaveri Stores", "tenant_admin"),
    "merchant_admin": ("Kaveri Stores", "merchant_admin"),
    "cashier": ("Kaveri Stores", "cashier"),
    "other_tenant_admin": ("Himal Network", "tenant_admin"),
}
"""Who -> tenant and role."""

_numbers = itertools.count()
SignIn = Callable[[str], "SignedIn"]


@dataclass(frozen=True)
class SignedIn(Client):
    """Somebody's client, and the tenant whose they are."""

    tenant: str = ""

    def rupees(self) -> dict[str, Any]:
        """The tenant's wallet in rupees."""
        wallets = self.get("/api/v1/wallets?limit=100").json()["data"]
        (wallet,) = [one for one in wallets if one["asset"] == "INR" and one["customer"] is None]
        found: dict[str, Any] = wallet
        return found

    def funded(self, amount: str = "1000.00") -> str:
        """The tenant's wallet in rupees, with so much more in it."""
        fund(self.tenant, "live", amount)
        return str(self.rupees()["wallet_id"])


def fund(tenant: str, mode: Literal["live", "test"], rupees: str) -> None:
    """Puts money into a tenant's rupee wallet as a settled prefund does."""
    from batua import clock
    from batua.ledger.decisions import tenant_money
    from batua.ledger.model import Origin
    from batua.ledger.posting.tenant_money import TenantLedger, funds_request
    from batua.store.store import store

    wallet, now, paise = tenant_money.tenant_wallet(mode, tenant), clock.system(), int(Decimal(rupees) * 100)
    request = funds_request("tests.fund", mode, tenant, Origin("tests", "::1", tenant), name("fund"), {})
    TenantLedger(store(), "Asia/Kolkata", now).post(
        request, lambda known: tenant_money.decide_credit(known, wallet, paise, now)
    )


def name(what: str) -> str:
    """A reference that nobody has used."""
    return f"{what}-{os.getpid()}-{next(_numbers)}"


@pytest.fixture(scope="package")
def signed_in(platform: LocalPlatform, person_hash: str) -> SignIn:
    """`signed_in("tenant_admin")`: one of `PEOPLE`, the same all along."""
    from batua import clock
    from batua.identity import users
    from batua.store.store import store

    known: dict[str, SignedIn] = {}

    def client(who: str) -> SignedIn:
        if who not in known:
            tenant_name, role = PEOPLE[who]
            tenant = fixed_id("ten", tenant_name)
            email = f"{who}.{os.getpid()}.{next(_numbers)}@example.com"
            user = users.new_user(tenant, email, "Asha Rao", (role,), clock.system())
            users.create_user(store(), user, person_hash)
            token = lasting(Person(Device(platform), user.id, tenant, email).token())
            proven = {"Authorization": f"Bearer {token}", "X-Reauthentication": proof_of(token)}
            known[who] = SignedIn(platform.url, proven, tenant=tenant)
        return known[who]

    return client


@pytest.fixture(scope="package")
def admin(signed_in: SignIn) -> SignedIn:
    """The administrator of a network."""
    return signed_in("tenant_admin")
