"""Seed data: the tenants, users and keys of the local platform, some customers, and a month of history.

Deterministic: the same ids, customers and movements at every start, placed in the month before the day of the start.
Value is posted by the ledger's own path, at the time that it pretends to be. What a kept store has stays.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import (
    people,
    seed_billing,
    seed_events,
    seed_gateway,
    seed_integrations,
    seed_money,
    seed_programs,
    seed_rewards,
    seed_support,
    seed_verification,
)
from local.model import Platform

HISTORY_DAYS = 30
DAY_MS = 86_400_000


def plant(platform: Platform, base_url: str, path: Path) -> dict[str, Any]:
    """Plants what is missing and writes the credentials to a file (mode 600). Returns them."""
    # Few functions may make credentials, so this secret's name is not in everyone's environment.
    os.environ.setdefault("SIGNING_SECRET", platform.resources["SigningSecret"].name)
    _fresh_environment()
    _make_secrets()
    from batua import clock

    town = _town(clock.system())
    _store_tenants(town)
    _history(town)
    seed_gateway.plant(town.ganga, town.ganga_north, town.now, fixed_id)
    credentials = {
        **_credentials(town),
        **people.plant(town),
        **seed_integrations.plant(town.kaveri, town.now, fixed_id),
        **seed_events.plant(town.kaveri, town.now, fixed_id),
        "samples": {
            **_samples(town),
            **people.samples(town),
            **seed_money.plant(town, fixed_id),
            **seed_programs.plant(town, fixed_id),
            **seed_rewards.plant(town, fixed_id),
            **seed_support.plant(town, fixed_id),
            **seed_billing.plant(town.network, town.kaveri, town.now, fixed_id),
            **seed_verification.plant(town.network, town.now, fixed_id),
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(file.fileno(), 0o600)
        json.dump({"url": base_url, **credentials}, file, indent=2)
        file.write("\n")
    return credentials


@dataclass(frozen=True)
class Town:
    """All that is planted."""

    now: int
    operator: Any
    network: Any
    kaveri: Any
    meera: Any
    bakery: Any
    application: Any
    points: Any
    other_network: Any
    other: Any
    ganga: Any
    ganga_north: Any
    jasmine: Any

    @property
    def tenants(self) -> tuple[Any, ...]:
        return (
            self.operator,
            self.network,
            self.kaveri,
            self.meera,
            self.bakery,
            self.application,
            self.other_network,
            self.other,
            self.ganga,
            self.ganga_north,
            self.jasmine,
        )


def fixed_id(prefix: str, name: str) -> str:
    """The id of a seed thing: always the same for its name."""
    from batua import ids

    return ids.derived_id(prefix, "seed", name)


def _town(now: int) -> Town:
    """Who lives here: the operator; a network with two merchants, one of them new; a bakery with coins of its own; an
    application; a second network, which must never see anything of the first; and a parent with a child that it funds.
    """
    from batua.identity.roles import KEY_SCOPES
    from batua.identity.tenant import KeyRecord, Tenant
    from batua.ledger.earning import EarningRule, Slab
    from batua.ledger.model import MirPolicy, Program

    zone = "Asia/Kolkata"

    def key(name: str, mode: str, kind: str = "jwt") -> KeyRecord:
        return KeyRecord(
            id=fixed_id("key", name),
            kind="basic" if kind == "basic" else "jwt",
            mode="test" if mode == "test" else "live",
            scopes=KEY_SCOPES,
            name=f"{name} ({mode})",
            created_at=now - HISTORY_DAYS * DAY_MS,
            secret_hash=hashlib.sha256(_secret(name).encode()).digest() if kind == "basic" else None,
        )

    def tenant(name: str, kind: Any, parent: Any = None, *, days: int = 200, **more: Any) -> Tenant:
        return Tenant(
            id=fixed_id("ten", name),
            kind=kind,
            name=name,
            status="active",
            parent=parent.id if parent else None,
            path=(*parent.path, parent.id) if parent else (),
            region="IN",
            time_zone=zone,
            joined_at=now - days * DAY_MS,
            requests_per_minute=60_000,
            networks=people.NETWORKS,
            **more,
        )

    def program(name: str, owner: str, kind: Any, **more: Any) -> Program:
        prefix = "waty" if kind == "application" else "prg"
        return Program(
            id=fixed_id(prefix, name), owner=fixed_id("ten", owner), name=name, kind=kind, time_zone=zone, **more
        )

    def keys(name: str, *others: str) -> dict[str, KeyRecord]:
        pair = (key(f"{name} live", "live"), key(f"{name} test", "test"))
        return {each.id: each for each in (*pair, *(key(f"{name} {other}", "live") for other in others))}

    five_percent = EarningRule(fixed_id("rule", "five percent"), "percentage", basis_points=500, name="5% back")
    festival = EarningRule(
        fixed_id("rule", "festival"),
        "slab",
        name="Big bills",
        slabs=(Slab(2_000_00, 120), Slab(5_000_00, 350)),
        cap_per_day=1_000,
    )
    flat = EarningRule(fixed_id("rule", "flat"), "flat", coins=10, minimum_bill=100_00, name="Ten a visit")
    sitara = program("Sitara Coins", "Sitara Network", "network", mir=MirPolicy(), rules=(five_percent,))
    himal = program("Himal Coins", "Himal Network", "network", mir=MirPolicy(), rules=(five_percent,))
    crumbs = program("Crumbs", "Anand Bakery", "closed", rules=(flat,), expiry_months=6)
    points = program(
        "Krishna points", "Krishna App", "application", singular="point", plural="points", expiry_months=None
    )
    operator = tenant("Batua", "operator", days=400)
    shared = key("Sitara Network test", "test")
    network = tenant("Sitara Network", "parent", operator, days=365, program=sitara, keys={shared.id: shared})
    other_network = tenant("Himal Network", "parent", operator, days=365, program=himal)
    ganga = tenant("Ganga Logistics", "parent", operator, keys=keys("Ganga Logistics", "app"))
    basic = key("Krishna App live", "live", "basic")
    return Town(
        now=now,
        operator=operator,
        network=network,
        kaveri=tenant(
            "Kaveri Stores",
            "merchant",
            network,
            program=sitara,
            rules=(five_percent, festival),
            rules_version=1,
            keys=keys("Kaveri Stores"),
        ),
        meera=tenant("Meera Textiles", "merchant", network, days=10, program=sitara, keys=keys("Meera Textiles")),
        bakery=tenant("Anand Bakery", "merchant", operator, program=crumbs, keys=keys("Anand Bakery")),
        application=tenant("Krishna App", "application", operator, keys={basic.id: basic}),
        points=points,
        other_network=other_network,
        other=tenant("Himal Outfitters", "merchant", other_network, program=himal, keys=keys("Himal Outfitters")),
        ganga=ganga,
        ganga_north=tenant("Ganga North", "merchant", ganga, keys=keys("Ganga North", "app")),
        jasmine=tenant("Jasmine Sweets", "merchant", operator, days=2),
    )


def _fresh_environment() -> None:
    """The library reads its environment once; another platform may have been served in this process before."""
    from batua import aws, settings
    from batua.identity import secrets
    from batua.store import store

    for forget in (settings.reset_settings, aws.reset_clients, store.reset_store, secrets.reset_secrets):
        forget()


def _make_secrets() -> None:
    """A signing key, and a pepper that is always the same: ids come from it. A store in a file keeps what it has."""
    from batua.aws import client
    from batua.identity import keyring
    from batua.settings import settings

    secret = settings().verifier_secret
    if not json.loads(client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]).get("pepper"):
        content = json.dumps({"pepper": hashlib.sha256(b"batua on one machine").hexdigest(), "keys": []})
        client("secretsmanager").put_secret_value(SecretId=secret, SecretString=content)
    keyring.ensure_keyring()


def _store_tenants(town: Town) -> None:
    """Puts tenants and programs that are not there; what someone has changed since stays."""
    from batua.identity.tenant import program_item
    from batua.store import keys
    from batua.store.writes import ABSENT, Put

    people.plant_operator(town.operator)
    people.plant_receiver_account(town)
    for tenant in town.tenants:
        people.plant_tenant(tenant, approver=fixed_id("usr", "operator"))
    programs = [town.network.program, town.bakery.program, town.other_network.program, town.points]
    people.write_missing(
        Put(keys.program_key(program.owner, program.id), program_item(program), when=ABSENT) for program in programs
    )


def _history(town: Town) -> None:
    """A month of sales, each under a reference of its own: planted again, they are replays that change nothing."""
    from batua.customers import model as customers

    dice = random.Random(2026)  # noqa: S311 - the same sales every time
    shops = [(town.kaveri, 60), (town.meera, 20), (town.bakery, 20), (town.other, 15)]
    for shop, sales in shops:
        phones = [f"+9198{dice.randrange(10**8):08d}" for _ in range(12)]
        days = min(HISTORY_DAYS, (town.now - shop.joined_at) // DAY_MS)
        times = sorted(town.now - dice.randrange(3_600_000, days * DAY_MS) for _ in range(sales))
        for number, at in enumerate(times):
            phone = dice.choice(phones)
            redeems = number > 6 and dice.random() < 0.3
            _sale(
                shop, phone, at, f"SEED-{shop.name[:3].upper()}-{number:04d}", dice.randrange(120, 4_000) * 100, redeems
            )
    scope = f"L#{town.application.id}"
    customer = customers.customer_id_by_source(scope, town.application.id, "krishna123")
    _points(town, scope, customer)


def _sale(shop: Any, phone: str, at: int, reference: str, bill: int, redeems: bool) -> None:
    from batua.customers import model as customers
    from batua.ledger.decisions import customer_coins
    from batua.ledger.errors import PostingRefused
    from batua.ledger.model import Wallet
    from batua.ledger.posting.customer_coins import PostingService
    from batua.ledger.posting.request import PostingRequest, PostingState, on_first_entry
    from batua.ledger.records.customer_coins import Origin, read_wallet
    from batua.store import keys
    from batua.store.store import store

    program, scope = shop.program, keys.scope("live", shop.program.owner)
    customer = customers.customer_id_by_phone(scope, program.owner, phone)
    key = keys.wallet_key(scope, customers.customer_wallet_id(scope, program.id, customer))
    record = store().read([key])[key]
    wallet = read_wallet(record) if record else Wallet(key.pk.rpartition("#")[2], customer)
    merchant = customer_coins.Merchant(shop.id, shop.joined_at, shop.rules)
    desk = PostingService(store(), program, shop.shards)
    newcomer = customers.Customer(customer, at, phone=phone)
    desk.extra_writes = on_first_entry(customers.customer_put(scope, newcomer, by=shop.id))
    live = next(each for each in shop.keys.values() if each.mode == "live")
    coins = min(wallet.available, bill // 100 // 2, 40) if redeems else 0
    operation = "redeem" if coins else "issue"
    order = PostingRequest(
        operation=operation,
        mode="live",
        scope=scope,
        source=Origin(live.id, "192.0.2.10", shop.id, reference),
        key=f"reference:{reference}",
        content={"seed": reference},
    )

    def decision(state: Any) -> Any:
        if coins:
            return customer_coins.decide_redemption(
                state.wallet, program, merchant, at, coins=coins, bill=bill, shard=state.shard, shards=state.shards
            )
        return customer_coins.decide_issue(
            state.wallet, program, merchant, at, coins=None, bill=bill, shard=state.shard
        )

    try:
        desk.post(order, PostingState(wallet, at), decision)
    except PostingRefused:
        return  # a refusal is history as well


def _points(town: Town, scope: str, customer: str) -> None:
    """The application's customer `krishna123`, with 40 points to begin with."""
    from batua.customers import model as customers
    from batua.ledger.decisions import customer_coins
    from batua.ledger.model import Wallet
    from batua.ledger.posting.customer_coins import PostingService
    from batua.ledger.posting.request import PostingRequest, PostingState, on_first_entry
    from batua.ledger.records.customer_coins import Origin
    from batua.store.store import store

    app, at = town.application, town.now - 7 * DAY_MS
    known = customers.Customer(customer, at, source_id="krishna123")
    desk = PostingService(store(), town.points)
    desk.extra_writes = on_first_entry(customers.customer_put(scope, known, by=app.id))
    order = PostingRequest(
        operation="points",
        mode="live",
        scope=scope,
        source=Origin(next(iter(app.keys)), "192.0.2.20", app.id, None, "Welcome points"),
        key="seed-welcome",
        content={},
    )
    wallet = Wallet(customers.customer_wallet_id(scope, town.points.id, customer), customer)
    merchant = customer_coins.Merchant(app.id, app.joined_at)
    desk.post(
        order,
        PostingState(wallet, at),
        lambda state: customer_coins.decide_issue(state.wallet, town.points, merchant, at, coins=40, bill=None),
    )


def _credentials(town: Town) -> dict[str, Any]:
    from batua.identity import api_keys

    def token(tenant: Any, mode: str) -> str:
        return api_keys.api_key_token(tenant, next(key for key in tenant.keys.values() if key.mode == mode))

    app = town.application
    basic = next(iter(app.keys.values()))
    username, password = api_keys.basic_pair(app, basic, _secret("Krishna App live"))
    return {
        "merchant_live_key": token(town.kaveri, "live"),
        "merchant_test_key": token(town.kaveri, "test"),
        "second_merchant_live_key": token(town.meera, "live"),
        "second_merchant_test_key": token(town.meera, "test"),
        "closed_loop_live_key": token(town.bakery, "live"),
        "closed_loop_test_key": token(town.bakery, "test"),
        "other_tenant_key": token(town.other, "live"),
        **seed_gateway.credentials(town.ganga, town.ganga_north, fixed_id),
        "rehook": {
            "username": username,
            "password": password,
            "source_id": "krishna123",
            "wallet_id": town.points.id,
        },
    }


def _samples(town: Town) -> dict[str, str]:
    """Things of the first merchant's that the sample events name."""
    from batua.customers import model as customers
    from batua.ledger.queries import coin_entries
    from batua.store import keys
    from batua.store.store import store

    owner = town.network.id
    scope = keys.scope("live", owner)
    entry = next(
        each
        for each in coin_entries.read_entries(coin_entries.merchant_activity(store(), scope, town.kaveri.id))
        if each.kind == "issue"
    )
    record = store().read([keys.customer_key(scope, entry.customer)])[keys.customer_key(scope, entry.customer)]
    phone = customers.read_customer(record or {}).phone or ""
    return {
        "phone": phone,
        "phone_encoded": phone.replace("+", "%2B"),
        "customer_id": entry.customer,
        "wallet_id": entry.wallet,
        "transaction_id": entry.id,
        "qr": customers.qr_token(scope, owner, entry.customer, 1),
    }


def _secret(name: str) -> str:
    return hashlib.sha256(f"local secret of {name}".encode()).hexdigest()
