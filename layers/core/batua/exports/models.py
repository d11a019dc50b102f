"""What the endpoints on exports take and give."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from ..api.models import IdempotencyKey, Instant, Model
from .record import ExportStatus

COLLECTION_NAMES = (
    "settings",
    "users",
    "api_keys",
    "documents",
    "programs",
    "customers",
    "imported_customers",
    "coin_transactions",
    "wallets",
    "transactions",
    "prefund_requests",
    "balance_requests",
    "child_balance_requests",
    "rewards",
    "redemptions",
    "marketplace_orders",
    "invoices",
    "gateway_invoices",
    "connections",
    "webhook_endpoints",
    "fraud_flags",
    "verifications",
    "tickets",
    "imports",
    "audit_trail",
)
"""In the order in which they are written. `collections.COLLECTIONS` reads them; this module is lighter to import."""


def _known_collection(name: str) -> str:
    if name not in COLLECTION_NAMES:
        raise ValueError(f"must be one of {', '.join(COLLECTION_NAMES)}")
    return name


CollectionName = Annotated[
    str, AfterValidator(_known_collection), Field(json_schema_extra={"enum": list(COLLECTION_NAMES)})
]


class CreateExport(Model):
    collections: list[CollectionName] | None = Field(
        None,
        min_length=1,
        max_length=len(COLLECTION_NAMES),
        description="What to export. Everything that the caller may list when left out.",
        examples=[["customers", "coin_transactions"]],
    )
    idempotency_key: IdempotencyKey | None = None


class ExportsQuery(Model):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class ExportProgress(Model):
    """One collection of an export."""

    name: str = Field(examples=["customers"])
    status: str = Field(description="`waiting`, `running` or `finished`.", examples=["finished"])
    rows: int = Field(examples=[1280])


class ExportFileOut(Model):
    name: str = Field(examples=["customers-0001.jsonl.gz"])
    collection: str = Field(examples=["customers"])
    rows: int = Field(examples=[1280])
    size: int = Field(description="Bytes, compressed.", examples=[40961])
    sha256: str = Field(
        description="Of the compressed file.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    url: str = Field(
        description="A link that downloads the file for fifteen minutes, without further credentials.",
        examples=["https://batua-files.s3.ap-south-1.amazonaws.com/exports/…?X-Amz-Signature=…"],
    )


class ExportOut(Model):
    id: str = Field(examples=["exp_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    status: ExportStatus = Field(examples=["finished"])
    reason: str | None = Field(description="Why it failed.", examples=[None])
    collections: list[ExportProgress]
    created_by: str = Field(examples=["usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    created_at: Instant = Field(examples=["2026-11-29T06:30:00.000Z"])
    finished_at: Instant | None = Field(examples=["2026-11-29T06:31:12.000Z"])
    kept_until: Instant = Field(
        description="When the files are deleted, seven days after the request.", examples=["2026-12-06T06:30:00.000Z"]
    )


class ExportRead(ExportOut):
    files: list[ExportFileOut] = Field(description="Empty until the export has finished, and after `kept_until`.")
