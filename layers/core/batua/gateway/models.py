"""What the gateway's endpoints take and give: balance, charges, transactions. Names as its callers know them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, StrictBool, StringConstraints, model_serializer
from pydantic.alias_generators import to_camel

from ..api.models import Amount, Instant, Model, Note, Number, Text

MAX_CHARGES: Final = 40
MAX_PARTS: Final = 10

Head = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
HsnOrSacCode = Annotated[str, StringConstraints(min_length=2, max_length=8, pattern=r"^[0-9]+$")]
CustomerId = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f/]+$")]
GatewayInstant = Annotated[
    str, Field(max_length=40, description="ISO 8601; a date alone is a day of the tenant's time zone.")
]
Currency = Annotated[str, StringConstraints(min_length=3, max_length=3, pattern=r"^[A-Za-z]{3}$")]
Direction = Literal["debit", "credit"]
PageNumber = Annotated[int, Field(ge=1, le=100_000)]


class Camel(Model):
    """Names on the wire are `camelCase`."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class MetadataPair(Camel):
    """One thing that a caller keeps with a transaction or a charge."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(examples=["channel"])
    value: Annotated[str, StringConstraints(max_length=256)] = Field(examples=["web"])


class ChargePart(Camel):
    """A part of a charge: the taxes inside it, say. All parts add up to the charge."""

    head: Head
    amount: Amount


class Charge(Camel):
    head: Head = Field(examples=["GST"])
    amount: Amount
    hsn_or_sac: HsnOrSacCode = Field(examples=["998314"])
    is_billable: StrictBool
    absorbed_by: Text = Field(examples=["merchant"])
    transaction_type: Direction
    charged_at: GatewayInstant | None = None
    metadata: list[MetadataPair] = Field(default_factory=list, max_length=20)
    breakup: list[ChargePart] = Field(default_factory=list, max_length=MAX_PARTS)


class NewTransaction(Camel):
    customer_id: CustomerId
    entity_type: Text = Field(examples=["order"])
    reference_id: Text
    currency: Currency
    charges: list[Charge] = Field(min_length=1, max_length=MAX_CHARGES)
    metadata: list[MetadataPair] = Field(default_factory=list, max_length=20)


class TransactionCreated(Camel):
    transaction_id: str
    status: Literal["SUCCESS"]


class TenantBalance(Camel):
    balance: Number = Field(description="What is available.")
    held: Number = Field(description="What is set aside for approved requests and the like.")
    tenant_id: str
    last_updated: Instant


class DateRange(Camel):
    start: GatewayInstant | None = None
    end: GatewayInstant | None = None


class TransactionFilters(Camel):
    transaction_ids: list[Text] | None = Field(None, max_length=100)
    customer_ids: list[CustomerId] | None = Field(None, max_length=100)
    entity_types: list[Text] | None = Field(None, max_length=100)
    reference_ids: list[Text] | None = Field(None, max_length=100)
    currencies: list[Currency] | None = Field(None, max_length=10)
    transaction_date_range: DateRange | None = None


class ChargeFilters(Camel):
    """A transaction is in the list when one of its charges fits all of these."""

    heads: list[Head] | None = Field(None, max_length=100)
    hsn_or_sac: list[HsnOrSacCode] | None = Field(None, max_length=100)
    is_billable: StrictBool | None = None
    absorbed_by: list[Text] | None = Field(None, max_length=100)
    transaction_types: list[Direction] | None = Field(None, max_length=2)
    min_amount: Amount | None = None
    max_amount: Amount | None = None
    charge_date_range: DateRange | None = None


class Sorting(Camel):
    sort_by: Literal["createdAt", "amount", "referenceId", "customerId"] = "createdAt"
    sort_order: Literal["ASC", "DESC"] = "DESC"


class Including(Camel):
    include_charges: StrictBool = False
    include_metadata: StrictBool = False


class TransactionQuery(Camel):
    page: PageNumber = 1
    limit: int | None = Field(None, ge=1, le=500, description="At most 100 for JSON; 10 when left out, 500 for CSV.")
    format: Literal["json", "csv"] | None = Field(None, description="As the Accept header says, when left out.")
    # Made when they are needed: an instance in the class would have its validators built while the function starts.
    transaction_filters: TransactionFilters = Field(default_factory=TransactionFilters)
    charge_filters: ChargeFilters = Field(default_factory=ChargeFilters)
    sorting: Sorting = Field(default_factory=Sorting)
    include_options: Including = Field(default_factory=Including)


class SparseModel(Camel):
    """Says nothing of what there is not."""

    @model_serializer(mode="wrap")
    def _without_none(self, serialize: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]
        # Without a return type, so that the fields' own schema is in the document.
        return {name: value for name, value in serialize(self).items() if value is not None}


class ChargePartOut(Camel):
    head: str
    amount: Number


class ChargeOut(SparseModel):
    head: str
    amount: Number
    hsn_or_sac: str
    is_billable: StrictBool
    absorbed_by: str
    transaction_type: Direction
    charged_at: Instant
    metadata: list[MetadataPair] | None = None
    breakup: list[ChargePartOut]


class GatewayTransactionOut(SparseModel):
    transaction_id: str
    customer_id: str
    entity_type: str
    reference_id: str
    currency: str
    status: Literal["SUCCESS"]
    total_debit: Number
    total_credit: Number
    created_at: Instant
    charges: list[ChargeOut] | None = None
    metadata: list[MetadataPair] | None = None


class TransactionRow(SparseModel):
    """A line of the CSV file: a charge, with the transaction that it is of."""

    transaction_id: str
    customer_id: str
    entity_type: str
    reference_id: str
    currency: str
    created_at: Instant
    head: str
    transaction_type: Direction
    amount: Number
    hsn_or_sac: str
    is_billable: StrictBool
    absorbed_by: str
    charged_at: Instant


class RequestBalance(Camel):
    amount: Amount
    wallet_customer_id: CustomerId
    remarks: Note | None = None


class Approve(Camel):
    approved_amount: Amount | None = Field(
        None, description="May be less than was requested; the whole amount if left out."
    )
    approval_remarks: Note | None = None


class Reject(Camel):
    remarks: Note | None = None


class Withdraw(Camel):
    remarks: Note | None = Field(None, description="Why; the parent sees it.", examples=["Asked for it twice"])


BalanceRequestStatus = Literal["PENDING", "APPROVED", "REJECTED", "WITHDRAWN", "EXPIRED", "FAILED"]


class BalanceRequestsQuery(Camel):
    page: PageNumber = 1
    limit: int = Field(10, ge=1, le=100)
    status: BalanceRequestStatus | None = None
    wallet_customer_id: CustomerId | None = None
    min_amount: Amount | None = None
    max_amount: Amount | None = None
    created_at_from: GatewayInstant | None = None
    created_at_to: GatewayInstant | None = None
    remarks_search: Text | None = None


class ChildRequestsQuery(BalanceRequestsQuery):
    sub_tenant_id: Text | None = None
    tenant_name: Text | None = None


class WorkflowOut(SparseModel):
    """The state of the request's workflow, and what became of the money."""

    execution: str
    step: Literal["WAITING", "SETTLING", "SETTLED", "RELEASED", "CLOSED"]
    settled_at: Instant | None = None
    settlement_transaction_id: str | None = None
    reminded_at: Instant | None = None


class BalanceRequestOut(SparseModel):
    id: str
    parent_tenant_id: str
    sub_tenant_id: str
    tenant_name: str
    wallet_customer_id: str
    requested_amount: str
    approved_amount: str | None = None
    status: BalanceRequestStatus
    remarks: str | None = None
    approval_remarks: str | None = None
    rejection_reason: str | None = None
    failure_reason: str | None = None
    approved_by: str | None = None
    approved_at: Instant | None = None
    rejected_by: str | None = None
    rejected_at: Instant | None = None
    withdrawal_remarks: str | None = Field(None, examples=["Asked for it twice"])
    withdrawn_by: str | None = Field(None, examples=["usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    withdrawn_at: Instant | None = None
    expires_at: Instant
    workflow: WorkflowOut
    created_at: Instant
    updated_at: Instant


class BalanceRequestTerms(Camel):
    """How long the children of a parent wait for its decision."""

    expires_after_hours: int = Field(72, ge=1, le=30 * 24, description="An undecided request expires after this.")
    remind_after_hours: int = Field(24, ge=1, le=30 * 24, description="From when on, and how often, it is recalled.")
