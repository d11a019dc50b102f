"""Rewarding referrals: once the new customer's first bill has stood as long as the campaign asks for.

An hourly job looks at the referrals that are due. What a referral comes to is decided first, and written down; then
each side gets its coins, which the referral records in the same transaction. So a run that dies half-way goes on where
it was, and gives nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from .. import clock, observe
from ..customers.model import customer_wallet_id
from ..customers.referrals import NAMING_DAYS, OPEN_DAYS, Referral, read_referral, referral_change
from ..identity.tenant import read_program
from ..ledger.campaigns import REFERRED_GIFT, REFERRER_GIFT
from ..ledger.errors import LedgerBusy, PreconditionFailed
from ..ledger.model import AppliedGrant, Program, Refusal, Wallet
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import Entry, read_entry, read_wallet
from ..ledger.records.moved_coins import read_merge, replacement_of
from ..store import keys, moved_keys, referral_keys
from ..store.store import ConditionFailed, Contended, Store
from ..store.writes import Condition, Put, Update, Write
from .gifts import PASSING, Gift, give, load_member

_MAX_SCANNED: Final = 50
"""First entries of a wallet that are searched for the first bill that was not reversed."""

_MOST_MOVES: Final = 5
_LIMIT_REACHED: Final = "limit_reached"
_MAX_ROUNDS: Final = 4


def reward_referrals(store: Store, now: int, *, time_left: Callable[[], bool] = lambda: True) -> int:
    """Settles the referrals that are due. Returns how many came to their end. One that fails does so alone."""
    done, until = 0, f"{clock.iso(now)}$"
    partition = referral_keys.REFERRALS_DUE_PARTITION
    for row in list(store.query_all("directory", partition, index="by_name", until=until, limit=500)):
        if not time_left():
            break
        place = keys.Key("directory", row["pk"], row["sk"])
        try:
            record = store.read([place])[place]
            done += record is not None and settle_referral(store, read_referral(record), now)
        except (Contended, LedgerBusy):
            observe.log().warning("a referral waits for the next run", extra={"referral": row["pk"]})
        except Exception:
            observe.log().exception("a referral could not be settled", extra={"referral": row["pk"]})
    return done


def settle_referral(store: Store, referral: Referral, now: int) -> bool:
    """Brings one referral as far as it can come now. True at its end. Raises LedgerBusy and Contended."""
    for _ in range(_MAX_ROUNDS):
        if not referral.is_open or referral.due > now:
            return not referral.is_open
        source = keys.program_key(referral.scope.tenant, referral.program)
        stored = store.read([source])[source]
        program = read_program(stored) if stored else None
        try:
            if program is None or program.is_over(now):
                store.write(referral_change(referral, state="void", why="program_ended"))
            elif referral.state == "waiting":
                store.write(referral_change(referral, **_judge(store, referral, program, now)))
            else:
                _give(store, referral, program, now)
        except (ConditionFailed, PreconditionFailed):
            pass  # another run was quicker: what it wrote is read below
        record = store.read([referral.key])[referral.key]
        if record is None:
            return True
        referral = read_referral(record)
    return not referral.is_open


def _judge(store: Store, referral: Referral, program: Program, now: int) -> dict[str, Any]:
    """What a waiting referral becomes: looked at again later, void, or decided."""
    wallet = customer_wallet_id(referral.scope, program.id, referral.friend)
    joined, bill = _first_bill(store, referral, wallet)
    if joined is not None and referral.named_at - joined > NAMING_DAYS * clock.DAY_MS:
        return {"state": "void", "why": "not_new"}
    if bill is None:
        if now - referral.named_at > OPEN_DAYS * clock.DAY_MS:
            return {"state": "void", "why": "no_bill"}
        return {"due": now + clock.DAY_MS}
    stood = clock.day_start(clock.add_days(bill.day, referral.wait_days + 1), program.time_zone)
    if stood > now:
        return {"due": stood}
    friend = _moved_to(store, referral, bill.wallet)
    referrer = _moved_to(store, referral, customer_wallet_id(referral.scope, program.id, referral.referrer))
    if friend == referrer:
        return {"state": "void", "why": "same_customer"}
    if friend != wallet and (_older_than(store, referral, friend, bill) or _has_own(store, referral, bill)):
        return {"state": "void", "why": "not_new"}
    return {
        "state": "decided",
        "due": now,
        "bill": bill.id,
        "merchant": bill.merchant,
        "friend_wallet": friend,
        "referrer_wallet": referrer,
    }


def _first_bill(store: Store, referral: Referral, wallet: str) -> tuple[int | None, Entry | None]:
    """When the wallet had its first entry, and its first bill that counts: not reversed, nor below the minimum
    bill by what was. A bill that was corrected to another number is followed there."""
    page = coin_entries.wallet_statement(store, referral.scope, wallet, descending=False, limit=_MAX_SCANNED)
    entries = coin_entries.read_entries(page)
    for entry in entries:
        if entry.kind == "issue" and entry.bill:
            standing = _standing(store, referral, entry)
            if standing is not None:
                return entries[0].at, standing
    return (entries[0].at if entries else None), None


def _standing(store: Store, referral: Referral, entry: Entry) -> Entry | None:
    scope, bill = referral.scope, entry.bill or 0
    for _ in range(_MOST_MOVES):
        sum_key, moved = keys.reversed_sum_key(scope, entry.id), moved_keys.reassigned_issue_key(scope, entry.id)
        found = store.read([sum_key, moved])
        replacement = replacement_of(found[moved])
        if replacement is None:
            left = max(0, entry.reversible - (found[sum_key] or {}).get("sum", 0))
            kept = bill * left // entry.reversible if entry.reversible else 0
            return entry if kept >= max(1, referral.minimum_bill) else None
        place = keys.transaction_key(scope, replacement)
        record = store.read([place])[place]
        if record is None:
            return None
        entry = read_entry(record)
    return None


def _moved_to(store: Store, referral: Referral, wallet: str) -> str:
    """The wallet that a wallet was merged into, in the end."""
    for _ in range(_MOST_MOVES):
        place = moved_keys.merged_wallet_key(referral.scope, wallet)
        merge = read_merge(store.read([place])[place])
        if merge is None:
            return wallet
        wallet = merge.wallet
    return wallet


def _older_than(store: Store, referral: Referral, wallet: str, bill: Entry) -> bool:
    """Whether another wallet, where the new customer's coins are now, was a customer's before."""
    place = keys.wallet_key(referral.scope, wallet)
    record = store.read([place])[place]
    return record is not None and read_wallet(record).opened_at < min(bill.at, referral.named_at)


def _has_own(store: Store, referral: Referral, bill: Entry) -> bool:
    """Whether the customer that a bill was reassigned to has entered a code too: only one of the two counts."""
    place = referral_keys.referral_key(referral.scope, referral.program, bill.customer)
    return bill.customer != referral.friend and store.read([place])[place] is not None


def _give(store: Store, referral: Referral, program: Program, now: int) -> None:
    """Gives one side its coins, or ends the referral where both sides are done."""
    if referral.referrer_outcome is None:
        _give_side(store, referral, program, now, "referrer")
    elif referral.friend_outcome is None:
        _give_side(store, referral, program, now, "friend")
    else:
        store.write(referral_change(referral, state="rewarded"))


def _give_side(store: Store, referral: Referral, program: Program, now: int, side: str) -> None:
    to_referrer = side == "referrer"
    coins = referral.referrer_coins if to_referrer else referral.friend_coins
    wallet_id = str(referral.referrer_wallet if to_referrer else referral.friend_wallet)
    place = keys.wallet_key(referral.scope, wallet_id)
    record, merchant = store.read([place])[place], load_member(store, program, str(referral.merchant))
    if not coins or record is None or merchant is None:
        why = "no_coins" if not coins else "no_wallet" if record is None else "merchant_left"
        store.write(_outcome(referral, side, why))
        return
    if not merchant.active:
        _wait(store, referral, side, "merchant_suspended", now)
        return
    wallet: Wallet = read_wallet(record)
    how = REFERRER_GIFT if to_referrer else REFERRED_GIFT
    grant = AppliedGrant(referral.campaign, referral.version, coins, how, referral.limited)
    gift = Gift(program, referral.scope, wallet, grant, f"referral:{program.id}:{referral.friend}:{side}")
    extra: list[Write] = [_outcome(referral, side, "given")]
    if to_referrer and referral.per_referrer is not None:
        year = clock.local_day(now, program.time_zone) // 10_000
        count = referral_keys.referrer_year_key(referral.scope, program.id, referral.referrer, year)
        # Counted down, so that one condition says that there is room: the year begins with all of it.
        counted = store.read([count])[count]
        if counted is None:
            _begin_year(store, count, referral.per_referrer)
        extra.append(Update(count, add={"left": -1, "n": 1}, when=Condition(at_least={"left": 1})))
    try:
        outcome = give(store, gift, merchant, now, extra)
    except PreconditionFailed as failed:
        if failed.key == referral.key:
            raise
        store.write(_outcome(referral, side, _LIMIT_REACHED))
        return
    if isinstance(outcome, Refusal):
        if outcome.code in PASSING:
            _wait(store, referral, side, outcome.code, now)
        else:
            store.write(_outcome(referral, side, outcome.code))


def _wait(store: Store, referral: Referral, side: str, why: str, now: int) -> None:
    """Looks again tomorrow; after half a year what is in the way stays in the way."""
    if now - referral.named_at < 2 * OPEN_DAYS * clock.DAY_MS:
        store.write(referral_change(referral, due=now + clock.DAY_MS))
    else:
        store.write(_outcome(referral, side, why))


def _begin_year(store: Store, count: keys.Key, most: int) -> None:
    try:
        store.write(Update(count, set={"left": most}, when=Condition(missing=("pk",))))
    except ConditionFailed:
        return  # another run was quicker


def _outcome(referral: Referral, side: str, outcome: str) -> Put:
    changed = (
        replace(referral, referrer_outcome=outcome) if side == "referrer" else replace(referral, friend_outcome=outcome)
    )
    both = changed.referrer_outcome is not None and changed.friend_outcome is not None
    return referral_change(
        referral,
        state="rewarded" if both else referral.state,
        referrer_outcome=changed.referrer_outcome,
        friend_outcome=changed.friend_outcome,
    )
