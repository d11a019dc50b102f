"""Seed data: the tenants, users and keys of the local platform, some customers, and a month of history.

Deterministic: the same ids, customers and movements at every start, placed in the month before the day of the start.
Value is posted by the ledger's own path, at the time that it pretends to be. What a kept store has stays.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from local.model import Platform
from local.seeds import (
    billing,
    customers,
    events,
    exports,
    gateway,
    imports,
    integrations,
    landing,
    marketplace,
    money,
    people,
    programs,
    rewards,
    support,
    verification,
)
from local.seeds.sales import plant_report, plant_sales
from local.seeds.tenants import SeedTenants, make_tenants, store_tenants
from local.seeds.writing import local_secret


def plant(platform: Platform, base_url: str, path: Path) -> dict[str, Any]:
    """Plants what is missing and writes the credentials to a file (mode 600). Returns them."""
    # Always the same: ids come from it.
    make_secrets(platform, pepper=hashlib.sha256(b"batua on one machine").hexdigest())
    from batua import clock

    tenants = make_tenants(clock.system())
    store_tenants(tenants)
    plant_sales(tenants)
    gateway.plant(tenants.ganga, tenants.ganga_north, tenants.now)
    credentials = {
        **_credentials(tenants),
        **people.plant(tenants),
        **integrations.plant(tenants.kaveri, tenants.now),
        **events.plant(tenants.kaveri, tenants.now),
        "samples": {
            **_samples(tenants),
            **people.samples(tenants),
            **money.plant(tenants),
            **programs.plant(tenants),
            **exports.plant(tenants),
            **imports.plant(tenants),
            **rewards.plant(tenants),
            **marketplace.plant(tenants),
            **support.plant(tenants),
            **billing.plant(tenants.network, tenants.kaveri, tenants.now),
            **billing.plant_plans(tenants),
            **billing.plant_top_up(tenants),
            **verification.plant(tenants.network, tenants.now),
            **landing.plant(tenants),
        },
        "customer": customers.plant(tenants),
    }
    plant_report(tenants)
    write_credentials(path, {"url": base_url, **credentials})
    return credentials


def write_credentials(path: Path, content: dict[str, Any]) -> None:
    """Where their owner alone reads them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(file.fileno(), 0o600)
        json.dump(content, file, indent=2)
        file.write("\n")


def _fresh_environment() -> None:
    """The library reads its environment once; another platform may have been served in this process before."""
    from batua import aws, settings
    from batua.identity import secrets
    from batua.store import store

    for forget in (settings.reset_settings, aws.reset_clients, store.reset_store, secrets.reset_secrets):
        forget()


def make_secrets(platform: Platform, *, pepper: str) -> None:
    """A signing key and the pepper. A store in a file keeps what it has."""
    # Few functions may make credentials, so this secret's name is not in everyone's environment.
    os.environ.setdefault("SIGNING_SECRET", platform.resources["SigningSecret"].name)
    _fresh_environment()
    from batua.aws import client
    from batua.identity import keyring
    from batua.settings import settings

    secret = settings().verifier_secret
    if not json.loads(client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]).get("pepper"):
        content = json.dumps({"pepper": pepper, "keys": []})
        client("secretsmanager").put_secret_value(SecretId=secret, SecretString=content)
    keyring.ensure_keyring()


def _credentials(tenants: SeedTenants) -> dict[str, Any]:
    from batua.identity import api_keys

    def token(tenant: Any, mode: str) -> str:
        return api_keys.api_key_token(tenant, next(key for key in tenant.keys.values() if key.mode == mode))

    app = tenants.application
    basic = next(iter(app.keys.values()))
    username, password = api_keys.basic_pair(app, basic, local_secret("Krishna App live"))
    return {
        "tenants": {tenant.id: tenant.name for tenant in tenants.all},
        "merchant_live_key": token(tenants.kaveri, "live"),
        "merchant_test_key": token(tenants.kaveri, "test"),
        "second_merchant_live_key": token(tenants.meera, "live"),
        "second_merchant_test_key": token(tenants.meera, "test"),
        "closed_loop_live_key": token(tenants.bakery, "live"),
        "closed_loop_test_key": token(tenants.bakery, "test"),
        "other_tenant_key": token(tenants.other, "live"),
        **gateway.credentials(tenants.ganga, tenants.ganga_north),
        "rehook": {
            "username": username,
            "password": password,
            "source_id": "krishna123",
            "wallet_id": tenants.points.id,
        },
    }


def _samples(tenants: SeedTenants) -> dict[str, str]:
    """Things of the first merchant's that the sample events name."""
    from batua.customers import model as customers
    from batua.ledger.queries import coin_entries
    from batua.store import keys
    from batua.store.store import store

    owner = tenants.network.id
    scope = keys.scope("live", owner)
    entry = next(
        each
        for each in coin_entries.read_entries(coin_entries.merchant_activity(store(), scope, tenants.kaveri.id))
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
