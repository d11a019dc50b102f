"""Referrals: a customer's code, and that a new customer has named it.

Who names a code has no bill yet, or their first one was days ago, and joined after the customer whose code it is: so
there are no circles. The terms are those of the campaign at that moment, and a job looks when the first bill has stood
long enough (`rewards/referral_rewards.py`).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from .. import clock, errors, ids
from ..identity import secrets
from ..ledger.campaigns import Campaign
from ..ledger.model import Program, Wallet
from ..store import referral_keys
from ..store.keys import Key, Scope
from ..store.store import Record
from ..store.writes import ABSENT, Condition, Put

NAMING_DAYS: Final = 7
"""How long after their first bill a customer may still name a code: they can sign in only after it."""

OPEN_DAYS: Final = 90
"""How long a referral waits for the new customer's first bill."""

_CODE_LETTERS: Final = 8

ReferralState = Literal["waiting", "decided", "rewarded", "void"]
"""`decided`: the first bill counts, and coins are on their way. `why` is the reason of a void one."""


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral: a new customer's use of a code, with the terms at that time. Coins in minor units."""

    scope: Scope
    program: str
    friend: str
    referrer: str
    campaign: str
    version: int
    friend_coins: int
    referrer_coins: int
    limited: bool
    minimum_bill: int
    wait_days: int
    per_referrer: int | None
    named_at: int
    named_by: str
    state: ReferralState = "waiting"
    due: int = 0
    why: str | None = None
    bill: str | None = None
    """The issue for the first bill that has stood, and its merchant."""
    merchant: str | None = None
    friend_wallet: str | None = None
    """Whose coins they are by then: numbers are corrected, and customers merged."""
    referrer_wallet: str | None = None
    friend_outcome: str | None = None
    """The transaction that gave the coins, or the code of what stood in the way."""
    referrer_outcome: str | None = None

    @property
    def key(self) -> Key:
        return referral_keys.referral_key(self.scope, self.program, self.friend)

    @property
    def is_open(self) -> bool:
        return self.state in ("waiting", "decided")


def referral_campaign(program: Program, now: int) -> Campaign | None:
    """The referral campaign in force, the earliest where there are several."""
    running = (one for one in program.campaigns if one.kind == "referral" and one.starts_at <= now < one.ends_at)
    return next(running, None)


def referral_code(scope: str, owner: str, program_id: str, customer: str) -> str:
    """A customer's code in a program: letters and digits that cannot be taken for one another."""
    content = ids.injective("referral", scope, program_id, customer)
    digest = hmac.digest(secrets.pepper(owner), content, "sha256")
    return _without_lookalikes(base64.b32encode(digest).decode()[:_CODE_LETTERS])


def read_code(text: str) -> str:
    """A code as people type it: small letters, spaces, dashes. Raises a 400 for what cannot be one."""
    code = _without_lookalikes("".join(text.split()).replace("-", "").upper())
    if len(code) != _CODE_LETTERS or not (code.isascii() and code.isalnum()):
        raise errors.invalid("referral_code", f"must be a referral code of {_CODE_LETTERS} letters and digits")
    return code


def _without_lookalikes(text: str) -> str:
    return text.replace("O", "0").replace("I", "1").replace("L", "1")


def new_referral(
    scope: Scope, program: Program, friend: str, owner_of_code: Record | None, now: int, by: str
) -> Referral:
    """Makes the referral of a new customer. Raises the reason if it can't be made, apart from what wallets show."""
    campaign = referral_campaign(program, now)
    if campaign is None:
        raise errors.REFERRAL_NOT_OFFERED()
    if owner_of_code is None:
        raise errors.REFERRAL_CODE_NOT_FOUND()
    if owner_of_code["cust"] == friend:
        raise errors.REFERRAL_NOT_NEW("Nobody refers themselves: this is the customer's own code.")
    return Referral(
        scope=scope,
        program=program.id,
        friend=friend,
        referrer=str(owner_of_code["cust"]),
        campaign=campaign.id,
        version=campaign.version,
        friend_coins=campaign.coins,
        referrer_coins=campaign.referrer_coins,
        limited=campaign.limited,
        minimum_bill=campaign.minimum_bill,
        wait_days=campaign.wait_days,
        per_referrer=campaign.per_referrer,
        named_at=now,
        named_by=by,
        due=now + clock.DAY_MS,
    )


def may_still_name(wallet: Wallet | None, referrer: Wallet | None, now: int) -> bool:
    """Whether a customer is new, and newer than the other one."""
    if referrer is None or not referrer.seq:
        return False
    if wallet is None or not wallet.seq:
        return True
    return wallet.opened_at > referrer.opened_at and now - wallet.opened_at < NAMING_DAYS * clock.DAY_MS


def referral_put(referral: Referral) -> Put:
    """The write that makes a referral: a customer names one code, once."""
    return Put(referral.key, referral_item(referral), when=ABSENT)


def referral_change(before: Referral, **changes: Any) -> Put:
    """The write that changes it, on the condition that it is as it was read."""
    item, as_read = referral_item(replace(before, **changes)), referral_item(before)
    watched = ("st", "due", "fout", "rout")
    equal = {name: as_read[name] for name in watched if name in as_read}
    missing = tuple(name for name in watched if name not in as_read)
    return Put(before.key, item, when=Condition(equal=equal, missing=missing))


def referral_item(referral: Referral) -> dict[str, Any]:
    terms: Sequence[Any] = (
        referral.campaign,
        referral.version,
        referral.friend_coins,
        referral.referrer_coins,
        referral.limited,
        referral.minimum_bill,
        referral.wait_days,
        referral.per_referrer,
    )
    item = {
        "scope": str(referral.scope),
        "program": referral.program,
        "referrer": referral.referrer,
        "terms": list(terms),
        "at": referral.named_at,
        "by": referral.named_by,
        "st": referral.state,
        "due": referral.due,
        "why": referral.why,
        "bill": referral.bill,
        "mer": referral.merchant,
        "fwal": referral.friend_wallet,
        "rwal": referral.referrer_wallet,
        "fout": referral.friend_outcome,
        "rout": referral.referrer_outcome,
        "g1p": referral_keys.referrer_partition(referral.scope, referral.program, referral.referrer),
        "g1s": f"{clock.iso(referral.named_at)}#{referral.friend}",
        "g2p": referral_keys.REFERRALS_DUE_PARTITION if referral.is_open else None,
        "g2s": f"{clock.iso(referral.due)}#{referral.friend}" if referral.is_open else None,
    }
    return {name: value for name, value in item.items() if value is not None}


def read_referral(record: Record) -> Referral:
    campaign, version, friend_coins, referrer_coins, limited, minimum_bill, wait_days, per_referrer = record["terms"]
    return Referral(
        scope=Scope.of(record["scope"]),
        program=record["program"],
        friend=record["sk"],
        referrer=record["referrer"],
        campaign=campaign,
        version=version,
        friend_coins=friend_coins,
        referrer_coins=referrer_coins,
        limited=limited,
        minimum_bill=minimum_bill,
        wait_days=wait_days,
        per_referrer=per_referrer,
        named_at=record["at"],
        named_by=record["by"],
        state=record["st"],
        due=record["due"],
        why=record.get("why"),
        bill=record.get("bill"),
        merchant=record.get("mer"),
        friend_wallet=record.get("fwal"),
        referrer_wallet=record.get("rwal"),
        friend_outcome=record.get("fout"),
        referrer_outcome=record.get("rout"),
    )
