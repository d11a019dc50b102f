"""Seed data of coin programs: who takes part in the networks, and networks of the operator that nobody has joined.

Planted again, nothing changes.
"""

from __future__ import annotations

from typing import Any

from local.seeds.writing import DAY_MS, fixed_id, write_missing


def plant(tenants: Any) -> dict[str, str]:
    """Plants what is missing. Returns what the sample events name."""
    from batua.identity.tenant import campaign_item
    from batua.ledger.campaigns import Campaign
    from batua.ledger.model import MirPolicy, Program
    from batua.rewards.program import ProgramRecord, program_record_item
    from batua.store import keys, program_keys
    from batua.store.writes import ABSENT, Put

    owner, at = tenants.operator, tenants.now - 20 * DAY_MS

    def network(name: str) -> str:
        id = fixed_id("prg", name)
        program = Program(
            id, owner.id, name, "network", owner.time_zone, mir=MirPolicy(), created_at=at, status="draft"
        )
        item = program_record_item(ProgramRecord(program, updated_at=at, status_at=at))
        write_missing([Put(keys.program_key(owner.id, id), item, when=ABSENT)])
        return id

    def invited(program: str, tenant: Any) -> str:
        row = {
            "owner": owner.id,
            "st": "invited",
            "at": at,
            "by": fixed_id("usr", "operator"),
            "g1p": program_keys.invitations_partition(tenant.id),
            "g1s": program,
        }
        write_missing([Put(program_keys.member_key(program, tenant.id), row, when=ABSENT)])
        return str(tenant.id)

    def joined(owner: Any, *members: Any) -> None:
        """Merchants whose counters give the network's coins, as its owner's list of members shows them."""
        for tenant in members:
            row = {
                "owner": owner.id,
                "st": "active",
                "at": tenant.joined_at,
                "by": fixed_id("usr", "operator"),
                "answered": tenant.joined_at + DAY_MS,
                "answered_by": fixed_id("usr", tenant.name),
                "agreed": owner.program.version,
                "since": tenant.joined_at + DAY_MS,
                "g1p": program_keys.invitations_partition(tenant.id),
                "g1s": owner.program.id,
            }
            write_missing([Put(program_keys.member_key(owner.program.id, tenant.id), row, when=ABSENT)])

    joined(tenants.network, tenants.kaveri, tenants.meera)
    joined(tenants.other_network, tenants.other)
    joining = network("Bazaar Coins")
    invited(joining, tenants.jasmine)
    invited(joining, tenants.other_network)
    running = network("Carnival Coins")
    campaign = Campaign(fixed_id("cmp", "Carnival"), "bonus", at, at + 3650 * DAY_MS, name="Carnival", coins=10)
    item = {**campaign_item(campaign), "at": at, "by": fixed_id("usr", "operator"), "fp": b"seed"}
    write_missing([Put(program_keys.campaign_key(running, campaign.id), item, when=ABSENT)])
    return {
        "campaign_program_id": running,
        "campaign_id": campaign.id,
        "joining_program_id": joining,
        "withdrawn_tenant_id": invited(joining, tenants.ganga_north),
        "uninvited_tenant_id": tenants.ganga.id,
        "program_id": tenants.network.program.id,
        "replaced_program_id": network("Harvest Coins"),
        "updated_program_id": network("Festival Coins"),
        "retired_program_id": network("Jubilee Coins"),
    }
