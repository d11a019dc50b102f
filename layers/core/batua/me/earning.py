"""What a bill would earn, for visitors of a shop: shown next to a price before the customer is known."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ..api.endpoint import Call
from ..api.models import Amount, Instant, Model, Number
from ..coins import counter
from ..ledger.decisions import customer_coins
from ..ledger.decisions.customer_coins import Merchant
from ..ledger.model import Refusal, Wallet
from ..store import keys
from ..tenants.brand_colors import PRIMARY
from .models import CustomerMerchant, MyProgram
from .profile import program_of_mine
from .session_models import ModeChoice, Slug
from .sign_in import CustomerPage, find_page


class EarningQuery(Model):
    merchant: Slug
    bill_amount: Amount = Field(description="INR, such as the price of a product or the total of a cart.")
    mode: ModeChoice = "live"


class EarningPreview(Model):
    merchant: CustomerMerchant
    program: MyProgram
    color: str = Field(description="The merchant's own colour.", examples=["#0a6847"])
    bill_amount: Number
    coins: Number = Field(
        description="What a regular customer would earn now. Zero where no earning rule reaches the bill.",
        examples=[25],
    )
    value: Number = Field(description="What these coins are worth, in rupees.", examples=[25])
    coin_value: Number = Field(description="What one coin is worth, in rupees.", examples=[1])
    expires_at: Instant | None = Field(description="When they would expire; null for never, or where there are none.")


def preview_earning(call: Call[EarningQuery]) -> EarningPreview:
    """By the merchant's rules and campaigns as they are now. Nothing is promised to anybody: who is new may earn more,
    who has reached a daily cap less."""
    given = call.input
    page = find_page(call.store, given.merchant, given.mode)
    program, bill = page.program, counter.bill_minor(given.bill_amount) or 0
    merchant = Merchant(page.tenant.id, page.tenant.program_since, page.tenant.rules)
    # Not a first purchase: a bonus for new customers is not shown to everybody.
    somebody = Wallet("", "", seq=1)
    decision = customer_coins.decide_issue(
        somebody, program, merchant, call.now, coins=None, bill=bill, campaigns=program.campaigns
    )
    coins, lots = (0, {}) if isinstance(decision, Refusal) else (decision.amount, decision.lots)
    return EarningPreview(
        merchant=CustomerMerchant(id=page.tenant.id, slug=page.slug, name=page.tenant.name),
        program=program_of_mine(program),
        color=_color(call, page),
        bill_amount=counter.rupees_wire(bill) or 0,
        coins=counter.coins_wire(coins, program),
        value=counter.rupees_wire(program.value_of(coins)) or 0,
        coin_value=counter.rupees_wire(program.coin_value) or 0,
        expires_at=counter.expires_at(next(iter(lots)), program) if lots else None,
    )


def _color(call: Call[Any], page: CustomerPage) -> str:
    key = keys.branding_key(page.tenant.id)
    record = call.store.read([key], consistent=False)[key] or {}
    return str(record.get("primary", PRIMARY))
