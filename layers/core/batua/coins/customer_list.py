"""All customers of a merchant: whose coins moved last first, or those whom a name or the end of a number finds.

The order needs no record of its own: the merchant's entries stand in the order of time, and one of them stands for its
customer if it is the customer's last here, which the wallet tells. Then come those without an entry, as of an import.
A page looks at so many entries or rows at most, and may hold fewer than `limit` and still lead on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pydantic import Field

from .. import clock, errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number
from ..api.styles import Reply
from ..archive import months
from ..customers import model as customers
from ..customers.listing import name_words
from ..customers.silence import is_use
from ..ledger.decisions import customer_coins
from ..ledger.model import Program, Wallet
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import Entry, read_entry, read_wallet, sequence_text
from ..store import keys
from ..store.customer_keys import (
    LISTED_SERVED,
    LISTED_WAITING,
    customers_by_number_partition,
    customers_by_word_partition,
    listed_customer_key,
    listed_customers_partition,
)
from ..store.keys import Key
from ..store.store import Record
from . import counter
from .customers import knows_customer

_MAX_SCANNED: Final = 600
"""Entries, or rows, that one page looks at."""
_AT_ONCE: Final = 100
"""Of them, so many are read together with their customers."""
_MOST_STATEMENTS: Final = 60
"""Statements that a page of a network looks into: of customers who were served by others since."""
_LAST: Final = "\U0010ffff"
_NO_VISIT: Final = frozenset({"import", "reverse_import", "expire", "void", "transfer_out"})
"""Entries at which nobody was in the shop; nor were they at coins that a job gave."""


class CustomersQuery(Model):
    q: str | None = Field(
        None,
        max_length=80,
        description="The beginning of any word of the name, of each word where there are several; or the last digits "
        "of the number.",
        examples=["asha"],
    )
    limit: int = Field(50, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class ListedCustomer(Model):
    customer_id: str = Field(examples=["cust_21CBYXTED3WGH5X3H3JBPET8VZ"])
    wallet_id: str | None = Field(
        description="Null for who has never had coins.", examples=["wal_21CBYXTED3WGH5X3H3JBPET8VZ"]
    )
    phone: str | None = Field(
        description="In full for callers with `customers:write`, of customers whom your tenant has registered or whose "
        "program it owns; otherwise masked.",
        examples=["+919876543210"],
    )
    name: str | None = Field(
        description="For the program's owner and the merchant who registered the customer.", examples=["Asha Rao"]
    )
    balance: Number = Field(examples=[120])
    last_visit: Instant | None = Field(
        description="At your counter; gifts and imports are no visit. Null for who has not come, as far as entries "
        "are kept."
    )
    registered_at: Instant | None


class _Found(NamedTuple):
    """A customer on the way to a page, with the entry or the row that stands for them."""

    id: str
    entry: Entry | None = None
    word: str | None = None
    """The word of the name under which the customer was found."""


def list_customers(call: Call[CustomersQuery]) -> Reply:
    """The merchant's customers: those who came last first; with `q`, those whom it finds, in the order of what found
    them."""
    query, listing = call.input, _Listing(call)
    asked = " ".join((query.q or "").split()) or None
    bound = {"list": "customers", "scope": call.caller.scope, "q": asked}
    position = cursor.open_cursor(call.caller.tenant.id, bound, query.cursor) if query.cursor else ""
    found = listing.search(asked, position) if asked else listing.all_of_them(position)
    page, following = listing.page(found, query.limit)
    sealed = cursor.seal_cursor(call.caller.tenant.id, bound, following) if following else None
    return Reply(page, meta={"next_cursor": sealed, "limit": query.limit})


class _Listing:
    """The rows of one request, each with its position; None for what stands for nobody."""

    def __init__(self, call: Any) -> None:
        self.call, self.store, self.caller = call, call.store, call.caller
        self.scope, self.tenant = call.caller.scope, call.caller.tenant.id
        self.program: Program = counter.program_of(call.caller)
        self.shared = self.program.kind == "network"
        """Whether other merchants serve the same customers."""
        self.kept, _ = months.lists_from(call.caller.mode, None, call.now)
        self.statements = 0

    def page(
        self, rows: Iterable[tuple[str, ListedCustomer | None]], limit: int
    ) -> tuple[list[ListedCustomer], str | None]:
        """So many rows, and the position after which the next page begins; None at the end."""
        taken: list[ListedCustomer] = []
        position = ""
        for number, (place, row) in enumerate(rows, start=1):
            if row is not None:
                if len(taken) == limit:
                    return taken, position
                taken.append(row)
            position = place
            if number >= _MAX_SCANNED or self.statements >= _MOST_STATEMENTS:
                return taken, position
        return taken, None

    def all_of_them(self, position: str) -> Iterator[tuple[str, ListedCustomer | None]]:
        part, _, after = position.partition(":")
        if part in ("", "E"):
            yield from self._by_entries(after)
            yield "L:", None
        yield from self._without_entry(after if part == "L" else "")

    def search(self, asked: str, position: str) -> Iterator[tuple[str, ListedCustomer | None]]:
        """Those whom a name or the end of a number finds."""
        words = name_words(asked)
        if not words:
            raise errors.invalid("q", "must have letters of a name, or digits of a number")
        if any(each.isalpha() for each in asked):
            longest = max(words, key=len)
            partition, wanted = customers_by_word_partition(self.scope, self.tenant, longest[0]), longest
        else:
            digits = "".join(str(int(each)) for each in asked if each.isdecimal())
            if not digits:
                raise errors.invalid("q", "must have letters of a name, or digits of a number")
            # Whoever types the whole number begins it with a zero: the stored one has its country there.
            digits = digits.lstrip("0") if len(digits) > 10 else digits
            words, wanted = [], digits[::-1]
            partition = customers_by_number_partition(self.scope, self.tenant, wanted[0])
        for rows in self._rows("by_parent", partition, position or wanted, wanted + _LAST, exclusive=bool(position)):
            found = []
            for row in rows:
                text, _, id = str(row["g1s"]).rpartition("#")
                found.append((str(row["g1s"]), _Found(id, word=text if words else None)))
            yield from self._shown(found, words)

    def _by_entries(self, after: str) -> Iterator[tuple[str, ListedCustomer | None]]:
        """Each customer at the place of their last entry here."""
        start = coin_entries.start_after(self.scope, self.tenant, after) if after else None
        met: set[str] = set()
        while True:
            page = coin_entries.merchant_activity(
                self.store, self.scope, self.tenant, limit=_AT_ONCE, after=start, since=self.kept
            )
            found = []
            for entry in coin_entries.read_entries(page):
                new = entry.asset == self.program.asset and entry.customer not in met
                met.add(entry.customer)
                position = f"E:{clock.iso(entry.at)}#{entry.id}"
                found.append((position, _Found(entry.customer, entry) if new else None))
            yield from self._shown(found)
            start = page.last
            if start is None:
                return

    def _without_entry(self, after: str) -> Iterator[tuple[str, ListedCustomer | None]]:
        """Who was brought in and has not come, and whose entries have all gone to the archive."""
        partition = listed_customers_partition(self.scope, self.tenant)
        # While no entry has left the table, whoever was served has one.
        first = LISTED_WAITING if self.kept is None else LISTED_SERVED
        until = LISTED_WAITING + _LAST
        for rows in self._rows("by_name", partition, after or first, until, exclusive=bool(after)):
            found = [(f"L:{row['g2s']}", _Found(str(row["g2s"]).partition("#")[2])) for row in rows]
            yield from self._shown(found, without_entry=True)

    def _rows(
        self, index: str, partition: str, since: str, until: str, *, exclusive: bool
    ) -> Iterator[Sequence[Record]]:
        since = f"{since}!" if exclusive else since
        after: Any = None
        while True:
            page = self.store.query(
                "directory", partition, index=index, since=since, until=until, limit=_AT_ONCE, after=after
            )
            yield page.items
            after = page.last
            if after is None:
                return

    def _shown(
        self,
        found: Sequence[tuple[str, _Found | None]],
        words: Sequence[str] = (),
        *,
        without_entry: bool = False,
    ) -> Iterator[tuple[str, ListedCustomer | None]]:
        """What of this is to be shown, in its order."""
        known = self._read({each.id for _, each in found if each})
        for position, each in found:
            if each is None:
                yield position, None
                continue
            record, wallet, listed = known[each.id]
            customer = customers.read_customer(record) if record else None
            if each.entry is not None:
                fits = wallet is not None and self._stands_for(each.entry, wallet)
            elif customer is None or customer.erased_at is not None:
                fits = False
            elif without_entry:
                fits = wallet is None or not self._has_entry(wallet)
            else:
                fits = listed and (not words or _is_named(customer.name, each.word, words))
                fits = fits and not (wallet and self._was_taken_back(wallet))
            yield position, self._row(each, customer, wallet) if fits else None

    def _read(self, ids: Iterable[str]) -> Mapping[str, tuple[Record | None, Wallet | None, bool]]:
        """Each customer's record and wallet, and whether they are this merchant's."""
        places = {id: self._places(id) for id in ids}
        wanted = [key for three in places.values() for key in three]
        found = self.store.read(wanted, consistent=False) if wanted else {}
        read = {}
        for id, (about, at, row) in places.items():
            record, wallet = found[about], found[at]
            mine = bool(record and record.get("by") == self.tenant) or found[row] is not None
            read[id] = (record, read_wallet(wallet) if wallet else None, mine)
        return read

    def _places(self, id: str) -> tuple[Key, Key, Key]:
        wallet = customers.customer_wallet_id(self.scope, self.program.id, id)
        return (
            keys.customer_key(self.scope, id),
            keys.wallet_key(self.scope, wallet),
            listed_customer_key(self.scope, id, self.tenant),
        )

    def _stands_for(self, entry: Entry, wallet: Wallet) -> bool:
        """Whether an entry is its customer's last here. Coins that went to another customer, who is the same person,
        leave nobody behind; nor does a first issue that was taken back, as of a wrong number."""
        if entry.kind == "transfer_out" and not wallet.lots and (entry.original is None or entry.seq <= 2):
            return False
        if _takes_all_back(entry, wallet):
            return False
        if wallet.seq <= entry.seq:
            return True
        return self.shared and not any(self._here(self._lines(wallet, since=entry.seq + 1)))

    def _was_taken_back(self, wallet: Wallet) -> bool:
        """Whether all that ever happened with a wallet is an issue that was taken back."""
        if wallet.seq != 2 or wallet.lots:
            return False
        last = next(self._lines(wallet, since=2), None)
        return last is not None and _takes_all_back(last, wallet)

    def _has_entry(self, wallet: Wallet) -> bool:
        """Whether one of the wallet's entries is in the list by time already."""
        if self.kept is not None and wallet.last_at < self.kept:
            return False
        return not self.shared or any(self._here(self._lines(wallet, since=0)))

    def _lines(self, wallet: Wallet, since: int) -> Iterator[Entry]:
        """A wallet's entries from one number on, the latest first."""
        after: Any = None
        while True:
            self.statements += 1
            page = self.store.query(
                "ledger",
                keys.wallet_partition(self.scope, wallet.id),
                index="statement",
                since=sequence_text(since),
                descending=True,
                limit=_AT_ONCE,
                after=after,
            )
            yield from map(read_entry, page.items)
            after = page.last
            if after is None:
                return

    def _here(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        return (
            each for each in entries if each.merchant == self.tenant and (self.kept is None or each.at >= self.kept)
        )

    def _row(self, found: _Found, customer: customers.Customer | None, wallet: Wallet | None) -> ListedCustomer:
        knows = customer is not None and knows_customer(self.call, customer)
        whole = knows and "customers:write" in self.caller.permissions
        held = customer_coins.wallet_as_of(wallet, self.program, self.call.now).balance if wallet else 0
        phone = (customer.phone if whole else customer.masked_phone) if customer else None
        return ListedCustomer(
            customer_id=found.id,
            wallet_id=wallet.id if wallet else None,
            phone=phone,
            name=customer.name if customer and knows else None,
            balance=counter.coins_wire(held, self.program),
            last_visit=self._last_visit(found.entry, wallet),
            registered_at=clock.iso(customer.created_at) if customer else None,
        )

    def _last_visit(self, entry: Entry | None, wallet: Wallet | None) -> str | None:
        if wallet is None or (entry is None and not self.shared):
            return clock.iso(wallet.last_at) if wallet else None
        if entry is not None and (_is_visit(entry) or entry.seq <= 1):
            return entry.created_at if _is_visit(entry) else None
        visits = filter(_is_visit, self._here(self._lines(wallet, since=0)))
        return next((each.created_at for each in visits), None)


def _takes_all_back(entry: Entry, wallet: Wallet) -> bool:
    return entry.kind == "reverse_issue" and entry.seq == wallet.seq == 2 and not wallet.lots and not wallet.balance


def _is_visit(entry: Entry) -> bool:
    return entry.kind not in _NO_VISIT and is_use(entry)


def _is_named(name: str | None, found_by: str | None, words: Sequence[str]) -> bool:
    """Whether each word that was asked for begins a word of a name. Of the words that begin with the one that was
    looked for, only the first stands for the customer, so that nobody is found twice."""
    there = name_words(name)
    if not all(any(each.startswith(word) for each in there) for word in words):
        return False
    return found_by == min((each for each in there if each.startswith(max(words, key=len))), default=None)
