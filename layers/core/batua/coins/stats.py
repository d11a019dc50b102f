"""What a merchant issued and redeemed this month and in those before, and what its ceiling leaves."""

from __future__ import annotations

from functools import partial
from typing import Final, Literal

from pydantic import Field

from .. import clock
from ..api.endpoint import Call
from ..api.models import Model, Number
from ..ledger.decisions import allowance
from ..ledger.model import RATIO_UNIT, Program
from ..ledger.queries import coin_entries
from ..ledger.queries.coin_entries import MonthTotals
from ..money import to_wire
from . import counter

MONTHS: Final = 12
WARNING_PERCENT: Final = 80

MirStatus = Literal["healthy", "warning", "paused"]


class MonthStats(Model):
    month: str
    issued: Number
    redeemed: Number
    ratio: Number
    ceiling: Number | None
    remaining: Number | None
    used_percent: Number | None
    status: MirStatus


class StatsProgram(Model):
    id: str
    name: str
    kind: Literal["network", "closed", "application"]


class Stats(MonthStats):
    ceiling_ratio: Number | None
    floor: Number | None = Field(
        description="Coins that can be redeemed each month before any are issued. Part of `ceiling`."
    )
    new_merchant: bool
    mode: Literal["live", "test"]
    program: StatsProgram
    months: list[MonthStats]


def read_stats(call: Call[None]) -> Stats:
    """This month's figures and those of the last twelve months, newest first, this one included."""
    caller, program = call.caller, counter.program_of(call.caller)
    present = clock.local_month(call.now, program.time_zone)
    wanted = [clock.add_months(present, -back) for back in range(MONTHS)]
    months = coin_entries.month_totals(call.store, caller.scope, caller.tenant.id, wanted, caller.tenant.shards)
    joined = caller.tenant.program_since
    new = program.mir is not None and allowance.is_new(program.mir, joined, call.now)
    rows = []
    for month in months:
        # A month of the past is shown under the ratio that was in force when it ended.
        end = min(call.now, clock.month_end(month.month, program.time_zone))
        rows.append(
            _month_stats(
                month,
                program,
                new=program.mir is not None and allowance.is_new(program.mir, joined, end),
                over=month.month < present,
            )
        )
    ratio = allowance.ratio_for(program.mir, joined, call.now) if program.mir else None
    return Stats(
        **rows[0].model_dump(),
        ceiling_ratio=None if ratio is None else to_wire(ratio * 100 // RATIO_UNIT, 2),
        floor=counter.coins_wire(program.mir.floor, program) if program.mir else None,
        new_merchant=new,
        mode=caller.mode,
        program=StatsProgram(id=program.id, name=program.name, kind=program.kind),
        months=rows,
    )


def _month_stats(month: MonthTotals, program: Program, *, new: bool, over: bool) -> MonthStats:
    coins = partial(counter.coins_wire, program=program)
    ceiling = None if program.mir is None else allowance.ceiling_of(program.mir, month.issued, new=new)
    remaining = None if ceiling is None else max(0, ceiling - month.redeemed)
    used = None if ceiling is None else _share(month.redeemed, ceiling)
    return MonthStats(
        month=clock.month_text(month.month),
        issued=coins(month.issued),
        redeemed=coins(month.redeemed),
        ratio=to_wire(_round(month.redeemed * 10_000, month.issued), 4),
        ceiling=None if ceiling is None else coins(ceiling),
        remaining=None if remaining is None else coins(remaining),
        used_percent=None if used is None else to_wire(used, 2),
        status=_status(used, remaining, over=over),
    )


def _status(used: int | None, remaining: int | None, *, over: bool) -> MirStatus:
    """`paused`: not a coin more can be redeemed this month before more are issued. A month that is over is not."""
    if used is None:
        return "healthy"
    if remaining == 0 and not over:
        return "paused"
    return "warning" if used >= WARNING_PERCENT * 100 else "healthy"


def _share(part: int, whole: int) -> int:
    """Percent in hundredths; all of nothing is used where something was taken."""
    return _round(part * 10_000, whole) if whole else (10_000 if part else 0)


def _round(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator) if denominator > 0 else 0
