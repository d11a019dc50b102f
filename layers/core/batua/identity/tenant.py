"""The tenant item: a merchant's desk.

One strongly consistent read tells all that a request at the counter must know of its tenant: whether it may act (its
ancestors' status included), its credentials, its earning rules and the settings of its program. What it repeats of
other items (`program`, `stopped_by`) is written together with them; see docs/decisions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ..ledger.campaigns import FACTOR_UNIT, Campaign
from ..ledger.earning import EarningRule, Slab
from ..ledger.model import MessagePolicy, MirPolicy, Program
from ..ledger.posting.shard_scaling import ShardScaling
from ..store.keys import Mode, children_partition
from ..store.store import Record

if TYPE_CHECKING:
    from ..ledger.tiers import TierPolicy

TenantKind = Literal["operator", "parent", "merchant", "application"]


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An API key as the tenant item keeps it: enough to admit or refuse a request. The secret itself is nowhere.

    The tenant item holds the keys in force; what else is known of a key, and of those gone, is in `keys.api_key`.
    """

    id: str
    kind: Literal["jwt", "basic"]
    mode: Mode
    scopes: frozenset[str]
    name: str
    created_at: int
    status: Literal["active", "revoked"] = "active"
    expires_at: int | None = None
    secret_hash: bytes | None = None

    def in_force(self, now: int) -> bool:
        return self.status == "active" and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Tenant:
    id: str
    kind: TenantKind
    name: str
    status: Literal["active", "suspended", "closed"]
    parent: str | None
    path: tuple[str, ...]
    """Its ancestors, the operator first."""
    region: str
    """Country assumed for phone numbers without one."""
    time_zone: str
    joined_at: int
    stopped_by: str | None = None
    """The ancestor whose suspension stops this tenant too."""
    program: Program | None = None
    rules: tuple[EarningRule, ...] = ()
    rules_version: int = 0
    keys: Mapping[str, KeyRecord] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    """From where its live keys are taken (CIDR), as a super admin approved them. None: from nowhere."""
    origins: tuple[str, ...] = ()
    """Of its own sites, whose pages may call the API from a browser."""
    admin_mfa: bool = False
    """Whether its administrators must have a second factor."""
    shards: int = 1
    """The number of shards of its month; postings adjust it, see `ledger/posting/shard_scaling`."""
    least_shards: int = 1
    scaled_at: int = 0
    requests_per_minute: int = 12_000
    version: int = 1
    member_of: str | None = None
    """The network's program that it joined by accepting an invitation."""
    member_since: int = 0

    @property
    def program_since(self) -> int:
        """Since when it takes part in its program, from which a new merchant's ratio counts."""
        return self.member_since or self.joined_at

    @property
    def active(self) -> bool:
        return self.status == "active" and self.stopped_by is None

    @property
    def scaling(self) -> ShardScaling:
        return ShardScaling(self.shards, self.least_shards, self.scaled_at)


def tenant_item(tenant: Tenant) -> dict[str, Any]:
    return {
        "kind": tenant.kind,
        "name": tenant.name,
        "status": tenant.status,
        "stopped_by": tenant.stopped_by,
        "parent": tenant.parent,
        "path": list(tenant.path),
        "region": tenant.region,
        "zone": tenant.time_zone,
        "joined": tenant.joined_at,
        "program": program_item(tenant.program) if tenant.program else None,
        "rules": [rule_item(rule) for rule in tenant.rules],
        "rules_version": tenant.rules_version,
        "keys": keys_item(tenant.keys),
        "nets": list(tenant.networks) or None,
        "amfa": tenant.admin_mfa or None,
        "origins": list(tenant.origins) or None,
        "shards": tenant.shards,
        "shards_least": tenant.least_shards if tenant.least_shards > 1 else None,
        "spread_at": tenant.scaled_at or None,
        "rpm": tenant.requests_per_minute,
        "version": tenant.version,
        "member": [tenant.member_of, tenant.member_since] if tenant.member_of else None,
        "g1p": children_partition(tenant.parent) if tenant.parent else None,
        "g1s": tenant.id if tenant.parent else None,
    }


def read_tenant(record: Record) -> Tenant:
    return Tenant(
        id=record["pk"].rpartition("#")[2],
        kind=record["kind"],
        name=record["name"],
        status=record["status"],
        stopped_by=record.get("stopped_by"),
        parent=record.get("parent"),
        path=tuple(record["path"]),
        region=record["region"],
        time_zone=record["zone"],
        joined_at=record["joined"],
        program=read_program(record["program"]) if record.get("program") else None,
        rules=tuple(map(read_rule, record["rules"])),
        rules_version=record["rules_version"],
        keys={id: _read_key(id, key) for id, key in record["keys"].items()},
        networks=tuple(record.get("nets", ())),
        admin_mfa=record.get("amfa", False),
        origins=tuple(record.get("origins", ())),
        shards=record["shards"],
        least_shards=record.get("shards_least", 1),
        scaled_at=record.get("spread_at", 0),
        requests_per_minute=record["rpm"],
        version=record["version"],
        member_of=(record.get("member") or [None])[0],
        member_since=(record.get("member") or [None, 0])[1],
    )


def program_item(program: Program) -> dict[str, Any]:
    """A program, as its own item holds it and as its merchants' tenant items repeat it."""
    mir = program.mir
    return {
        "id": program.id,
        "owner": program.owner,
        "name": program.name,
        "kind": program.kind,
        "zone": program.time_zone,
        "scale": program.scale,
        "value": program.coin_value,
        "expiry": program.expiry_months,
        "mir": [mir.ratio, mir.new_ratio, mir.new_days, *([mir.floor] if mir.floor else [])] if mir else None,
        "rules": [rule_item(rule) for rule in program.rules],
        "reversal": program.reversal,
        "funding": program.funding if program.funding != "none" else None,
        "singular": program.singular,
        "plural": program.plural,
        "currency": program.currency,
        "created": program.created_at,
        "status": program.status if program.status != "active" else None,
        "starts": program.starts_at or None,
        "ends": program.ends_at,
        "ver": program.version if program.version > 1 else None,
        "camps": [campaign_item(campaign) for campaign in program.campaigns] or None,
        "msgs": list(astuple(program.messages)) if program.messages != MessagePolicy() else None,
        "tiers": _tiers_item(program.tiers) if program.tiers else None,
        "carry": program.carry_remainders or None,
        "pend": program.pending_days or None,
    }


def _tiers_item(policy: TierPolicy) -> list[Any]:
    tiers = [[tier.id, tier.name, tier.earned, tier.factor] for tier in policy.tiers]
    return [tiers, policy.period, policy.months, policy.starts_in, policy.grace, policy.version]


def read_program(record: Mapping[str, Any]) -> Program:
    mir = record.get("mir")
    return Program(
        id=record["id"],
        owner=record["owner"],
        name=record["name"],
        kind=record["kind"],
        time_zone=record["zone"],
        scale=record["scale"],
        coin_value=record["value"],
        expiry_months=record.get("expiry"),
        mir=MirPolicy(*mir) if mir else None,
        rules=tuple(map(read_rule, record["rules"])),
        reversal=record["reversal"],
        funding=record.get("funding", "none"),
        singular=record["singular"],
        plural=record["plural"],
        currency=record["currency"],
        created_at=record["created"],
        status=record.get("status") or "active",
        starts_at=record.get("starts") or 0,
        ends_at=record.get("ends"),
        version=record.get("ver") or 1,
        campaigns=tuple(map(read_campaign, record.get("camps") or ())),
        messages=MessagePolicy(*(record.get("msgs") or ())),
        tiers=_read_tiers(record["tiers"]) if record.get("tiers") else None,
        carry_remainders=bool(record.get("carry")),
        pending_days=record.get("pend") or 0,
    )


def _read_tiers(stored: Sequence[Any]) -> TierPolicy:
    from ..ledger.tiers import LoyaltyTier, TierPolicy  # most programs have none

    tiers, *terms = stored
    return TierPolicy(tuple(LoyaltyTier(*tier) for tier in tiers), *terms)


def read_tier_benefits(program_record: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """What each tier gives beside coins, by its id. Only the program's own item has it."""
    return {id: tuple(benefits) for id, benefits in (program_record.get("benefits") or {}).items()}


def campaign_item(campaign: Campaign) -> dict[str, Any]:
    """A campaign without what it does not use, as the tenant item has to stay small."""
    item = {
        "id": campaign.id,
        "kind": campaign.kind,
        "from": campaign.starts_at,
        "to": campaign.ends_at,
        "ver": campaign.version,
        "name": campaign.name or None,
        "factor": campaign.factor if campaign.kind == "multiplier" else None,
        "coins": campaign.coins or None,
        "days": list(campaign.weekdays) or None,
        "hours": [campaign.from_minute, campaign.until_minute],
        "min": campaign.minimum_bill or None,
        "max": campaign.maximum_bill,
        "mer": list(campaign.merchants) or None,
        "first": campaign.first_purchase or None,
        "back": campaign.win_back_days or None,
        "lim": campaign.limited or None,
        "year": campaign.anniversary_days or None,
        "items": [list(campaign.skus), list(campaign.categories), list(campaign.brands)]
        if campaign.for_items
        else None,
        "refer": [campaign.referrer_coins, campaign.wait_days, campaign.per_referrer]
        if campaign.kind == "referral"
        else None,
    }
    return {name: value for name, value in item.items() if value is not None}


def read_campaign(record: Mapping[str, Any]) -> Campaign:
    items, refer = record.get("items", ((), (), ())), record.get("refer", (0, 0, None))
    return Campaign(
        id=record["id"],
        kind=record["kind"],
        starts_at=record["from"],
        ends_at=record["to"],
        version=record["ver"],
        name=record.get("name", ""),
        factor=record.get("factor", FACTOR_UNIT),
        coins=record.get("coins", 0),
        weekdays=tuple(record.get("days", ())),
        from_minute=record["hours"][0],
        until_minute=record["hours"][1],
        minimum_bill=record.get("min", 0),
        maximum_bill=record.get("max"),
        merchants=tuple(record.get("mer", ())),
        first_purchase=record.get("first", False),
        win_back_days=record.get("back", 0),
        limited=record.get("lim", False),
        anniversary_days=record.get("year", 0),
        skus=tuple(items[0]),
        categories=tuple(items[1]),
        brands=tuple(items[2]),
        referrer_coins=refer[0],
        wait_days=refer[1],
        per_referrer=refer[2],
    )


def rule_item(rule: EarningRule) -> dict[str, Any]:
    """A rule without what it does not use, as the tenant item has to stay small."""
    item = {
        "id": rule.id,
        "kind": rule.kind,
        "ver": rule.version,
        "name": rule.name or None,
        "bp": rule.basis_points or None,
        "coins": rule.coins or None,
        "slabs": [[slab.from_bill, slab.coins] for slab in rule.slabs] or None,
        "min": rule.minimum_bill or None,
        "cap": rule.cap_per_bill,
        "day": rule.cap_per_day,
        "round": rule.rounding,
    }
    return {name: value for name, value in item.items() if value is not None}


def read_rule(record: Mapping[str, Any]) -> EarningRule:
    return EarningRule(
        id=record["id"],
        kind=record["kind"],
        version=record["ver"],
        name=record.get("name", ""),
        basis_points=record.get("bp", 0),
        coins=record.get("coins", 0),
        slabs=tuple(Slab(*slab) for slab in record.get("slabs", [])),
        minimum_bill=record.get("min", 0),
        cap_per_bill=record.get("cap"),
        cap_per_day=record.get("day"),
        rounding=record["round"],
    )


def keys_item(keys: Mapping[str, KeyRecord]) -> dict[str, Any]:
    return {key.id: _key_item(key) for key in keys.values()}


def _key_item(key: KeyRecord) -> dict[str, Any]:
    return {
        "kind": key.kind,
        "mode": key.mode,
        "scopes": sorted(key.scopes),
        "name": key.name,
        "made": key.created_at,
        "status": key.status,
        "exp": key.expires_at,
        "hash": key.secret_hash,
    }


def _read_key(id: str, record: Mapping[str, Any]) -> KeyRecord:
    return KeyRecord(
        id=id,
        kind=record["kind"],
        mode=record["mode"],
        scopes=frozenset(record["scopes"]),
        name=record["name"],
        created_at=record["made"],
        status=record["status"],
        expires_at=record.get("exp"),
        secret_hash=record.get("hash"),
    )
