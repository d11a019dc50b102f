"""What the reports take and give. Amounts in rupees; `debit` took from the tenant's wallet, `credit` gave."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..api.models import Instant, Number
from .models import Camel, Currency, CustomerId, SparseModel

ReportDay = Annotated[str, Field(max_length=40, description="A day, or an instant: its day in the tenant's time zone.")]


class ReportFormat(Camel):
    format: Literal["json", "csv"] | None = Field(None, description="As the Accept header says, when left out.")


class Period(ReportFormat):
    from_date: ReportDay
    to_date: ReportDay
    currency: Currency = "INR"


class CurrencyPeriod(Period):
    currency: Currency


class HeadsQuery(ReportFormat):
    customer_id: CustomerId
    from_date: ReportDay | None = Field(None, description="Left out: from the beginning.")
    to_date: ReportDay | None = Field(None, description="Left out: up to today.")
    currency: Currency = "INR"
    heads: str | None = Field(None, max_length=2000, description="Names of heads, separated by commas.")


class ProfitLossQuery(Period):
    customer_id: CustomerId
    include_breakdown: bool = False


class ChargeSums(Camel):
    debit: Number
    credit: Number
    net: Number = Field(description="Credit less debit.")
    debit_count: int
    credit_count: int


class ReportCoverage(SparseModel):
    """What a report is of. It is complete up to `completeTo`: totals are written with the charges themselves."""

    customer_id: str
    currency: str
    from_date: str
    to_date: str
    time_zone: str
    complete_to: Instant


class HeadSums(ChargeSums):
    head: str


class HeadsReport(ReportCoverage):
    heads: list[HeadSums]
    total: ChargeSums


class Breakdown(Camel):
    head: str
    hsn_or_sac: str
    absorbed_by: str
    is_billable: bool
    income: Number
    expense: Number
    profit: Number


class ProfitLossReport(ReportCoverage):
    income: Number = Field(description="All credits.")
    expense: Number = Field(description="All debits.")
    profit: Number
    breakdown: list[Breakdown] | None = None


class DaySums(ChargeSums):
    date: str


class DateRangeReport(ReportCoverage):
    opening_balance: Number
    days: list[DaySums]
    total: ChargeSums
    closing_balance: Number


class TaxSums(Camel):
    tax: str
    debit: Number
    credit: Number
    net: Number = Field(description="Charged (debit) less given back (credit).")


class CodeTaxes(Camel):
    """One code of goods or services. Charged less given back, each."""

    hsn_or_sac: str
    taxable_value: Number
    cgst: Number
    sgst: Number
    igst: Number
    utgst: Number
    cess: Number
    gst: Number = Field(description="Tax that no breakup divides.")
    total_tax: Number


class TaxReport(ReportCoverage):
    taxes: list[TaxSums]
    codes: list[CodeTaxes]
    taxable_value: Number
    total_tax: Number


class ProfitLossRow(SparseModel):
    """A line of the CSV file without a breakdown."""

    customer_id: str
    currency: str
    from_date: str
    to_date: str
    income: Number
    expense: Number
    profit: Number


class LedgerSummary(ReportCoverage):
    opening_balance: Number
    total_debit: Number
    total_credit: Number
    debit_count: int
    credit_count: int
    closing_balance: Number
