"""Which tenants and programs are seeded, and how they are stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from local.seeds import people
from local.seeds.writing import DAY_MS, fixed_id, local_secret, write_missing

HISTORY_DAYS = 30


@dataclass(frozen=True)
class SeedTenants:
    """The seeded tenants, and the instant (epoch milliseconds) that their history ends at."""

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
    def all(self) -> tuple[Any, ...]:
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


def make_tenants(now: int) -> SeedTenants:
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
            secret_hash=hashlib.sha256(local_secret(name).encode()).digest() if kind == "basic" else None,
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
    return SeedTenants(
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


def store_tenants(tenants: SeedTenants) -> None:
    """Puts tenants and programs that are not there; what someone has changed since stays."""
    from batua.rewards.program import ProgramRecord, program_record_item
    from batua.store import keys
    from batua.store.writes import ABSENT, Put

    people.plant_operator(tenants.operator)
    people.plant_receiver_account(tenants)
    for tenant in tenants.all:
        people.plant_tenant(tenant, approver=fixed_id("usr", "operator"))
    programs = [tenants.network.program, tenants.bakery.program, tenants.other_network.program, tenants.points]
    at = tenants.now - HISTORY_DAYS * DAY_MS
    write_missing(
        Put(
            keys.program_key(program.owner, program.id),
            program_record_item(ProgramRecord(program, updated_at=at, status_at=at)),
            when=ABSENT,
        )
        for program in programs
    )
