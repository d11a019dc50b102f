"""Prefunded programs: what an issue of coins takes from a rupee wallet. Pure.

The merchant pays for what it issues. A campaign's gift is issued by a job, at a merchant that did nothing for it; the
program's owner, who announced the campaign, pays for that.
"""

from __future__ import annotations

from ...store.keys import Mode
from ..campaigns import GIFTS
from ..model import InvariantBroken, Posting, Program, Refusal
from .tenant_money import FundsBalance, FundsLine, tenant_wallet


def float_line(program: Program, merchant: str, mode: Mode, posting: Posting) -> FundsLine | None:
    """What an issue of a prefunded program takes from the payer's wallet, and its reversal gives back to it.

    Imported coins are paid for like issued ones: the merchant that redeems them expects the money to be there.

    An issue costs its value rounded up, so that no fraction is issued for nothing. Parts of a reversal are valued so
    that together they come to what the issue took; one that took fewer coins than it undoes gives back their value
    rounded down. So does the reversal of an issue that was reassigned to another customer: the first issue paid for
    these coins, and parts of it may have been given back before.
    """
    if program.funding != "prefunded" or posting.kind not in ("issue", "import", "reverse_issue", "reverse_import"):
        return None
    if posting.kind in ("issue", "import"):
        value = program.cost_of(posting.amount)
        gift = posting.campaign is not None and posting.campaign.how in GIFTS
        wallet = tenant_wallet(mode, program.owner if gift else merchant)
        return FundsLine(wallet, "issue", value, (("wallet", -value), ("float", value))) if value else None
    if posting.original is None:
        raise InvariantBroken("a reversal names its original")
    reversed_amount, before = posting.original.reversed, posting.original.reversed_before
    whole = posting.amount == reversed_amount - before and posting.original.funded > 0
    value = program.cost_of(reversed_amount) - program.cost_of(before) if whole else program.value_of(posting.amount)
    wallet = tenant_wallet(mode, posting.original.payer or posting.original.merchant)
    return FundsLine(wallet, "reverse_issue", value, (("wallet", value), ("float", -value))) if value else None


def float_shortage(line: FundsLine, funds: FundsBalance | None) -> Refusal | None:
    """The refusal where the payer's wallet, as it is known to stand, does not cover an issue."""
    funds = funds or FundsBalance()
    if line.change < 0 and (funds.frozen or funds.free + line.change < 0):
        return Refusal("insufficient_float", {"value": line.amount, "funds": funds.available})
    return None
