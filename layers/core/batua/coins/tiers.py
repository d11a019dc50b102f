"""A customer's tier for answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .. import clock
from ..identity.tenant import read_tier_benefits
from ..ledger.decisions.coin_posting import wallet_as_of
from ..ledger.model import Program, Wallet
from ..money import to_wire
from ..store import keys
from ..store.store import Store
from .models import CustomerTier, NextTier

FACTOR_SCALE = 2


def customer_tier(
    program: Program, wallet: Wallet, now: int, benefits: Mapping[str, Sequence[str]]
) -> CustomerTier | None:
    """None in a program without tiers. `benefits`: what each tier gives, by its id."""
    if program.tiers is None:
        return None
    from ..ledger.tiers import tier_standing  # most programs have none

    at = wallet_as_of(wallet, program, now)
    standing = tier_standing(program.tiers, wallet.qualifying, at.month)
    tier, following = standing.tier, standing.next
    return CustomerTier(
        id=tier.id if tier else None,
        name=tier.name if tier else None,
        multiplier=to_wire(tier.factor if tier else 100, FACTOR_SCALE),
        benefits=list(benefits.get(tier.id, ())) if tier else [],
        earned=to_wire(standing.earned, program.scale),
        by_grace=standing.by_grace,
        until=None if standing.until is None else clock.month_text(standing.until),
        next=NextTier(
            name=following.name,
            earned=to_wire(following.earned, program.scale),
            missing=to_wire(standing.missing, program.scale),
        )
        if following
        else None,
    )


def wallet_tiers(program: Program, wallet: Wallet, now: int) -> frozenset[str]:
    """The ids of the tier that a customer has now, and of those below it. A new customer is in a tier for all."""
    if program.tiers is None:
        return frozenset()
    from ..ledger.tiers import tiers_held

    return tiers_held(program.tiers, wallet.qualifying, wallet_as_of(wallet, program, now).month)


def load_tier_benefits(store: Store, program: Program) -> Mapping[str, Sequence[str]]:
    """What each tier of a program gives, which is not part of its copies. No read where there are no tiers."""
    if program.tiers is None:
        return {}
    key = keys.program_key(program.owner, program.id)
    return read_tier_benefits(store.read([key], consistent=False)[key] or {})
