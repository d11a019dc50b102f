"""What the endpoints on imports take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ..api.models import FileName, IdempotencyKey, Instant, Model, Number, Text
from .csv_files import MAX_IMPORT_BYTES
from .record import DuplicateRule, ImportKind, ImportStatus

ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=128)]
FileDigest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ImportMapping(Model):
    """Which column of the file holds what, by the names in its first line. Columns that are not named are ignored."""

    phone: ColumnName | None = Field(None, examples=["Mobile No"])
    coins: ColumnName | None = Field(None, description="Nothing or 0: the customer alone.", examples=["Points"])
    expires_on: ColumnName | None = Field(
        None,
        description="Of `balances`: `2027-03-31`, `31/03/2027`, `2027-03` or `never`. Coins live to the end of the "
        "month; by the program's setting where the cell is empty.",
        examples=["Valid till"],
    )
    bill_amount: ColumnName | None = Field(None, description="Of `issue`: INR, for the earning rules.")
    reference: ColumnName | None = None
    note: ColumnName | None = None
    name: ColumnName | None = Field(None, description="Of `customers`.", examples=["Customer Name"])
    language: ColumnName | None = Field(
        None, description="Of `customers`: English or Hindi, of text messages.", examples=["Language"]
    )
    messages: ColumnName | None = Field(
        None,
        description="Of `customers`: yes or no, whether receipts and reminders of expiring coins are sent.",
        examples=["SMS consent"],
    )
    date: ColumnName | None = Field(None, description="Of `history`: when it happened.", examples=["Bill Date"])
    type: ColumnName | None = Field(
        None,
        description="Of `history`: purchase, earned, redeemed, expired or adjusted, or a usual word for it.",
        examples=["Type"],
    )
    place: ColumnName | None = Field(None, description="Of `history`: the shop or branch.", examples=["Outlet"])


class CreateImport(Model):
    kind: ImportKind = Field(
        "balances",
        description="`balances`: coins and customers of another system. `issue`: give coins now, as the counter does. "
        "`customers`: names and preferences. `history`: what customers did in another system, to read; no coin moves.",
        examples=["balances"],
    )
    file_name: FileName = Field(examples=["customers-march.csv"])
    size: int = Field(ge=1, le=MAX_IMPORT_BYTES, description="Bytes, exactly as they will be uploaded.", examples=[42])
    sha256: FileDigest | None = Field(None, description="Of the content; checked where given.")
    idempotency_key: IdempotencyKey | None = None


class CheckImport(Model):
    mapping: ImportMapping | None = Field(None, description="By the usual column names when left out.")
    duplicates: DuplicateRule = Field(
        "skip",
        description="Lines that say the same as an earlier line of the file are skipped, or kept. Of `customers` the "
        "first line about a customer counts.",
    )


class ImportsQuery(Model):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class ImportRowsQuery(Model):
    status: Literal["ready", "problem", "duplicate", "imported", "unchanged", "refused", "reversed", "short"] | None = (
        None
    )
    limit: int = Field(50, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class ImportLink(Model):
    """Send the file with this method, to this URL, with these headers."""

    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    expires_at: Instant


class ReportLink(Model):
    url: str
    expires_at: Instant


class ExpiringCoins(Model):
    month: Text = Field(description="With whose end the coins expire, or `never`.", examples=["2027-03"])
    coins: Number


class ImportCounts(Model):
    """Rows, except where it says coins."""

    rows: int = 0
    ready: int = 0
    problems: int = 0
    duplicates: int = Field(0, description="Skipped, as they say the same as an earlier line.")
    repeated: int = Field(0, description="Kept, although they say the same as an earlier line.")
    new_customers: int = 0
    known_customers: int = 0
    coins: Number = Field(0, description="Coins that the rows which are ready bring in.")
    imported: int = 0
    unchanged: int = Field(0, description="Rows without coins, of customers who were there already.")
    refused: int = Field(0, description="Rows that the ledger refused; the report says why.")
    coins_imported: Number = 0
    reversed: int = 0
    reversed_short: int = Field(0, description="Reversed in part: the rest had been spent.")
    not_reversed: int = 0
    coins_reversed: Number = 0


class ImportOut(Model):
    id: str = Field(examples=["imp_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    program_id: str
    kind: ImportKind
    status: ImportStatus
    file_name: str
    size: int
    sha256: str | None = Field(description="Of the content as it was read.")
    columns: list[str] = Field(description="The first line of the file.", examples=[["Mobile No", "Points"]])
    mapping: ImportMapping
    duplicates: DuplicateRule
    counts: ImportCounts
    expiring: list[ExpiringCoins] = Field(description="The coins by when they expire, to compare with the old system.")
    reason: str | None = Field(description="Why the file was rejected, or a run failed.")
    reversible_until: Instant | None
    created_by: str
    created_at: Instant
    checked_at: Instant | None
    applied_at: Instant | None
    reversed_at: Instant | None


class ImportRead(ImportOut):
    report: ReportLink | None = Field(description="A CSV file with a line per row, for five minutes.")


class ImportCreated(ImportOut):
    upload: ImportLink | None = Field(description="None once the file has been checked.")


class ImportRowOut(Model):
    line: int
    status: str
    phone: str | None = Field(description="In E.164, or as in the file where it cannot be read.")
    customer_id: str | None
    coins: Number | None
    expires: str | None = Field(description="With the end of which month, or `never`.", examples=["2027-03"])
    bill_amount: Number | None
    name: str | None = Field(description="Of `customers`.", examples=["Asha Rao"])
    occurred_at: Instant | None = Field(description="Of `history`.", examples=["2025-03-31T12:50:00.000Z"])
    type: str | None = Field(description="Of `history`.", examples=["purchase"])
    known_customer: bool
    previous_balance: Number
    moved: Number = Field(description="Coins that were brought in or taken back.")
    transaction_id: str | None
    message: str | None = Field(
        description="What is wrong, or was refused.", examples=["phone must be a mobile number"]
    )
