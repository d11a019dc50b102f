"""A coin program as its own item holds it: what the ledger needs, and what only its administrators and members read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .. import clock
from ..identity.tenant import program_item, read_program, read_tier_benefits
from ..ledger.lots import expiry_month
from ..ledger.model import Program
from ..store import program_keys

LOCK_PAUSE_MS: Final = 60_000
"""How long a program must have been paused before a setting changes that issued coins depend on: twice as long as a
request can take, so that no issue under the old setting is still on its way."""


@dataclass(frozen=True, slots=True)
class ProgramRecord:
    """Instants are in milliseconds. `last_lot` is the latest expiry month that earlier settings gave."""

    program: Program
    description: str | None = None
    terms_url: str | None = None
    updated_at: int = 0
    updated_by: str = ""
    activated_at: int | None = None
    """When coins could first be issued; None for a program that was never anything but a draft."""
    status_at: int = 0
    mir_at: int = 0
    """When the issuance ratio last changed: a month is checked against one ratio only (`audit.cross_check`)."""
    last_lot: int = 0
    tier_benefits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Each tier's benefits other than coins, by its id. Not part of the program's copies, which every request reads."""
    content_hash: bytes = b""
    """What the idempotency key of its creation was used for."""

    @property
    def over_since(self) -> int | None:
        """Since when no more coins are issued for good."""
        if self.program.status == "retired":
            return min(self.status_at, self.program.ends_at or self.status_at)
        return self.program.ends_at

    def last_lot_at(self, at: int) -> int:
        """The month in which the last coins expire that were issued until then: pending ones, counted from the day on
        which they can be spent (`decide_issue`)."""
        program, day = self.program, clock.local_day(at, self.program.time_zone)
        if program.pending_days:
            day = clock.add_days(day, program.pending_days + 1)
        return max(self.last_lot, expiry_month(day // 100, program.expiry_months))

    def spendable_until(self) -> int | None:
        """The month with whose end the last coins expire, once that is known; NO_EXPIRY where they never do."""
        over = self.over_since
        return None if over is None else self.last_lot_at(over)

    def is_spent(self, now: int) -> bool:
        """Whether no customer can hold its coins any more."""
        if self.program.status == "retired" and self.activated_at is None:
            return True
        last, over = self.spendable_until(), self.over_since
        return bool(over and now >= over and last and last < clock.local_month(now, self.program.time_zone))


def reminder_attributes(program: Program) -> dict[str, Any]:
    """Puts a program that reminds its customers of expiring coins where the job that does so finds it."""
    if not program.messages.expiry_reminders or program.status == "draft":
        return {}
    return {"g2p": program_keys.REMINDING_PARTITION, "g2s": program.id}


def program_record_item(record: ProgramRecord) -> dict[str, Any]:
    return {
        **program_item(record.program),
        "desc": record.description,
        "terms": record.terms_url,
        "upd": record.updated_at,
        "by": record.updated_by,
        "act_at": record.activated_at,
        "st_at": record.status_at,
        "mir_at": record.mir_at or None,
        "last": record.last_lot or None,
        "benefits": {tier: list(benefits) for tier, benefits in record.tier_benefits.items()} or None,
        "fp": record.content_hash or None,
        **reminder_attributes(record.program),
    }


def read_program_record(record: Mapping[str, Any]) -> ProgramRecord:
    program = read_program(record)
    return ProgramRecord(
        program=program,
        description=record.get("desc"),
        terms_url=record.get("terms"),
        updated_at=record.get("upd", program.created_at),
        updated_by=record.get("by", ""),
        # Programs from before there was a status were active from their first day.
        activated_at=record.get("act_at", None if "st_at" in record else program.created_at),
        status_at=record.get("st_at", program.created_at),
        mir_at=record.get("mir_at", 0),
        last_lot=record.get("last", 0),
        tier_benefits=read_tier_benefits(record),
        content_hash=bytes(record.get("fp", b"")),
    )
