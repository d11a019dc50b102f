"""The keys of referrals and of birthdays, all in the directory."""

from __future__ import annotations

from .keys import Key
from .scope import Scope, require_id

REFERRALS_DUE_PARTITION = "REFERRALS_DUE"
"""In index `by_name`: referrals that wait, by when they are looked at next."""

BIRTHDAY_CAMPAIGNS_PARTITION = "BIRTHDAY_CAMPAIGNS"
"""In index `by_name`: campaigns of type birthday that have not ended."""


def referral_code_key(scope: str, program_id: str, code: str) -> Key:
    """Whose code it is."""
    return Key("directory", f"REFERRALCODE#{_books(scope, program_id)}", code)


def referrals_partition(scope: str, program_id: str) -> str:
    """A program's referrals, one for each new customer who named a code."""
    return f"REFERRALS#{_books(scope, program_id)}"


def referral_key(scope: str, program_id: str, customer_id: str) -> Key:
    require_id(customer_id, "cust")
    return Key("directory", referrals_partition(scope, program_id), customer_id)


def referrer_partition(scope: str, program_id: str, customer_id: str) -> str:
    """Those who named a customer's code, in index `by_parent`; and the customer's own figures by year."""
    require_id(customer_id, "cust")
    return f"REFERRER#{_books(scope, program_id)}#{customer_id}"


def referrer_year_key(scope: str, program_id: str, customer_id: str, year: int) -> Key:
    """How many new customers have counted for a referrer in a year."""
    return Key("directory", referrer_partition(scope, program_id, customer_id), f"{year:04d}")


def birthdays_partition(scope: str, month_and_day: int) -> str:
    """The customers whose birthday is on a day of the year (mmdd), in index `by_name`."""
    return f"BIRTHDAY#{Scope.of(scope)}#{month_and_day:04d}"


def birthday_gift_key(scope: str, program_id: str, customer_id: str, year: int) -> Key:
    """That a customer has had their birthday's coins in a year."""
    require_id(customer_id, "cust")
    return Key("directory", f"BIRTHDAYGIFT#{_books(scope, program_id)}#{customer_id}", f"{year:04d}")


def birthday_progress_key(campaign_id: str, day: int) -> Key:
    """How far the customers of a birthday (yyyymmdd) have been gone through for a campaign."""
    require_id(campaign_id, "cmp")
    return Key("directory", f"BIRTHDAYS#{campaign_id}", f"{day:08d}")


def _books(scope: str, program_id: str) -> str:
    require_id(program_id, "prg")
    return f"{Scope.of(scope)}#{program_id}"
