"""Coins for birthdays: once a year to each customer who has entered theirs, by campaigns of type birthday.

An hourly job goes through the customers of the day, and of the two days before where a run was missed. How far it came
is written down after each page; that a customer has had the coins of the year is written with the coins, so a run that
is cut short, or runs beside another, gives nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .. import clock, observe
from ..customers.model import customer_wallet_id
from ..customers.silence import held_since
from ..identity.tenant import Tenant, read_campaign, read_program
from ..ledger.campaigns import BIRTHDAY_GIFT, Campaign
from ..ledger.errors import LedgerBusy, PreconditionFailed
from ..ledger.model import AppliedGrant, Program, Refusal
from ..ledger.records.customer_coins import read_wallet
from ..store import keys, moved_keys, referral_keys
from ..store.keys import Key
from ..store.store import Contended, Record, Store
from ..store.writes import ABSENT, Put, Update
from .gifts import BUDGET_SPENT, PASSING, Gift, give, load_merchant

_DAYS_BACK: Final = 2
_PAGE_SIZE: Final = 30
_KEPT_DAYS: Final = 800
"""How long a customer's birthday coins are on record: longer than a year."""


@dataclass(slots=True)
class _Day:
    """The customers whose birthday is on a day (yyyymmdd), for one campaign."""

    store: Store
    program: Program
    campaign: Campaign
    day: int
    now: int
    merchants: dict[str, Tenant | None]
    again: bool = False
    """Whether a later run may give coins for these days."""

    @property
    def scope(self) -> keys.Scope:
        return keys.scope("live", self.program.owner)


def give_birthday_coins(store: Store, now: int, *, time_left: Callable[[], bool] = lambda: True) -> int:
    """Gives what is due and not given yet. Returns to how many customers. A campaign that fails does so alone."""
    given = 0
    for row in list(store.query_all("directory", referral_keys.BIRTHDAY_CAMPAIGNS_PARTITION, index="by_name")):
        if not time_left():
            break
        try:
            given += _give_for(store, Key("directory", row["pk"], row["sk"]), now, time_left)
        except (Contended, LedgerBusy):
            raise
        except Exception:
            observe.log().exception("birthdays could not be rewarded", extra={"campaign": row["sk"]})
    return given


def _give_for(store: Store, place: Key, now: int, time_left: Callable[[], bool]) -> int:
    record = store.read([place])[place]
    if record is None:
        return 0
    campaign, id = read_campaign(record), place.pk.partition("#")[2]
    if now - campaign.ends_at > (_DAYS_BACK + 1) * clock.DAY_MS:
        store.write(Update(place, remove=("g2p", "g2s")))
        return 0
    source = keys.program_key(str(record["owner"]), id)
    stored = store.read([source])[source]
    program = read_program(stored) if stored else None
    if program is None or program.is_over(now):
        return 0
    given, merchants = 0, dict[str, Tenant | None]()
    for back in range(_DAYS_BACK, -1, -1):
        today = clock.local_day(now, program.time_zone)
        day = clock.add_days(today, -back)
        # A campaign is for the birthdays that begin while it runs.
        begins = clock.day_start(day, program.time_zone)
        if (
            begins >= campaign.ends_at
            or clock.day_start(clock.add_days(day, 1), program.time_zone) <= campaign.starts_at
        ):
            continue
        if time_left():
            given += _give_on(_Day(store, program, campaign, day, now, merchants), time_left)
    return given


def _give_on(day: _Day, time_left: Callable[[], bool]) -> int:
    place = referral_keys.birthday_progress_key(day.campaign.id, day.day)
    progress = day.store.read([place])[place] or {}
    if progress.get("done"):
        return 0
    given, kept = 0, {"ttl": (day.now + 30 * clock.DAY_MS) // 1000}
    dates = birthdays_on(day.day)
    for index in range(progress.get("part", 0), len(dates)):
        after = progress.get("after") if index == progress.get("part", 0) else None
        for page in _pages(day, dates[index], after):
            given += sum(_give_to(day, customer, record) for customer, record in page.items())
            day.store.write(Put(place, {"part": index, "after": list(page)[-1], **kept}))
            if not time_left():
                return given
    # Whoever could not get theirs is met again from the beginning; the others have had it.
    day.store.write(Put(place, kept if day.again else {"done": day.now, **kept}))
    return given


def birthdays_on(day: int) -> list[int]:
    """The birthdays (mmdd) of a day (yyyymmdd): also of 29 February, on the 28th of a year without one."""
    date = day % 10_000
    return [date, 229] if date == 228 and clock.day_of_year(day // 10_000, 229) == day else [date]


def _pages(day: _Day, date: int, after: str | None) -> Iterator[dict[str, Record]]:
    bounds: dict[str, Any] = {"since": f"{after}$"} if after else {}
    found: dict[str, Record] = {}
    partition = referral_keys.birthdays_partition(day.scope, date)
    for row in day.store.query_all("directory", partition, index="by_name", limit=_PAGE_SIZE, **bounds):
        found[str(row["g2s"])] = row
        if len(found) == _PAGE_SIZE:
            yield found
            found = {}
    if found:
        yield found


def _give_to(day: _Day, customer: str, listed: Record) -> bool:
    store, scope, program = day.store, day.scope, day.program
    about, wallet_id = keys.customer_key(scope, customer), customer_wallet_id(scope, program.id, customer)
    wallet_key, moved = keys.wallet_key(scope, wallet_id), moved_keys.merged_wallet_key(scope, wallet_id)
    had = referral_keys.birthday_gift_key(scope, program.id, customer, day.day // 10_000)
    found = store.read([about, wallet_key, moved, had])
    record, stored = found[about], found[wallet_key]
    # The index may be a moment behind; who said it on the day itself waits for the next one.
    if record is None or record.get("g2p") != listed["g2p"] or found[had] or found[moved] or stored is None:
        return False
    if clock.local_day(record["bday_at"], program.time_zone) >= day.day:
        return False
    if record["bday_at"] < held_since(store, scope, program, customer, back_to=record["bday_at"]):
        return False  # the day is of who had the number before
    wallet = read_wallet(stored)
    merchant = _merchant(day, wallet.earned, record)
    if merchant is None:
        return False
    campaign = day.campaign
    grant = AppliedGrant(campaign.id, campaign.version, campaign.coins, BIRTHDAY_GIFT, campaign.limited)
    gift = Gift(program, scope, wallet, grant, f"birthday:{program.id}:{customer}:{day.day // 10_000}")
    mark = Put(had, {"at": day.now, "ttl": (day.now + _KEPT_DAYS * clock.DAY_MS) // 1000}, when=ABSENT)
    try:
        outcome = give(store, gift, merchant, day.now, [mark])
    except PreconditionFailed:
        return False  # another run was quicker
    if isinstance(outcome, Refusal):
        day.again = day.again or outcome.code in PASSING
        if outcome.code not in (*PASSING, BUDGET_SPENT):
            observe.log().warning("a birthday's coins were refused", extra={"code": outcome.code})
        return False
    return not outcome.replayed


def _merchant(day: _Day, earned: Mapping[str, int], record: Record) -> Tenant | None:
    """The merchant that issues: the owner of a closed program; in a network, the one of the customer's last bill."""
    if day.program.kind != "network":
        candidates = [day.program.owner]
    else:
        candidates = [*sorted(earned), *([str(record["by"])] if record.get("by") else [])]
    for id in candidates:
        if id not in day.merchants:
            day.merchants[id] = load_merchant(day.store, day.program, id)
        if merchant := day.merchants[id]:
            return merchant
    return None
