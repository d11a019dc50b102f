"""The liability report of a coin program, after Ind AS 115 and IFRS 15: what customers hold, and what it will cost.

It is made of the months that the ledger's stream adds up exactly once. The movements of all months come to what is
outstanding, coin for coin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number
from ..api.spreadsheet import to_csv
from ..api.styles import Raw
from ..ledger.model import Program
from ..ledger.totals import ProgramMonth, program_months
from ..money import INR_SCALE, to_wire
from ..store import keys

MonthText = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$"), Field(examples=["2026-04"])]
FORMULA: Final = (
    "rate = coins expired / (coins expired + coins redeemed), over all months so far; expected breakage of a month = "
    "rate x coins that expire with it; coins that never expire have none"
)
LIABILITY_ERRORS: Final = (errors.PROGRAM_NOT_FOUND, errors.NOT_PROGRAM_OWNER)
_MOVED: Final = ("wallet", "held")


class LiabilityQuery(Model):
    since: MonthText | None = Field(None, alias="from", description="First month of the movements.")
    until: MonthText | None = Field(None, alias="to", description="Last month of the movements.")
    format: Literal["json", "csv"] | None = Field(None, description="As the Accept header says, when left out.")


class LiabilityMonth(Model):
    """Coins by the month with whose end they expire."""

    expires: str = Field(description="`2027-03`, or `never`.", examples=["2027-03"])
    coins: Number
    value: Number = Field(description="INR.")
    expected_breakage: Number = Field(description="Coins that will probably expire unspent.")
    liability: Number = Field(description="INR: value of the coins expected to be redeemed.")


class LiabilityMovement(Model):
    """What changed in a month. `opening` and the changes come to `closing`."""

    month: str = Field(examples=["2026-11"])
    opening: Number
    issued: Number = Field(description="Less reversals of issues.")
    imported: Number = Field(description="Less reversals of imports.")
    redeemed: Number = Field(description="Net of reversed redemptions; negative.")
    expired: Number = Field(description="Negative.")
    transferred: Number = Field(description="Zero, unless a transfer is half done.")
    closing: Number


class BreakageEstimate(Model):
    formula: str = Field(examples=[FORMULA])
    expired: Number
    redeemed: Number
    rate: Number = Field(description="To four decimals.", examples=[0.125])
    coins: Number
    value: Number


class Liability(Model):
    program_id: str
    as_of: Instant = Field(description="Postings of the last seconds may be missing.")
    coin_value: Number = Field(description="INR for one coin.")
    outstanding: Number = Field(description="Coins that customers hold, those on hold included.")
    value: Number
    held: Number = Field(description="The part on hold for captures and open redemptions.")
    pending: Number = Field(description="The part that cannot be spent before the time for returns is over.")
    debts: Number = Field(description="Coins that reversals took below zero: set off against what expires below.")
    breakage: BreakageEstimate
    liability: Number = Field(description="INR: value less expected breakage.")
    by_expiry: list[LiabilityMonth]
    movements: list[LiabilityMovement]


class _LiabilityRow(Model):
    """A line of the CSV file, of either table."""

    table: str
    month: str
    coins: Any = None
    value: Any = None
    expected_breakage: Any = None
    liability: Any = None
    opening: Any = None
    issued: Any = None
    imported: Any = None
    redeemed: Any = None
    expired: Any = None
    transferred: Any = None
    closing: Any = None


def read_liability(call: Call[LiabilityQuery]) -> Liability | Raw:
    """The report, as JSON or CSV: of a program that this tenant owns."""
    query = call.input
    record = call.lookup.record(call.loaded)
    if record is None:
        raise errors.PROGRAM_NOT_FOUND()
    program: Program = record.program
    if program.owner != call.caller.tenant.id:
        raise errors.NOT_PROGRAM_OWNER()
    since, until = _month(query.since), _month(query.until)
    if since and until and since > until:
        raise errors.invalid("to", "must not be before from")
    months = program_months(call.store, keys.scope(call.caller.mode, program.owner), program.id)
    report = liability_of(program, months, call.now, since, until)
    if call.request.wants_csv(query.format):
        headers = {"Content-Disposition": 'attachment; filename="liability.csv"'}
        return Raw(to_csv(_LiabilityRow, _csv_rows(report)), "text/csv; charset=utf-8", headers)
    return report


def liability_of(
    program: Program, months: Sequence[ProgramMonth], now: int, since: int | None = None, until: int | None = None
) -> Liability:
    """The report out of the program's months. Pure. Coins are in minor units until they are shown."""
    legs, lots, days = Counter[str](), Counter[int](), Counter[int]()
    for month in months:
        legs.update(month.legs)
        lots.update(month.lots)
        days.update(month.pending)
    today = clock.local_day(now, program.time_zone)
    present = today // 100
    # What is past leaves with the wallet's next entry: nobody can spend it, and it is breakage already.
    lapsed = sum(count for expiry, count in lots.items() if expiry < present)
    lots = Counter({expiry: count for expiry, count in lots.items() if expiry >= present and count})
    expired, redeemed = legs["breakage"] + lapsed, legs["redeemed"]
    settled = expired + redeemed
    held = legs["held"]
    outstanding = legs["wallet"] + held - lapsed
    by_expiry = []
    unspent_all = 0
    for expiry, count in sorted(lots.items()):
        unspent = 0 if expiry == clock.NO_EXPIRY or settled <= 0 else max(0, count) * expired // settled
        unspent_all += unspent
        by_expiry.append(
            LiabilityMonth(
                expires="never" if expiry == clock.NO_EXPIRY else clock.month_text(expiry),
                coins=_coins_wire(count, program),
                value=_rupees(count, program),
                expected_breakage=_coins_wire(unspent, program),
                liability=_rupees(count - unspent, program),
            )
        )
    estimate = BreakageEstimate(
        formula=FORMULA,
        expired=_coins_wire(expired, program),
        redeemed=_coins_wire(redeemed, program),
        rate=to_wire(10_000 * expired // settled if settled > 0 else 0, 4),
        coins=_coins_wire(unspent_all, program),
        value=_rupees(unspent_all, program),
    )
    return Liability(
        program_id=program.id,
        as_of=clock.iso(now),
        coin_value=to_wire(program.coin_value, INR_SCALE),
        outstanding=_coins_wire(outstanding, program),
        value=_rupees(outstanding, program),
        held=_coins_wire(held, program),
        pending=_coins_wire(sum(coins for day, coins in days.items() if day > today), program),
        debts=_coins_wire(sum(lots.values()) + held - outstanding, program),
        breakage=estimate,
        liability=_rupees(outstanding - unspent_all, program),
        by_expiry=by_expiry,
        movements=_movements(program, months, lapsed, present, since, until),
    )


def _movements(
    program: Program,
    months: Sequence[ProgramMonth],
    lapsed: int,
    present: int,
    since: int | None,
    until: int | None,
) -> list[LiabilityMovement]:
    found, opening = [], 0
    legs_of = {month.month: month.legs for month in months}
    if lapsed:
        legs_of.setdefault(present, {})
    for month, legs in sorted(legs_of.items()):
        past = lapsed if month == present else 0
        closing = opening + sum(legs.get(account, 0) for account in _MOVED) - past
        if (since is None or month >= since) and (until is None or month <= until):
            found.append(
                LiabilityMovement(
                    month=clock.month_text(month),
                    opening=_coins_wire(opening, program),
                    issued=_coins_wire(-legs.get("mint", 0), program),
                    imported=_coins_wire(-legs.get("imported", 0), program),
                    redeemed=_coins_wire(-legs.get("redeemed", 0), program),
                    expired=_coins_wire(-legs.get("breakage", 0) - past, program),
                    transferred=_coins_wire(-legs.get("transferred", 0), program),
                    closing=_coins_wire(closing, program),
                )
            )
        opening = closing
    return found


def _csv_rows(report: Liability) -> list[_LiabilityRow]:
    lots = [
        _LiabilityRow(table="outstanding", month=one.expires, **one.model_dump(exclude={"expires"}))
        for one in report.by_expiry
    ]
    moves = [_LiabilityRow(table="movements", **one.model_dump()) for one in report.movements]
    return [*lots, *moves]


def _month(text: str | None) -> int | None:
    return None if text is None else int(text.replace("-", ""))


def _coins_wire(count: int, program: Program) -> Any:
    return to_wire(count, program.scale)


def _rupees(count: int, program: Program) -> Any:
    return to_wire(count * program.coin_value // 10**program.scale, INR_SCALE)
