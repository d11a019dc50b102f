"""The report on a program's customers: segments by recency, frequency and value, cohorts, and who is in a segment.

It is read as the survey wrote it (`customer_survey`): one item, however many customers there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final, Literal

from pydantic import Field

from .. import audit_trail, clock, errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number
from ..api.spreadsheet import to_csv
from ..api.styles import Raw, Reply
from ..customers.model import read_customer
from ..identity.step_up import HEADER as PROOF_HEADER
from ..identity.step_up import proof_holds
from ..ledger.model import Program
from ..money import to_wire
from ..store import keys, survey_keys
from ..store.store import Record
from .customer_survey import ask_for_report, read_page
from .segments import SEGMENTS, Scale, Scales, Segment, SurveyedCustomer, segment_of

SEGMENT_ERRORS: Final = (errors.PROGRAM_NOT_FOUND, errors.NOT_PROGRAM_OWNER)
SEGMENT_CUSTOMERS_ERRORS: Final = (*SEGMENT_ERRORS, errors.INVALID_CURSOR, errors.REAUTHENTICATION_REQUIRED)
_MAX_SCANNED: Final = 20_000
_MAX_CSV_ROWS: Final = 3_000


class SegmentsQuery(Model):
    format: Literal["json", "csv"] | None = Field(None, description="As the Accept header says, when left out.")


class SegmentOut(Model):
    segment: Segment = Field(examples=["champions"])
    customers: int = Field(examples=[212])
    share: Number = Field(description="Of all customers, in per cent.", examples=[17.6])
    bills: int = Field(description="Of twelve months.", examples=[4381])
    coins_earned: Number = Field(description="In twelve months.", examples=[96240])
    coins_held: Number = Field(description="In their wallets now.", examples=[31870])
    days_since_bill: Number | None = Field(description="On average.", examples=[9.4])


class SegmentBounds(Model):
    """The highest figure of each of the four lower quintiles: what customers are scored against, from 1 to 5."""

    days_since_bill: list[int] = Field(examples=[[4, 11, 29, 74]])
    bills: list[int] = Field(examples=[[1, 3, 6, 14]])
    coins_earned: list[Number] = Field(examples=[[20, 75, 160, 410]])


class CohortMonth(Model):
    month: str = Field(examples=["2026-09"])
    customers: int = Field(description="Of the cohort, with a bill in the month.", examples=[61])
    retention: Number = Field(description="Of the cohort, in per cent.", examples=[38.1])
    coins_earned: Number = Field(examples=[2950])


class CohortOut(Model):
    month: str = Field(description="Of the first bill.", examples=["2026-08"])
    customers: int = Field(examples=[160])
    months: list[CohortMonth] = Field(description="That month and each after it.")


class CustomerReport(Model):
    program_id: str
    status: Literal["ready", "preparing"] = Field(
        description="`preparing`: the report is being made. Read it again in a few minutes."
    )
    as_of: Instant | None = Field(description="Bills up to then are counted.")
    customers: int = Field(description="With a bill in the last 24 months.", examples=[1204])
    segments: list[SegmentOut]
    bounds: SegmentBounds | None
    cohorts: list[CohortOut] = Field(description="The last thirteen months, the earliest first.")


class SegmentCustomersQuery(Model):
    limit: int | None = Field(None, ge=1, le=_MAX_CSV_ROWS, description="At most 100 for JSON; 50 when left out.")
    cursor: str | None = Field(None, max_length=1024)
    format: Literal["json", "csv"] | None = None


class SegmentCustomer(Model):
    customer_id: str = Field(examples=["cust_21CBYXTED3WGH5X3H3JBPET8VZ"])
    phone: str | None = Field(
        description="The number in a CSV file, its last digits in JSON. Null where the customer has none, or has had "
        "it deleted.",
        examples=["+91••••••1234"],
    )
    first_month: str = Field(description="Of the first bill.", examples=["2026-02"])
    last_bill: str = Field(description="The day of it.", examples=["2026-11-12"])
    bills: int = Field(description="Of twelve months.", examples=[14])
    coins_earned: Number = Field(description="In twelve months.", examples=[410])
    coins_held: Number = Field(examples=[95])


class _ReportRow(Model):
    """A line of the CSV file, of either table."""

    table: str
    segment: str | None = None
    cohort: str | None = None
    month: str | None = None
    customers: Any = None
    percent: Any = None
    bills: Any = None
    coins_earned: Any = None
    coins_held: Any = None
    days_since_bill: Any = None


def read_segments(call: Call[SegmentsQuery]) -> CustomerReport | Raw:
    """The report as it was last made; the first reading has it made, and later ones keep it up to date."""
    program = _own_program(call)
    scope = keys.scope(call.caller.mode, program.owner)
    ask_for_report(call.store, scope, program.id, call.now)
    key = survey_keys.survey_report_key(scope, program.id)
    report = _report_out(program, call.store.read([key])[key])
    if call.request.wants_csv(call.input.format):
        headers = {"Content-Disposition": 'attachment; filename="customers.csv"'}
        return Raw(to_csv(_ReportRow, _csv_rows(report)), "text/csv; charset=utf-8", headers)
    return report


def list_segment_customers(call: Call[SegmentCustomersQuery]) -> Reply | Raw:
    """The customers of a segment, by the scores of the report, in no particular order.

    A file has whole phone numbers, of all customers if need be: it takes a fresh proof of identity, as an export does,
    and is on the audit trail. A page of JSON masks them.
    """
    program, query, segment = _own_program(call), call.input, call.request.path["segment"]
    if segment not in SEGMENTS:
        raise errors.invalid("segment", f"must be one of {', '.join(SEGMENTS)}")
    as_csv = call.request.wants_csv(query.format)
    limit = query.limit or (_MAX_CSV_ROWS if as_csv else 50)
    if not as_csv and limit > 100:
        raise errors.invalid("limit", "must be 100 or less, or ask for text/csv")
    if as_csv and not proof_holds(call.caller.claims, call.request.headers.get(PROOF_HEADER.lower())):
        raise errors.REAUTHENTICATION_REQUIRED()
    scope, tenant = keys.scope(call.caller.mode, program.owner), call.caller.tenant.id
    bound = {"list": "segment", "program": program.id, "scope": scope, "segment": segment}
    after = cursor.open_cursor(tenant, bound, query.cursor) if query.cursor else None
    key = survey_keys.survey_report_key(scope, program.id)
    record = call.store.read([key])[key]
    page, following = cursor.take_page(_members(call, scope, program, record, segment, after), limit, _MAX_SCANNED)
    sealed = cursor.seal_cursor(tenant, bound, following) if following else None
    about = {id: keys.customer_key(scope, id) for id, _ in page}
    found = call.store.read(about.values(), consistent=False) if about else {}
    rows = [_customer_out(id, one, found[about[id]], record or {}, program, whole=as_csv) for id, one in page]
    if not as_csv:
        return Reply(rows, meta={"next_cursor": sealed, "limit": limit})
    announce = f"A file of customers of {program.name} with their phone numbers was downloaded: {segment}."
    first = query.cursor is None and call.caller.mode == "live"  # one mail for a file of many pages
    act = call.act("customers downloaded", program.id, announce=announce if first else None, rows=len(rows), of=segment)
    audit_trail.record_act(call.store, act)
    headers = {"Content-Disposition": f'attachment; filename="{segment}.csv"'}
    if sealed:
        headers["X-Next-Cursor"] = sealed
    return Raw(to_csv(SegmentCustomer, rows), "text/csv; charset=utf-8", headers)


def _own_program(call: Call[Any]) -> Program:
    record = call.lookup.record(call.loaded)
    if record is None:
        raise errors.PROGRAM_NOT_FOUND()
    program: Program = record.program
    if program.owner != call.caller.tenant.id:
        raise errors.NOT_PROGRAM_OWNER()
    return program


def _members(
    call: Call[Any], scope: str, program: Program, report: Record | None, segment: str, after: str | None
) -> Iterator[tuple[str, tuple[str, SurveyedCustomer] | None]]:
    if report is None:
        return
    scales = _scales(report)
    partition = survey_keys.survey_partition(scope, program.id)
    since, _, last = (after or f"{survey_keys.SURVEY_PAGE}!").partition("!")
    for page in call.store.query_all("directory", partition, since=since, until=f"{survey_keys.SURVEY_PAGE}~"):
        for id, one in sorted(read_page(page).items()):
            if page["sk"] == since and id <= last:
                continue
            fits = one.bills and segment_of(one, scales) == segment
            yield f"{page['sk']}!{id}", (id, one) if fits else None


def _scales(report: Record) -> Scales:
    return Scales(report["day"], *(Scale(tuple(report[name])) for name in ("days", "bills", "coins")))


def _report_out(program: Program, record: Record | None) -> CustomerReport:
    if record is None:
        return CustomerReport(
            program_id=program.id, status="preparing", as_of=None, customers=0, segments=[], bounds=None, cohorts=[]
        )
    amount, all_of_them = partial(to_wire, scale=program.scale), record["customers"]
    segments = [
        SegmentOut(
            segment=name,
            customers=customers,
            share=_percent(customers, all_of_them),
            bills=bills,
            coins_earned=amount(earned),
            coins_held=amount(held),
            days_since_bill=to_wire(10 * days // customers, 1) if customers else None,
        )
        for name, customers, bills, earned, held, days in record["segments"]
    ]
    cohorts = [
        CohortOut(
            month=clock.month_text(month),
            customers=customers,
            months=[
                CohortMonth(
                    month=clock.month_text(clock.add_months(month, offset)),
                    customers=there,
                    retention=_percent(there, customers),
                    coins_earned=amount(earned),
                )
                for offset, (there, earned) in enumerate(zip(active, coins, strict=True))
            ],
        )
        for month, customers, active, coins in record["cohorts"]
    ]
    return CustomerReport(
        program_id=program.id,
        status="ready",
        as_of=clock.iso(record["at"]),
        customers=all_of_them,
        segments=segments,
        bounds=SegmentBounds(
            days_since_bill=record["days"], bills=record["bills"], coins_earned=[amount(one) for one in record["coins"]]
        ),
        cohorts=cohorts,
    )


def _customer_out(
    id: str, one: SurveyedCustomer, record: Record | None, report: Record, program: Program, *, whole: bool
) -> SegmentCustomer:
    year, customer = _scales(report).year_from, read_customer(record) if record else None
    phone = (customer.phone if whole else customer.masked_phone) if customer else None
    return SegmentCustomer(
        customer_id=id,
        phone=phone,
        first_month=clock.month_text(one.first),
        last_bill=f"{one.last // 10_000:04d}-{one.last // 100 % 100:02d}-{one.last % 100:02d}",
        bills=one.bills_since(year),
        coins_earned=to_wire(one.coins_since(year), program.scale),
        coins_held=to_wire(one.holds(report["day"] // 100), program.scale),
    )


def _csv_rows(report: CustomerReport) -> list[_ReportRow]:
    segments = [
        _ReportRow(
            table="segments",
            percent=one.share,
            **one.model_dump(exclude={"share"}),
        )
        for one in report.segments
    ]
    cohorts = [
        _ReportRow(
            table="cohorts",
            cohort=cohort.month,
            month=one.month,
            customers=one.customers,
            percent=one.retention,
            coins_earned=one.coins_earned,
        )
        for cohort in report.cohorts
        for one in cohort.months
    ]
    return [*segments, *cohorts]


def _percent(part: int, whole: int) -> Any:
    """To one decimal, rounded half up."""
    return to_wire((2000 * part + whole) // (2 * whole) if whole else 0, 1)
