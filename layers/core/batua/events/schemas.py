"""What events there are, and what each one says. The documents are made from here.

A field may be added under the same version; a change that a receiver would stumble over makes a new version. Amounts
are decimal texts (`"1250.50"`), so that nobody's parser takes them for floats. Nobody's name, number or address is
here: customers are ids.
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
    """An entry of a customer's wallet. Balances are whole: available and held together."""

    transaction_id: str
    wallet_id: str
    customer_id: str
    program_id: str
    coins: Decimal
    previous_balance: Decimal
    balance: Decimal
    held: Decimal = Field(description="Of the balance: what is set aside after this.")
    reference: str | None = Field(description="The caller's own name for it: an order, a bill.")
    by: str = Field(description="The user or key that did it, or the job.")


class CoinsTransferred(CoinsMoved):
    direction: Literal["out", "in"]
    other_wallet_id: str


class CoinsIssued(CoinsMoved):
    bill_amount: Decimal | None = Field(description="In rupees.")
    rule_id: str | None = Field(description="The earning rule that counted; null where coins were named.")


class CoinsRedeemed(CoinsMoved):
    bill_amount: Decimal | None = Field(description="In rupees.")


class CoinsHeld(CoinsMoved):
    hold_id: str


class CoinsReversed(CoinsMoved):
    original_transaction_id: str
    undone: Literal["issue", "redemption", "import"]
    shortfall: Decimal = Field(description="Coins of the issue that were spent already and could not be taken back.")


class WalletMoved(Model):
    """A line on a tenant's own wallet. Its balance moves on by itself: read the wallet for it."""

    transaction_id: str
    line: int = Field(description="A transaction may have several lines; they are numbered from 0.")
    kind: FundsKind = Field(description="The ledger's word for it.")
    wallet_id: str
    asset: str = Field(description="`INR`, or the id of a coin program.")
    customer: str | None = Field(description="For whom the tenant keeps the wallet: `walletCustomerId`.")
    amount: Decimal
    available_change: Decimal = Field(description="What was added to (or, below zero, taken from) what is available.")
    held_change: Decimal
    other_wallet_id: str | None
    hold_id: str | None
    original_transaction_id: str | None
    reference: str | None
    by: str


class WalletChanged(Model):
    """A tenant's own wallet that was made, renamed, closed or opened again."""

    wallet_id: str
    asset: str = Field(description="`INR`, or the id of a coin program.")
    name: str = Field(examples=["Pune branch"])
    previous_name: str | None = Field(description="Of a wallet that was renamed.", examples=["Branch Pune"])
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
    utr: str = Field(description="The bank's reference of the transfer.")
    transaction_id: str | None


class DisputeChanged(Model):
    dispute_id: str
    transaction_id: str
    status: Literal["open", "accepted", "rejected"]
    reason: str
    amount: Decimal = Field(description="What is disputed; of an accepted dispute what goes back.")
    disputed_amount: Decimal = Field(description="What is disputed, also once a part of it was accepted.")
    refund_transaction_id: str | None
    due_at: Instant = Field(description="By when it is to be decided.")


class RedemptionChanged(Model):
    """A redemption of a reward. Its code, the address and what people wrote are not here."""

    redemption_id: str = Field(examples=["rdm_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    reward_id: str = Field(examples=["rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    title: str = Field(description="Of the reward, as it was redeemed.", examples=["Steel travel mug"])
    type: RewardType
    status: RedemptionState
    points: Decimal
    customer_id: str
    wallet_id: str
    transaction_id: str = Field(description="Held or took the coins.")
    settlement_transaction_id: str | None = Field(description="Captured the coins, or gave them back.")
    due_at: Instant | None = Field(description="By when it is fulfilled; after that it expires.")
    redeemed_by: str = Field(examples=["usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])


class RewardCodesLow(Model):
    reward_id: str = Field(examples=["rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    left: int = Field(examples=[10])
    low_at: int = Field(description="From so many left on.", examples=[10])


class MarketOrderChanged(Model):
    """An order of the marketplace. Its cards are not here."""

    order_id: str = Field(examples=["mor_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    product_id: str = Field(examples=["rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    title: str = Field(description="Of the product, as it was ordered.", examples=["BookBarn gift card"])
    vendor: VendorName
    status: MarketOrderState
    delayed: bool = Field(description="The vendor has not confirmed for long; the coins stay held.")
    quantity: int
    delivered: int = Field(description="Cards that were delivered.")
    points: Decimal = Field(description="The whole price.")
    points_captured: Decimal
    reason: str | None = Field(description="Why it failed, was delivered in part or is delayed.", examples=["sold_out"])
    customer_id: str
    wallet_id: str
    transaction_id: str = Field(description="Held the coins.")
    settlement_transaction_id: str | None = Field(description="Captured the coins, or gave them back.")
    ordered_by: str = Field(
        description="A user, or the customer by themselves.", examples=["usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]
    )


class TicketChanged(Model):
    """A ticket, without its texts. Internal comments and assignments make no event for a tenant."""

    ticket_id: str
    status: TicketStatus
    previous_status: TicketStatus | None
    category: TicketCategory
    priority: TicketPriority
    requester_id: str
    comment_id: str | None = Field(description="The public comment that was added.")
    by_type: TicketSide
    by: str = Field(description="The user who did it, or `schedule`.")
    sla_clocks: list[str] | None = Field(description="The clocks that are late, or nearly.")


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
    EventType("coins.issued", "A customer was given coins.", CoinsIssued),
    EventType("coins.redeemed", "A customer paid with coins.", CoinsRedeemed),
    EventType("coins.held", "Coins were set aside.", CoinsHeld),
    EventType("coins.captured", "Coins that were set aside were redeemed, all or a part.", CoinsHeld),
    EventType("coins.released", "Coins that were set aside went back to the customer.", CoinsHeld),
    EventType("coins.reversed", "An issue or a redemption was undone, all or a part.", CoinsReversed),
    EventType("coins.imported", "A customer's coins were moved in from another system.", CoinsMoved),
    EventType("coins.expired", "Coins were past their month and left the wallet.", CoinsMoved),
    EventType("coins.transferred", "Coins went to another wallet of the program, or came from one.", CoinsTransferred),
    EventType("wallet.credited", "Value came into a tenant's own wallet.", WalletMoved),
    EventType("wallet.debited", "Value left a tenant's own wallet.", WalletMoved),
    EventType("wallet.transferred", "Value went to, or came from, another tenant wallet.", WalletMoved),
    EventType("wallet.charged", "A charge was posted.", WalletMoved),
    EventType("wallet.held", "Value was set aside.", WalletMoved),
    EventType("wallet.captured", "Value that was set aside was taken, all or a part.", WalletMoved),
    EventType(
        "wallet.released", "Value that was set aside went back: it was voided, or its time was over.", WalletMoved
    ),
    EventType("wallet.refunded", "A transaction was undone, all or a part.", WalletMoved),
    EventType("wallet.created", "A tenant made a wallet of its own.", WalletChanged),
    EventType("wallet.renamed", "A tenant's wallet was given another name.", WalletChanged),
    EventType("wallet.closed", "A tenant closed one of its wallets: nothing goes in or out.", WalletChanged),
    EventType("wallet.reopened", "A tenant opened a closed wallet again.", WalletChanged),
    EventType("balance_request.created", "A child asked its parent for balance.", BalanceRequestChanged),
    EventType("balance_request.reminder", "The parent has not decided yet.", BalanceRequestChanged),
    EventType("balance_request.approved", "The parent approved: its balance is held.", BalanceRequestChanged),
    EventType("balance_request.settled", "The approved balance is in the child's wallet.", BalanceRequestChanged),
    EventType("balance_request.rejected", "The parent rejected.", BalanceRequestChanged),
    EventType("balance_request.withdrawn", "The child withdrew it.", BalanceRequestChanged),
    EventType("balance_request.expired", "Nobody decided in time.", BalanceRequestChanged),
    EventType("balance_request.failed", "It was approved, but could not be settled.", BalanceRequestChanged),
    EventType("prefund.submitted", "A prefund request waits for review.", PrefundChanged),
    EventType("prefund.under_review", "It is being reviewed.", PrefundChanged),
    EventType("prefund.clarification", "The tenant was asked something.", PrefundChanged),
    EventType("prefund.approved", "It was approved, and is about to be credited.", PrefundChanged),
    EventType("prefund.credited", "It was credited to the tenant's wallet.", PrefundChanged),
    EventType("prefund.rejected", "It was rejected.", PrefundChanged),
    EventType("prefund.withdrawn", "The tenant withdrew it.", PrefundChanged),
    EventType("prefund.settlement_failed", "It was approved, but could not be credited yet.", PrefundChanged),
    EventType("dispute.raised", "A transaction was disputed.", DisputeChanged),
    EventType("dispute.accepted", "The dispute was accepted, and the transaction refunded.", DisputeChanged),
    EventType("dispute.rejected", "The dispute was rejected.", DisputeChanged),
    EventType("redemption.created", "A customer redeemed a reward.", RedemptionChanged),
    EventType("redemption.approved", "A redemption was approved, and waits to be fulfilled.", RedemptionChanged),
    EventType("redemption.fulfilled", "The coins are taken, and the reward is the customer's.", RedemptionChanged),
    EventType("redemption.rejected", "It was rejected; everything went back.", RedemptionChanged),
    EventType("redemption.cancelled", "It was cancelled; everything went back.", RedemptionChanged),
    EventType("redemption.expired", "Nobody fulfilled it in time; everything went back.", RedemptionChanged),
    EventType("redemption.reversed", "All of its coins were given back after it was fulfilled.", RedemptionChanged),
    EventType("reward.codes_low", "Few or no codes of a reward are left: upload more.", RewardCodesLow),
    EventType("market_order.created", "A customer ordered a product; the coins are held.", MarketOrderChanged),
    EventType("market_order.completed", "All cards were delivered, and the coins taken.", MarketOrderChanged),
    EventType(
        "market_order.partially_completed",
        "Some of the cards were delivered and paid; the other coins went back.",
        MarketOrderChanged,
    ),
    EventType("market_order.failed", "The vendor delivers nothing; all coins went back.", MarketOrderChanged),
    EventType(
        "market_order.delayed", "The vendor has not confirmed for long; the coins stay held.", MarketOrderChanged
    ),
    EventType("ticket.created", "A ticket was opened.", TicketChanged),
    EventType("ticket.commented", "Somebody wrote a public comment on a ticket.", TicketChanged),
    EventType("ticket.status_changed", "A ticket's status was changed.", TicketChanged),
    EventType("ticket.reminder", "The customer is awaited, and the ticket will move on by itself.", TicketChanged),
    EventType("ticket.assigned", "A ticket was assigned. Only the operator receives it.", TicketChanged),
    EventType("ticket.sla_warning", "80 % of a target's time is used. Only the operator receives it.", TicketChanged),
    EventType("ticket.sla_breached", "A target was missed. Only the operator receives it.", TicketChanged),
    EventType("webhook_endpoint.disabled", "We stopped sending to an endpoint.", EndpointDisabled),
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
"""The name of an entry's kind in events. `issue` and `reverse_issue` come with the coins of a prefunded program."""


def families() -> list[str]:
    """`coins`, `wallet` and so on: what a filter such as `coins.*` may name."""
    return list(dict.fromkeys(name.partition(".")[0] for name in TYPES))


def envelopes() -> Iterable[tuple[EventType, type[Model]]]:
    """Each type with the model of its whole event, for the documents."""
    for each in TYPES.values():
        name = "".join(part.capitalize() for part in each.name.replace("_", ".").split("."))
        fields: dict[str, Any] = {
            "id": (str, Field(description="The same at each attempt: what you have seen, leave out.")),
            "type": (Literal[each.name], ...),
            "version": (Literal[each.version], ...),
            "created_at": (Instant, Field(description="When it happened.")),
            "tenant": (str, Field(description="To whom it happened.")),
            "mode": (Literal["live", "test"], ...),
            "subject": (str, Field(description="Whose history it belongs to.")),
            "sequence": (str, Field(description="Events of one subject sort by it, as text.")),
            "data": (each.data, ...),
        }
        yield each, create_model(f"{name}Event", __base__=Model, **fields)
