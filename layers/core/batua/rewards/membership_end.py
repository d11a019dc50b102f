"""How a merchant comes out of a network: it leaves, or the network's owner removes it.

Customers keep their coins: they are the network's, and every other member redeems them. What the merchant has issued
and redeemed stays in the network's books, under its name and month, so that coming back in the same month finds the
same issuance, and coming back later does not make it a new merchant again. Its rupee wallet is its own and stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import Field

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number
from ..api.request import Request
from ..coins import counter
from ..identity.credentials import Claims
from ..identity.tenant import Tenant, read_tenant
from ..ledger.model import Program
from ..store import keys, program_keys
from ..store.keys import Key
from ..store.store import Record, commit_unless_changed
from ..store.writes import ABSENT, Condition, Put, Update, Write
from ..tenants.as_read import tenant_as_read
from . import program_members
from .program_members import InvitationLookup

END_ERRORS: Final = (errors.PROGRAM_NOT_FOUND, errors.MEMBER_HAS_OPEN_WORK, errors.VERSION_CONFLICT)
REMOVE_ERRORS: Final = (*END_ERRORS, errors.NOT_A_NETWORK, errors.NOT_A_MEMBER)
_MAX_SCANNED: Final = 2_000
"""Of each, the newest. One that is older and open still expires, or is settled, by itself."""

EndStatus = Literal["left", "removed"]


class MembershipEnded(Model):
    """The month's figures at its end. Nothing is left to settle: prefunded coins were paid for when issued."""

    program_id: str = Field(examples=["prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    tenant_id: str = Field(examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    status: EndStatus
    ended_at: Instant
    month: str = Field(examples=["2026-11"])
    issued: Number = Field(description="Coins that the merchant issued in the month.", examples=[1200])
    redeemed: Number = Field(description="Coins that it redeemed in the month.", examples=[800])


@dataclass(frozen=True, slots=True)
class OpenWork:
    redemptions: int
    orders: int


def prefetch_membership(claims: Claims, content: object, request: Request) -> InvitationLookup:
    id = request.path["id"]
    if not ids.is_id(id, "prg"):
        raise errors.PROGRAM_NOT_FOUND()
    return InvitationLookup(program_keys.member_key(id, claims.tenant))


def leave_network(call: Call[None]) -> MembershipEnded:
    """The caller's tenant leaves."""
    tenant, program_id = call.caller.tenant, call.path["id"]
    program = tenant.program
    if program is None or program.id != program_id or program.owner == tenant.id or program.kind != "network":
        raise errors.PROGRAM_NOT_FOUND()
    return _end_membership(call, tenant, program, call.loaded[call.lookup.place], "left")


def remove_member(call: Call[None]) -> MembershipEnded:
    """The network's owner removes a member."""
    program, tenant_id = program_members.network_of(call).program, call.path["tenant_id"]
    if not ids.is_id(tenant_id, "ten") or tenant_id == program.owner:
        raise errors.NOT_A_MEMBER()
    place, tenant_key = program_keys.member_key(program.id, tenant_id), keys.tenant_key(tenant_id)
    found = call.store.read([place, tenant_key])
    stored = found[tenant_key]
    tenant = read_tenant(stored) if stored else None
    if tenant is None or tenant.program is None or tenant.program.id != program.id:
        raise errors.NOT_A_MEMBER()
    return _end_membership(call, tenant, tenant.program, found[place], "removed")


def _end_membership(
    call: Call[Any], tenant: Tenant, program: Program, row: Record | None, status: EndStatus
) -> MembershipEnded:
    from ..ledger.queries import coin_entries

    scope = keys.scope("live", program.owner)
    waiting = _open_work(call, scope, tenant.id)
    if waiting.redemptions or waiting.orders:
        counts = {"redemptions": waiting.redemptions, "orders": waiting.orders}
        raise errors.MEMBER_HAS_OPEN_WORK(figures=counts)
    month = clock.local_month(call.now, program.time_zone)
    [totals] = coin_entries.month_totals(call.store, scope, tenant.id, [month], tenant.shards)
    acts = [
        program_members.member_act(call, "network left", program.id, tenant.id, of=tenant.id),
        program_members.member_act(call, f"member {status}", program.id, tenant.id, of=program.owner),
    ]
    writes: list[Write] = [_ended_row(call, tenant, program, row, status), _without_program(tenant), *acts]
    commit_unless_changed(call.store, writes, caller=call.request.id)
    if tenant.kind == "parent":
        from ..tenants import tree

        tree.propagate(call.store, tenant.id)  # those below took part through it
    return MembershipEnded(
        program_id=program.id,
        tenant_id=tenant.id,
        status=status,
        ended_at=clock.iso(call.now),
        month=clock.month_text(month),
        issued=counter.coins_wire(totals.issued, program),
        redeemed=counter.coins_wire(totals.redeemed, program),
    )


def _ended_row(call: Call[Any], tenant: Tenant, program: Program, row: Record | None, status: EndStatus) -> Write:
    """How it ended, and since when it had been a member: an invitation that follows keeps that."""
    place = program_keys.member_key(program.id, tenant.id)
    ended = {"st": status, "answered": call.now, "answered_by": call.caller.id, "since": tenant.program_since}
    if row is None:  # created below the network's own tenant, without an invitation
        listed = {"g1p": program_keys.invitations_partition(tenant.id), "g1s": program.id}
        return Put(place, {"owner": program.owner, "at": tenant.joined_at, **ended, **listed}, when=ABSENT)
    return Update(place, set=ended, when=Condition(equal={"st": row["st"]}))


def _without_program(tenant: Tenant) -> Update:
    """Its counter has no coins from now on. Its earning rules go as well: they would count in another program's."""
    gone: dict[str, Any] = {"program": None, "member": None, "rules": [], "rules_version": tenant.rules_version + 1}
    return tenant_as_read(tenant).change(gone)


def _open_work(call: Call[Any], scope: str, tenant_id: str) -> OpenWork:
    from ..store import market_keys, reward_keys
    from .redemption import read_redemption_record

    redemptions = _newest(call, reward_keys.redemptions_partition(scope, tenant_id))
    orders = _newest(call, market_keys.market_orders_partition(scope, tenant_id))
    return OpenWork(
        sum(read_redemption_record(row).is_open for row in redemptions),
        sum(row["state"] == "processing" for row in orders),
    )


def _newest(call: Call[Any], partition: str) -> list[Record]:
    page = call.store.query("directory", partition, index="by_parent", descending=True, limit=_MAX_SCANNED)
    found = [Key("directory", row["pk"], row["sk"]) for row in page.items]
    return [record for record in call.store.read(found).values() if record] if found else []
