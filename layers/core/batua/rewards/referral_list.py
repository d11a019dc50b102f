"""A program's referrals, for its owner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from pydantic import Field

from .. import clock, errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number
from ..api.styles import Reply
from ..coins.models import CustomerNamed
from ..customers.named import NOT_SHOWN, NamedCustomer, named_customers
from ..customers.referrals import Referral, read_referral
from ..ledger.model import Program
from ..money import to_wire
from ..store import referral_keys
from . import programs

LIST_REFERRALS_ERRORS: Final = (errors.PROGRAM_NOT_FOUND, errors.INVALID_CURSOR)
_MAX_SCANNED: Final = 2_000

ReferralStatus = Literal["waiting", "decided", "rewarded", "void"]


class ReferralsQuery(Model):
    status: ReferralStatus | None = None
    referrer_id: str | None = Field(None, max_length=40, description="`cust_…`")
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class ReferralSide(CustomerNamed):
    customer_id: str = Field(examples=["cust_21CBYXTED3WGH5X3H3JBPET8VZ"])
    coins: Number = Field(description="As the campaign promised them when the code was named.", examples=[100])
    outcome: str | None = Field(
        description="`given`, or why nothing was: `limit_reached`, `budget_spent`, or the code of what stood in the "
        "way. Null while it waits.",
        examples=["given"],
    )


class ReferralOut(Model):
    campaign_id: str = Field(examples=["cmp_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    campaign_version: int
    status: ReferralStatus = Field(
        description="`waiting`: for the new customer's first bill, or for its days to pass. `decided`: coins are on "
        "their way. `void`: see `reason`."
    )
    reason: str | None = Field(
        description="`no_bill`, `not_new`, `same_customer` or `program_ended`.", examples=["no_bill"]
    )
    friend: ReferralSide
    referrer: ReferralSide
    named_at: Instant
    named_by: str = Field(
        description="The customer, or the user or key of the counter.", examples=["key_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]
    )
    next_check_at: Instant | None
    transaction_id: str | None = Field(
        description="The issue for the first bill that stood.", examples=["txn_4ZKQ0N2V7M1X9C6R8Y3E2K7D4P"]
    )
    merchant_id: str | None = Field(
        description="Whose it was, and who gives the coins.", examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]
    )


def list_referrals(call: Call[ReferralsQuery]) -> Reply:
    """In the order of the new customers' ids: a referral has one place, whatever becomes of it."""
    program, query = programs.own_program(call).program, call.input
    if program.kind == "application":
        raise errors.PROGRAM_NOT_FOUND()
    bound = {"list": "referrals", "program": program.id, **query.model_dump(exclude={"limit", "cursor"})}
    after = cursor.open_cursor(call.caller.tenant.id, bound, query.cursor) if query.cursor else None
    page, following = cursor.take_page(_referral_rows(call, program, after), query.limit, _MAX_SCANNED)
    sealed = cursor.seal_cursor(call.caller.tenant.id, bound, following) if following else None
    named = named_customers(call, (side for each in page for side in (each.friend, each.referrer)))
    rows = [_referral_out(each, program, named) for each in page]
    return Reply(rows, meta={"next_cursor": sealed, "limit": query.limit})


def _referral_rows(
    call: Call[ReferralsQuery], program: Program, after: str | None
) -> Iterator[tuple[str, Referral | None]]:
    query, partition = call.input, referral_keys.referrals_partition(call.caller.scope, program.id)
    since = {"since": f"{after}$"} if after else {}
    for row in call.store.query_all("directory", partition, limit=query.limit + 1, **since):
        found = read_referral(row)
        fits = query.status in (None, found.state) and query.referrer_id in (None, found.referrer)
        yield found.friend, found if fits else None


def _referral_out(referral: Referral, program: Program, named: Mapping[str, NamedCustomer]) -> ReferralOut:
    def side(customer: str, coins: int, outcome: str | None) -> ReferralSide:
        shown = named.get(customer, NOT_SHOWN).fields
        return ReferralSide(customer_id=customer, coins=to_wire(coins, program.scale), outcome=outcome, **shown)

    return ReferralOut(
        campaign_id=referral.campaign,
        campaign_version=referral.version,
        status=referral.state,
        reason=referral.why,
        friend=side(referral.friend, referral.friend_coins, referral.friend_outcome),
        referrer=side(referral.referrer, referral.referrer_coins, referral.referrer_outcome),
        named_at=clock.iso(referral.named_at),
        named_by=referral.named_by,
        next_check_at=clock.iso(referral.due) if referral.is_open else None,
        transaction_id=referral.bill,
        merchant_id=referral.merchant,
    )
