"""The types of events and the models of their data. The documentation is generated from here.

A field can be added under the same version; a change that would break a receiver needs a new version. Amounts are
decimal strings (`"1250.50"`), so that no parser reads them as floats. Events contain no names, phone numbers or
addresses: customers are ids.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field, WithJsonSchema, create_model

from ..api.models import Instant, Model
from ..ledger.decisions.tenant_money import FundsKind
from ..ledger.model import EntryKind
from ..marketplace.order import MarketOrderState
from ..marketplace.vendor import VendorName
from ..prefund.record import PrefundStatus
from ..rewards.redemption import RedemptionState
from ..rewards.reward import RewardType
from ..support.states import TicketCategory, TicketPriority, TicketSide, TicketStatus

Decimal = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["250"]})]
"""An amount: coins with their program's decimals, rupees with two."""


class CoinsMoved(Model):
    """An entry of a customer's wallet. Balances include what is held."""

    transaction_id: str
    wallet_id: str
    customer_id: str
    program_id: str
    coins: Decimal
    previous_balance: Decimal
    balance: Decimal
    held: Decimal = Field(description="The part of the balance that is on hold after this entry.")
    reference: str | None = Field(description="The caller's own reference, such as an order or bill number.")
    by: str = Field(description="The user, API key or job that made the entry.")


class CoinsTransferred(CoinsMoved):
    direction: Literal["out", "in"]
    other_wallet_id: str


class CoinsIssued(CoinsMoved):
    bill_amount: Decimal | None = Field(description="In rupees.")
    rule_id: str | None = Field(description="The earning rule that applied; null if the request named the coins.")


class CoinsRedeemed(CoinsMoved):
    bill_amount: Decimal | None = Field(description="In rupees.")


class CoinsHeld(CoinsMoved):
    hold_id: str


class CoinsReversed(CoinsMoved):
    original_transaction_id: str
    undone: Literal["issue", "redemption", "import"]
    shortfall: Decimal = Field(description="Coins that had already been spent and could not be taken back.")


class WalletMoved(Model):
    """A line on a tenant's own wallet. For its balance, read the wallet."""

    transaction_id: str
    line: int = Field(description="Number of the line in its transaction, from 0.")
    kind: FundsKind = Field(description="The kind of line in the ledger.")
    wallet_id: str
    asset: str = Field(description="`INR`, or the id of a coin program.")
    customer: str | None = Field(description="The customer that the tenant keeps the wallet for: `walletCustomerId`.")
    amount: Decimal
    available_change: Decimal = Field(description="Change of the available balance; negative if it fell.")
    held_change: Decimal
    other_wallet_id: str | None
    hold_id: str | None
    original_transaction_id: str | None
    reference: str | None
    by: str


class WalletChanged(Model):
    """A tenant's own wallet that was created, renamed, closed or reopened."""

    wallet_id: str
    asset: str = Field(description="`INR`, or the id of a coin program.")
    name: str = Field(examples=["Pune branch"])
    previous_name: str | None = Field(description="If the wallet was renamed.", examples=["Branch Pune"])
    status: Literal["active", "closed"]
    by: str


class BalanceRequestChanged(Model):
    request_id: str
    parent_tenant_id: str
    child_tenant_id: str
    wallet_customer_id: str
    status: Literal["PENDING", "APPROVED", "REJECTED", "WITHDRAWN", "EXPIRED", "FAILED"]
    requested_amount: Decimal
    approved_amount: Decimal | None
    settlement_transaction_id: str | None
    failure_reason: str | None
    expires_at: Instant


class PrefundChanged(Model):
    request_id: str
    status: PrefundStatus
    amount: Decimal = Field(description="As reported by the tenant.")
    credited_amount: Decimal | None
    utr: str = Field(description="The bank's reference for the transfer.")
    transaction_id: str | None


class DisputeChanged(Model):
    dispute_id: str
    transaction_id: str
    status: Literal["open", "accepted", "rejected"]
    reason: str
    amount: Decimal = Field(description="The disputed amount; for an accepted dispute, the refunded amount.")
    disputed_amount: Decimal = Field(description="The disputed amount, even if only part of it was accepted.")
    refund_transaction_id: str | None
    due_at: Instant = Field(description="When it has to be decided.")


class RedemptionChanged(Model):
    """A redemption of a reward, without its code, address and free texts."""

    redemption_id: str = Field(examples=["rdm_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    reward_id: str = Field(examples=["rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    title: str = Field(description="Title of the reward when it was redeemed.", examples=["Steel travel mug"])
    type: RewardType
    status: RedemptionState
    points: Decimal
    customer_id: str
    wallet_id: str
    transaction_id: str = Field(description="The transaction that held or took the coins.")
    settlement_transaction_id: str | None = Field(description="Captured the coins, or gave them back.")
    due_at: Instant | None = Field(description="When it expires if it has not been fulfilled.")
    redeemed_by: str = Field(examples=["usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])


class RewardCodesLow(Model):
    reward_id: str = Field(examples=["rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    left: int = Field(examples=[10])
    low_at: int = Field(description="The number of codes left at which this event is sent.", examples=[10])


class MarketOrderChanged(Model):
    """A marketplace order, without its cards."""

    order_id: str = Field(examples=["mor_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    product_id: str = Field(examples=["rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    title: str = Field(description="Title of the product when it was ordered.", examples=["BookBarn gift card"])
    vendor: VendorName
    status: MarketOrderState
    delayed: bool = Field(description="The vendor has not confirmed in time; the coins stay on hold.")
    quantity: int
    delivered: int = Field(description="Number of cards delivered.")
    points: Decimal = Field(description="The price of the whole order.")
    points_captured: Decimal
    reason: str | None = Field(
        description="Why the order failed, was partially delivered or is delayed.", examples=["sold_out"]
    )
    customer_id: str
    wallet_id: str
    transaction_id: str = Field(description="The transaction that held the coins.")
    settlement_transaction_id: str | None = Field(description="Captured the coins, or gave them back.")
    ordered_by: str = Field(
        description="The user, or the customer on their own page.", examples=["usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]
    )


class TicketChanged(Model):
    """A ticket, without its texts. Tenants get no events about internal comments and assignments."""

    ticket_id: str
    status: TicketStatus
    previous_status: TicketStatus | None
    category: TicketCategory
    priority: TicketPriority
    requester_id: str
    comment_id: str | None = Field(description="The public comment that was added.")
    by_type: TicketSide
    by: str = Field(description="The user who made the change, or `schedule`.")
    sla_clocks: list[str] | None = Field(description="The clocks that were breached, or soon will be.")


class EndpointDisabled(Model):
    endpoint_id: str
    url: str
    reason: Literal["failing", "gone"]


class Test(Model):
    message: str


@dataclass(frozen=True, slots=True)
class EventType:
    name: str
    description: str
    data: type[Model]
    version: int = 1


def _types(*types: EventType) -> dict[str, EventType]:
    return {each.name: each for each in types}


TYPES: Final = _types(
    EventType("coins.issued", "Coins were issued to a customer.", CoinsIssued),
    EventType("coins.redeemed", "A customer redeemed coins.", CoinsRedeemed),
    EventType("coins.held", "Coins were put on hold.", CoinsHeld),
    EventType("coins.captured", "A hold on coins was captured, in full or in part.", CoinsHeld),
    EventType("coins.released", "A hold on coins was released: it was voided or expired.", CoinsHeld),
    EventType("coins.reversed", "An issue, a redemption or an import was reversed, in full or in part.", CoinsReversed),
    EventType("coins.imported", "A customer's coins were imported from another system.", CoinsMoved),
    EventType("coins.expired", "Coins expired and left the wallet.", CoinsMoved),
    EventType(
        "coins.transferred", "Coins were transferred to or from another wallet of the program.", CoinsTransferred
    ),
    EventType("wallet.credited", "A tenant's own wallet was credited.", WalletMoved),
    EventType("wallet.debited", "A tenant's own wallet was debited.", WalletMoved),
    EventType("wallet.transferred", "Value was transferred to or from another tenant wallet.", WalletMoved),
    EventType("wallet.charged", "A charge was posted.", WalletMoved),
    EventType("wallet.held", "Value was put on hold.", WalletMoved),
    EventType("wallet.captured", "A hold was captured, in full or in part.", WalletMoved),
    EventType("wallet.released", "A hold was released: it was voided or expired.", WalletMoved),
    EventType("wallet.refunded", "A transaction was refunded, in full or in part.", WalletMoved),
    EventType("wallet.created", "A tenant created a wallet.", WalletChanged),
    EventType("wallet.renamed", "A tenant renamed a wallet.", WalletChanged),
    EventType("wallet.closed", "A tenant closed a wallet: it can no longer be credited or debited.", WalletChanged),
    EventType("wallet.reopened", "A tenant reopened a closed wallet.", WalletChanged),
    EventType("balance_request.created", "A child requested balance from its parent.", BalanceRequestChanged),
    EventType("balance_request.reminder", "The parent was reminded of an undecided request.", BalanceRequestChanged),
    EventType(
        "balance_request.approved",
        "The parent approved the request: the amount is held on its wallet.",
        BalanceRequestChanged,
    ),
    EventType(
        "balance_request.settled", "The approved amount was transferred to the child's wallet.", BalanceRequestChanged
    ),
    EventType("balance_request.rejected", "The parent rejected the request.", BalanceRequestChanged),
    EventType("balance_request.withdrawn", "The child withdrew the request.", BalanceRequestChanged),
    EventType("balance_request.expired", "The request was not decided in time.", BalanceRequestChanged),
    EventType("balance_request.failed", "The request was approved, but could not be settled.", BalanceRequestChanged),
    EventType("prefund.submitted", "A prefund request was submitted for review.", PrefundChanged),
    EventType("prefund.under_review", "The request is under review.", PrefundChanged),
    EventType("prefund.clarification", "The tenant was asked for clarification.", PrefundChanged),
    EventType("prefund.approved", "The request was approved, and will be credited.", PrefundChanged),
    EventType("prefund.credited", "The amount was credited to the tenant's wallet.", PrefundChanged),
    EventType("prefund.rejected", "The request was rejected.", PrefundChanged),
    EventType("prefund.withdrawn", "The tenant withdrew the request.", PrefundChanged),
    EventType("prefund.settlement_failed", "The request was approved, but could not be credited yet.", PrefundChanged),
    EventType("dispute.raised", "A transaction was disputed.", DisputeChanged),
    EventType("dispute.accepted", "The dispute was accepted, and the transaction refunded.", DisputeChanged),
    EventType("dispute.rejected", "The dispute was rejected.", DisputeChanged),
    EventType("redemption.created", "A customer redeemed a reward.", RedemptionChanged),
    EventType("redemption.approved", "A redemption was approved, and can be fulfilled.", RedemptionChanged),
    EventType("redemption.fulfilled", "A redemption was fulfilled: its coins are taken.", RedemptionChanged),
    EventType("redemption.rejected", "A redemption was rejected; its coins were returned.", RedemptionChanged),
    EventType("redemption.cancelled", "A redemption was cancelled; its coins were returned.", RedemptionChanged),
    EventType(
        "redemption.expired", "A redemption was not fulfilled in time; its coins were returned.", RedemptionChanged
    ),
    EventType("redemption.reversed", "All coins of a fulfilled redemption were returned.", RedemptionChanged),
    EventType("reward.codes_low", "A reward has few or no codes left. Upload more.", RewardCodesLow),
    EventType("market_order.created", "A product was ordered; its coins are held.", MarketOrderChanged),
    EventType("market_order.completed", "All cards were delivered, and the coins captured.", MarketOrderChanged),
    EventType(
        "market_order.partially_completed",
        "Some of the cards were delivered and paid; the remaining coins were released.",
        MarketOrderChanged,
    ),
    EventType("market_order.failed", "The vendor did not deliver; all coins were released.", MarketOrderChanged),
    EventType(
        "market_order.delayed", "The vendor has not confirmed in time; the coins stay on hold.", MarketOrderChanged
    ),
    EventType("ticket.created", "A ticket was opened.", TicketChanged),
    EventType("ticket.commented", "A public comment was added to a ticket.", TicketChanged),
    EventType("ticket.status_changed", "A ticket's status was changed.", TicketChanged),
    EventType(
        "ticket.reminder",
        "The customer has not replied; the ticket will be resolved or closed automatically.",
        TicketChanged,
    ),
    EventType("ticket.assigned", "A ticket was assigned. Only the operator receives it.", TicketChanged),
    EventType(
        "ticket.sla_warning", "80% of an SLA target's time has passed. Only the operator receives it.", TicketChanged
    ),
    EventType("ticket.sla_breached", "An SLA target was missed. Only the operator receives it.", TicketChanged),
    EventType("webhook_endpoint.disabled", "Sending to a webhook endpoint was stopped.", EndpointDisabled),
    EventType("webhook.test", "A test delivery was requested.", Test),
)

COIN_TYPES: Final[dict[EntryKind, str]] = {
    "issue": "coins.issued",
    "redeem": "coins.redeemed",
    "hold": "coins.held",
    "capture": "coins.captured",
    "void": "coins.released",
    "reverse_issue": "coins.reversed",
    "reverse_redeem": "coins.reversed",
    "expire": "coins.expired",
    "transfer_out": "coins.transferred",
    "transfer_in": "coins.transferred",
    "import": "coins.imported",
    "reverse_import": "coins.reversed",
}
FUNDS_TYPES: Final[dict[FundsKind, str]] = {
    "credit": "wallet.credited",
    "debit": "wallet.debited",
    "transfer": "wallet.transferred",
    "charge": "wallet.charged",
    "hold": "wallet.held",
    "capture": "wallet.captured",
    "void": "wallet.released",
    "expire": "wallet.released",
    "refund": "wallet.refunded",
    "issue": "wallet.debited",
    "reverse_issue": "wallet.credited",
}
"""The kind of an entry -> its event type. `issue` and `reverse_issue` come with the coins of a prefunded program."""


def families() -> list[str]:
    """`coins`, `wallet` and so on: what a filter such as `coins.*` may name."""
    return list(dict.fromkeys(name.partition(".")[0] for name in TYPES))


def envelopes() -> Iterable[tuple[EventType, type[Model]]]:
    """Each type with the model of its whole event, for the documents."""
    for each in TYPES.values():
        name = "".join(part.capitalize() for part in each.name.replace("_", ".").split("."))
        fields: dict[str, Any] = {
            "id": (str, Field(description="The same on each attempt: ignore ids that you have already processed.")),
            "type": (Literal[each.name], ...),
            "version": (Literal[each.version], ...),
            "created_at": (Instant, Field(description="When it happened.")),
            "tenant": (str, Field(description="The tenant that the event belongs to.")),
            "mode": (Literal["live", "test"], ...),
            "subject": (str, Field(description="The object that the event is about; see `sequence`.")),
            "sequence": (str, Field(description="Orders the events of one subject, as text.")),
            "data": (each.data, ...),
        }
        yield each, create_model(f"{name}Event", __base__=Model, **fields)
