"""Keeps the figures of each customer that reports need: a job processes the ledger's new entries.

Each entry is read once. Customers stand in pages of many (`survey_keys.SURVEY_PAGES`); a page says up to when it counts
the ledger, and is written under the condition that it still says so. A run that dies half-way, or runs beside another,
counts nothing twice: what a page has counted, it leaves out. Coins are copied from the wallet, where what is reversed
leaves the month in which it was issued. Only programs whose report somebody has asked for are gone through.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from .. import clock, observe
from ..customers.model import customer_wallet_id
from ..identity.tenant import read_program
from ..ledger.campaigns import GIFTS
from ..ledger.model import Program, Wallet
from ..ledger.records.customer_coins import Entry, read_entry, read_wallet
from ..store import keys, program_keys, survey_keys
from ..store.keys import Key
from ..store.store import ConditionFailed, Contended, Record, Store
from ..store.writes import ABSENT, EXISTS, Condition, Put, Update
from .segments import SurveyedCustomer, cohorts_of, kept, scales_of, segment_figures

SURVEY_LAG_MS: Final = 10 * 60_000
"""Entries this old are all in the index: a posting gives up after half a minute."""

FEW_CUSTOMERS: Final = 5_000
"""Up to so many, the report is an hour old at most; with more, it is of the night before."""

ASKED_FOR_MS: Final = 90 * clock.DAY_MS
"""How long a report is kept up to date after it was last read."""

_HOUR_MS: Final = 3_600_000


class CustomerChange(NamedTuple):
    """What an entry says of its customer: a bill more, a bill that was undone, or that the wallet has changed."""

    at: int
    seq: int
    id: str
    day: int = 0
    """Of a bill; 0 otherwise."""
    undone: str | None = None
    """The bill that was taken back as a whole, and the day of it in `day`."""
    leaves: bool = False
    """The wallet's coins have gone to another customer's."""


def survey_customers(store: Store, now: int, *, time_left: Callable[[], bool] = lambda: True) -> int:
    """Brings the reports that are due up to date. Returns how many. One that fails does so alone."""
    done = 0
    for marker in list(store.query_all("directory", survey_keys.SURVEYS_PARTITION, consistent=True)):
        if not time_left():
            break
        if marker.get("due", 0) > now:
            continue
        scope, _, program = str(marker["sk"]).rpartition("#")
        key = survey_keys.surveyed_program_key(scope, program)
        if marker["until"] < now:
            store.write(Update(key, set={"due": now + ASKED_FOR_MS}, when=EXISTS))
            continue
        try:
            done += _bring_up_to_date(store, keys.Scope.of(scope), program, now, time_left)
        except (Contended, ConditionFailed):
            continue  # another run is at it
        except Exception:
            observe.log().exception("a program's customers were not surveyed", extra={"program": program})
    return done


def _bring_up_to_date(
    store: Store, scope: keys.Scope, program_id: str, now: int, time_left: Callable[[], bool]
) -> bool:
    place = keys.program_key(scope.tenant, program_id)
    record = store.read([place])[place]
    if record is None:
        return False
    survey = CustomerSurvey(store, scope, read_program(record))
    if not survey.go_through(now - SURVEY_LAG_MS, time_left):
        return False
    customers = survey.report(now - SURVEY_LAG_MS)
    zone = survey.program.time_zone
    tomorrow = clock.day_start(clock.add_days(clock.local_day(now, zone), 1), zone)
    due = now + _HOUR_MS if customers <= FEW_CUSTOMERS else tomorrow + 2 * SURVEY_LAG_MS
    store.write(Update(survey_keys.surveyed_program_key(scope, program_id), set={"due": due}, when=EXISTS))
    return True


@dataclass(slots=True)
class CustomerSurvey:
    """One program's customers in one of its owner's books."""

    store: Store
    scope: keys.Scope
    program: Program

    def go_through(self, until: int, time_left: Callable[[], bool] = lambda: True) -> bool:
        """Counts the entries before an instant, a day of the program at a time. Returns whether it came so far."""
        place = survey_keys.survey_state_key(self.scope, self.program.id)
        state = self.store.read([place])[place]
        merchants = self._merchants()
        through = state["through"] if state else self._next_entry(merchants, 0, until)
        while through < until:
            if not time_left():
                return False
            day = clock.local_day(through, self.program.time_zone)
            ends = min(until, clock.day_start(clock.add_days(day, 1), self.program.time_zone))
            changes = self._changes(merchants, through, ends)
            if changes:
                self._count(changes, ends)
            else:
                ends = self._next_entry(merchants, ends, until)
            when = Condition(equal={"through": state["through"]}) if state else ABSENT
            self.store.write(Put(place, state := {"through": ends}, when=when))
            through = ends
        return True

    def customers(self) -> Iterator[tuple[str, SurveyedCustomer]]:
        """All customers with a bill in the months that are kept."""
        partition = survey_keys.survey_partition(self.scope, self.program.id)
        for page in self.store.query_all("directory", partition, beginning=survey_keys.SURVEY_PAGE):
            for id, customer in read_page(page).items():
                if customer.bills:
                    yield id, customer

    def report(self, as_of: int) -> int:
        """Writes the report as of the instant up to which entries were processed. Returns the number of customers."""
        today = clock.local_day(as_of, self.program.time_zone)
        customers = [customer for _, customer in self.customers()]
        scales = scales_of(customers, today)
        item = {
            "at": as_of,
            "day": today,
            "customers": len(customers),
            "days": list(scales.days.bounds),
            "bills": list(scales.bills.bounds),
            "coins": list(scales.coins.bounds),
            "segments": [
                [one.segment, one.customers, one.bills, one.earned, one.held, one.days]
                for one in segment_figures(customers, scales)
            ],
            "cohorts": [
                [one.month, one.customers, list(one.active), list(one.coins)]
                for one in cohorts_of(customers, today // 100)
            ],
        }
        self.store.write(Put(survey_keys.survey_report_key(self.scope, self.program.id), item))
        return len(customers)

    def _merchants(self) -> list[str]:
        """Tenants whose counters have moved the program's coins; of a network also former members and children."""
        if self.program.kind != "network":
            return [self.program.owner]
        from ..tenants import tree  # the report is read without it

        members = self.store.query_all("directory", program_keys.members_partition(self.program.id), consistent=True)
        found = dict.fromkeys((self.program.owner, *(str(row["sk"]) for row in members)))
        waiting = list(found)
        while waiting:
            below = [each for each in tree.child_ids(self.store, waiting.pop()) if each not in found]
            found.update(dict.fromkeys(below))
            waiting += below
        return list(found)

    def _next_entry(self, merchants: Iterable[str], since: int, until: int) -> int:
        """The instant of the first entry from one instant on, and before another; that one where there is none."""
        found = until
        for merchant in merchants:
            page = self.store.query(
                "ledger",
                keys.activity_partition(self.scope, merchant),
                index="activity",
                since=clock.iso(since),
                limit=1,
            )
            for row in page.items:
                found = min(found, clock.parse_iso(str(row["g2s"]).partition("#")[0]))
        return found

    def _changes(self, merchants: Iterable[str], since: int, until: int) -> dict[str, list[CustomerChange]]:
        """What the entries of a time say, by customer."""
        entries = [
            entry
            for merchant in merchants
            for entry in map(read_entry, self._rows(merchant, since, until))
            if entry.asset == self.program.asset
        ]
        originals = self._originals(entries)
        changes: dict[str, list[CustomerChange]] = defaultdict(list)
        for entry in entries:
            changes[entry.customer].append(_customer_change(entry, originals))
        return changes

    def _rows(self, merchant: str, since: int, until: int) -> Iterable[Record]:
        return self.store.query_all(
            "ledger",
            keys.activity_partition(self.scope, merchant),
            index="activity",
            since=clock.iso(since),
            until=f"{clock.iso(until - 1)}$",
        )

    def _originals(self, entries: Sequence[Entry]) -> Mapping[str, Entry]:
        """The issues that these entries have reversed."""
        wanted = {
            entry.original: keys.transaction_key(self.scope, entry.original)
            for entry in entries
            if entry.kind == "reverse_issue" and entry.original
        }
        found = self.store.read(wanted.values(), consistent=False) if wanted else {}
        return {id: read_entry(record) for id, key in wanted.items() if (record := found[key])}

    def _count(self, changes: Mapping[str, Sequence[CustomerChange]], until: int) -> None:
        by_page: dict[int, list[str]] = defaultdict(list)
        for customer in changes:
            by_page[zlib.crc32(customer.encode()) % survey_keys.SURVEY_PAGES].append(customer)
        wallets = self._wallets(changes)
        for number, customers in sorted(by_page.items()):
            key = survey_keys.survey_page_key(self.scope, self.program.id, number)
            record = self.store.read([key])[key]
            counted = record["through"] if record else 0
            if counted >= until:
                continue
            page = read_page(record)
            for customer in customers:
                fresh = [change for change in changes[customer] if change.at >= counted]
                wallet = wallets.get(customer)
                if fresh and wallet:
                    self._apply(page, customer, wallet, fresh, until)
            when = Condition(equal={"through": counted}) if record else ABSENT
            self.store.write(Put(key, {"through": until, "rows": page_bytes(page)}, when=when))

    def _wallets(self, customers: Iterable[str]) -> dict[str, Wallet]:
        places = {
            customer: keys.wallet_key(self.scope, customer_wallet_id(self.scope, self.program.id, customer))
            for customer in customers
        }
        found = self.store.read(places.values(), consistent=False)
        return {customer: read_wallet(record) for customer, key in places.items() if (record := found[key])}

    def _apply(
        self,
        page: dict[str, SurveyedCustomer],
        id: str,
        wallet: Wallet,
        changes: Sequence[CustomerChange],
        until: int,
    ) -> None:
        month = clock.local_month(until - 1, self.program.time_zone)
        known = page.get(id)
        ordered = sorted(changes, key=lambda change: change.seq)
        if known is None:
            # Whoever is met with a later entry than the wallet's first came before what is left of the ledger.
            met_late = ordered[0].seq > 1
            known = SurveyedCustomer(first=clock.local_month(wallet.opened_at, self.program.time_zone) * met_late)
        apply_changes(known, ordered)
        known.bills = kept(known.bills, month)
        known.coins = kept(wallet.qualifying, month)
        known.lots, known.held = dict(wallet.lots), wallet.held
        if ordered[-1].leaves and not wallet.qualifying and not wallet.lots:
            page.pop(id, None)  # the same person goes on under the other number
        elif known.bills or known.lots or known.held:
            page[id] = known
        else:
            page.pop(id, None)


def apply_changes(customer: SurveyedCustomer, changes: Sequence[CustomerChange]) -> None:
    """Counts the bills of a customer's entries, in their order. A bill that was taken back among them never was."""
    undone = {change.undone for change in changes if change.undone}
    made = {change.id for change in changes if change.day and not change.undone}
    for change in changes:
        if not change.day or change.id in undone or change.undone in made:
            continue
        month = change.day // 100
        if change.undone:
            customer.bills[month] = customer.bills.get(month, 0) - 1
            if customer.first == month and not any(count > 0 for count in customer.bills.values()):
                customer.first = customer.last = 0  # the first bill is still to come
            continue
        customer.bills[month] = customer.bills.get(month, 0) + 1
        customer.first = customer.first or month
        customer.last = max(customer.last, change.day)


def _customer_change(entry: Entry, originals: Mapping[str, Entry]) -> CustomerChange:
    change = CustomerChange(entry.at, entry.seq, entry.id, leaves=entry.kind == "transfer_out")
    if entry.kind == "issue" and not (entry.campaign and entry.campaign.how in GIFTS):
        return change._replace(day=entry.day)
    original = originals.get(entry.original or "")
    if entry.kind == "reverse_issue" and original and entry.amount + entry.shortfall >= original.amount:
        return change._replace(day=original.day, undone=original.id)
    return change


def read_page(record: Record | None) -> dict[str, SurveyedCustomer]:
    if record is None:
        return {}
    rows: dict[str, Any] = json.loads(zlib.decompress(record["rows"]))
    return {
        f"cust_{id}": SurveyedCustomer(first, last, _by_month(bills), _by_month(coins), _by_month(lots), held)
        for id, (first, last, bills, coins, lots, held) in rows.items()
    }


def page_bytes(page: Mapping[str, SurveyedCustomer]) -> bytes:
    rows = {
        id.removeprefix("cust_"): [one.first, one.last, one.bills, one.coins, one.lots, one.held]
        for id, one in page.items()
    }
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode())


def _by_month(stored: Mapping[str, int]) -> dict[int, int]:
    return {int(month): count for month, count in stored.items()}


def ask_for_report(store: Store, scope: str, program_id: str, now: int) -> None:
    """Has the job keep the program's report up to date from now on; written when it matters, not at each reading."""
    key: Key = survey_keys.surveyed_program_key(scope, program_id)
    marker = store.read([key])[key]
    if marker is None or marker["until"] < now + ASKED_FOR_MS // 2:
        store.write(Update(key, set={"until": now + ASKED_FOR_MS, "due": 0}))
