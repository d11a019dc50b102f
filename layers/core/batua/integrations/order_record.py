"""What is kept of a shop's order: what was said of it, whose it is, and which entries of the ledger stand for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import Any, NamedTuple

from .. import ids
from ..identity import secrets
from ..ledger.model import AppliedGrant
from ..store import keys
from ..store.keys import Key
from ..store.store import Record
from .model import Connection
from .orders import OrderState, order_state_item, read_order_state


class RewardBasis(NamedTuple):
    """What the whole bill earned when it was looked at: later changes of the rules don't reach back."""

    bill: int
    coins: int
    rule: tuple[str, int, str] | None
    campaign: AppliedGrant | None = None
    tier: AppliedGrant | None = None
    lines: tuple[str, ...] = ()
    """The lines of the order that the campaign was for, where it was for certain items."""

    def without(self, exhausted: Collection[str]) -> RewardBasis:
        """Without its campaign, where that one's budget no longer covers what it would give."""
        if self.campaign is None or self.campaign.id not in exhausted:
            return self
        return self._replace(coins=self.coins - self.campaign.coins, campaign=None, lines=())


def part_of_grant(grant: AppliedGrant | None, coins: int, whole: int) -> AppliedGrant | None:
    """What a campaign or a tier gives of `coins`, a part of the `whole` that an order earns; None for no whole coin."""
    part = grant.coins * coins // whole if grant and whole else 0
    return replace(grant, coins=part) if grant and part else None


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """What is kept of an order. `issues` are the entries that gave coins for it and are not wholly undone."""

    id: str
    number: int = 0
    """Counts the writes of the record; zero where it is not there yet."""
    known: OrderState = field(default_factory=OrderState)
    customer: str | None = None
    """Whose coins they are, once some were given: a later change of the phone number moves none."""
    issues: tuple[str, ...] = ()
    given: int = 0
    """Coins given for it, less those taken back, by us. The ledger holds less where someone reversed by hand."""
    written_off: int = 0
    """Coins that should have been taken back but were spent already: the customer keeps them undeserved."""
    reinstated: int = 0
    """Written-off coins that the order has come to deserve again: they count as given, so that an order that is
    cancelled and paid again is not rewarded twice."""
    basis: RewardBasis | None = None
    last: tuple[str, ...] = ()
    """The delivery that posted last, and the entries that it posted: for its answer, should it be lost."""


def order_item(record: OrderRecord, tenant: str, connection: str) -> dict[str, Any]:
    # Once it is known whose coins they are, how to reach the customer is nothing that an order has to tell.
    known = replace(record.known, phone=None, email=None) if record.customer else record.known
    return {
        "n": record.number,
        "known": {name: value for name, value in order_state_item(known).items() if value is not None},
        "cust": record.customer,
        "given": record.given or None,
        "off": record.written_off or None,
        "back": record.reinstated or None,
        "issues": list(record.issues) or None,
        "basis": _basis_item(record.basis) if record.basis else None,
        "last": list(record.last) or None,
        "tenant": tenant,
        "con": connection,
    }


def read_order_record(record: Record) -> OrderRecord:
    return OrderRecord(
        id=record["pk"].rpartition("#")[2],
        number=record["n"],
        known=read_order_state(record["known"]),
        customer=record.get("cust"),
        given=record.get("given", 0),
        written_off=record.get("off", 0),
        reinstated=record.get("back", 0),
        issues=tuple(record.get("issues", ())),
        basis=_read_basis(record["basis"]) if record.get("basis") else None,
        last=tuple(record.get("last", ())),
    )


def _basis_item(basis: RewardBasis) -> list[Any]:
    grants = [list(astuple(grant)) if grant else [] for grant in (basis.campaign, basis.tier)]
    lines = [list(basis.lines)] if basis.lines else []
    return [basis.bill, basis.coins, list(basis.rule or ()), *(grants if any(grants) else []), *lines]


def _read_basis(stored: Sequence[Any]) -> RewardBasis:
    bill, coins, rule, *grants = stored
    campaign, tier, lines = (*grants, ())[:3] if grants else ((), (), ())
    applied = (rule[0], rule[1], rule[2]) if rule else None
    return RewardBasis(bill, coins, applied, _read_grant(campaign), _read_grant(tier), tuple(lines))


def _read_grant(stored: Sequence[Any]) -> AppliedGrant | None:
    return AppliedGrant(*stored) if stored else None


def order_key(scope: str, connection: Connection, order: str) -> Key:
    """The same for an order of a shop, through whichever of the merchant's connections it comes."""
    shop = shop_identity(connection.shop) if connection.shop else connection.id
    return keys.shop_order_key(ids.derived_id("ord", scope, connection.tenant, connection.system, shop, order))


def shop_identity(shop: str) -> str:
    """What two spellings of one shop's address have in common: `https://www.Shop.example/` is `shop.example`."""
    return (
        shop.strip().lower().partition("://")[2].removeprefix("www.").rstrip("/")
        if "://" in shop
        else (shop.strip().lower().removeprefix("www.").rstrip("/"))
    )


def contact_location(scope: str, tenant: str, email: str) -> Key:
    """The key of the customer behind an e-mail address: per merchant, so that no other shop's orders can claim it."""
    secret = secrets.pepper(keys.Scope.of(scope).tenant)
    return keys.contact_key(scope, ids.derived_id("ctc", tenant, email.strip().lower(), secret=secret))
