"""A tenant's list of its customers: who is in it, and the words and digits under which they are found.

Each customer of a tenant has one row, made when the tenant serves them first or brings them in; where the tenant may
know the customer's name, each word of it has another. All stand beside the customer's record and are found through an
index. The ledger's stream makes them, so a posting writes nothing for it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from .. import phone as phones
from ..store import keys
from ..store.codec import decode
from ..store.customer_keys import (
    CUSTOMER_LISTED,
    LISTED_SERVED,
    LISTED_WAITING,
    customers_by_number_partition,
    customers_by_word_partition,
    listed_customer_key,
    listed_customers_partition,
    listed_word_key,
)
from ..store.keys import Key
from ..store.store import Cancelled, Contended, Record, Store
from ..store.writes import ABSENT, EXISTS, Check, Condition, Delete, Put, Update, Write

MOST_WORDS: Final = 6
"""Words of a name that are found; whoever has more is found by these."""

_BATCH_SIZE: Final = 90
_NOT_ERASED: Final = Condition(present=("pk",), missing=("erased",))
NO_VISIT: Final = frozenset({"refused", "expire", "void", "reverse_issue", "reverse_import"})
"""Entries that make nobody a customer: they follow another one, or the customer was not there."""


def name_words(name: str | None) -> list[str]:
    """The words of a name as they are looked for: small letters, without accents that are signs of their own or
    anything between words. Vowel signs of Indian scripts are part of a word."""
    text = unicodedata.normalize("NFKC", name or "").casefold()
    kept = [each for each in text if unicodedata.category(each) != "Cf"]
    spaced = "".join(each if unicodedata.category(each)[0] in "LMN" else " " for each in kept)
    return list(dict.fromkeys(spaced.split()))


def number_text(e164: str | None, *, whole: bool) -> str:
    """A number from its end, as far as a tenant may see it; empty where there is none."""
    if e164 is None:
        return ""
    shown = e164 if whole else phones.masked(e164).rpartition("•")[2]
    return "".join(each for each in reversed(shown) if each.isdigit())


def tenants_with_name(scope: str, registered_by: str | None) -> list[str]:
    """Those who may know a customer's name: who registered the customer, and the program's owner."""
    owner = keys.Scope.of(scope).tenant
    return list(dict.fromkeys((owner, registered_by or owner)))


def listed_put(scope: str, customer: Record, tenant: str, *, waiting: bool = False) -> Put:
    """A customer's row in a tenant's list, where there is none. `waiting`: the customer has not come yet."""
    id = customer["pk"].rpartition("#")[2]
    item = {"g2p": listed_customers_partition(scope, tenant), "g2s": _place(id, waiting=waiting)}
    own = tenant in tenants_with_name(scope, customer.get("by"))
    if digits := number_text(customer.get("phone"), whole=own):
        item |= {"g1p": customers_by_number_partition(scope, tenant, digits[0]), "g1s": f"{digits}#{id}"}
    return Put(listed_customer_key(scope, id, tenant), item, when=ABSENT)


def name_writes(
    scope: str, customer: str, registered_by: str | None, before: str | None, after: str | None
) -> list[Write]:
    """What has a customer found under a name, and not under the one before."""
    old, new = name_words(before)[:MOST_WORDS], name_words(after)[:MOST_WORDS]
    writes: list[Write] = []
    for tenant in tenants_with_name(scope, registered_by):
        for number, word in enumerate(new):
            place = customers_by_word_partition(scope, tenant, word[0])
            item = {"g1p": place, "g1s": f"{word}#{customer}"}
            writes.append(Put(listed_word_key(scope, customer, tenant, number), item))
        writes += [Delete(listed_word_key(scope, customer, tenant, number)) for number in range(len(new), len(old))]
    return writes


def still_there(scope: str, customer: str) -> Check:
    """A customer who has just had their data deleted is listed nowhere any more."""
    return Check(keys.customer_key(scope, customer), _NOT_ERASED)


def newcomer_put(made: Put, tenant: str) -> Put:
    """The row of a customer whom a tenant brings in, to be written with their record. They have not come yet."""
    scope = made.key.pk.rpartition("#C#")[0]
    return listed_put(scope, {"pk": made.key.pk, **made.item}, tenant, waiting=True)


def list_brought_in(store: Store, scope: str, customer: Record, *, caller: str) -> None:
    """Lists a customer whom their merchant has brought in, where no row of a time before lists is. They have not come
    yet, as far as the list can know: where it shows them, it looks."""
    put = listed_put(scope, customer, customer["by"], waiting=True)
    _unless_refused(store, [put, still_there(scope, str(customer["pk"]).rpartition("#")[2])], caller)


def carry_name(store: Store, scope: str, source: str, target: str, now: int, *, caller: str) -> None:
    """Gives the name of a customer who was merged into another to the other, who is the same person, and takes it from
    the first. A name that is there stays; so does one that another merchant would get to know.

    Done twice, nothing more happens. Where somebody writes one of the records meanwhile, the name stays where it is.
    """
    places = keys.customer_key(scope, source), keys.customer_key(scope, target)
    found = store.read(places)
    first, second = (found[place] for place in places)
    if first is None or second is None or "name" not in first:
        return
    name, by = first["name"], second.get("by")
    writes: list[Write] = [
        Update(places[0], remove=("name", "name_at", "name_by"), when=Condition(equal={"name": name})),
        *name_writes(scope, source, first.get("by"), name, None),
    ]
    if "name" not in second and by in tenants_with_name(scope, first.get("by")):
        unnamed = Condition(present=("pk",), missing=("erased", "name"))
        writes.append(Update(places[1], set={"name": name, "name_at": now}, when=unnamed))
        writes += name_writes(scope, target, by, None, name)
    _unless_refused(store, writes, caller)


def forget_listing(store: Store, scope: str, customer: str, *, caller: str) -> int:
    """Takes a customer out of every tenant's list. Returns the number of rows.

    `caller` tells one time from another: a row can come back and go again within minutes.
    """
    partition = keys.customer_key(scope, customer).pk
    rows = store.query_all("directory", partition, beginning=CUSTOMER_LISTED, consistent=True)
    found = [Key("directory", row["pk"], row["sk"]) for row in rows]
    for start in range(0, len(found), _BATCH_SIZE):
        store.commit([Delete(key) for key in found[start : start + _BATCH_SIZE]], caller=caller)
    return len(found)


class _Served(NamedTuple):
    """A customer of an entry, and at whose counter it was made."""

    scope: str
    customer: str
    tenant: str

    @property
    def row(self) -> Key:
        return listed_customer_key(self.scope, self.customer, self.tenant)

    @property
    def about(self) -> Key:
        return keys.customer_key(self.scope, self.customer)


def list_served(store: Store, event: Mapping[str, Any]) -> list[str]:
    """Lists the customers of a batch of the ledger's stream with the tenants that served them, and takes out who was
    merged into another. Returns the numbers of what is to come again.

    A customer who is listed costs half a read. One whose row is missing, as of a time before there were lists, gets it.
    """
    served: dict[_Served, list[str]] = {}
    merged: dict[_Served, list[str]] = {}
    for sequence, entry in _entries(event):
        scope, tenant = keys.scope_of(entry["pk"]), str(entry["g2p"]).rpartition("#")[2]
        about = _Served(scope, entry["cust"], tenant)
        if entry["kind"] == "transfer_out":
            if "orig" not in entry:
                merged.setdefault(about, []).append(sequence)
        elif entry["kind"] not in NO_VISIT:
            served.setdefault(about, []).append(sequence)
    try:
        rows = store.read((each.row for each in served), consistent=False) if served else {}
        unlisted = [each for each in served if rows[each.row] is None]
        people = store.read({each.about for each in unlisted}) if unlisted else {}
    except Contended:
        return [sequence for sequences in (*served.values(), *merged.values()) for sequence in sequences]
    failed = []
    for each, sequences in (*served.items(), *merged.items()):
        try:
            if each in merged:
                forget_listing(store, each.scope, each.customer, caller=sequences[0])
            elif rows[each.row] is None:
                _list_newcomer(store, each, people[each.about], sequences[0])
            elif str((rows[each.row] or {})["g2s"]).startswith(LISTED_WAITING):
                came = Update(each.row, set={"g2s": _place(each.customer, waiting=False)}, when=EXISTS)
                store.commit([came], caller=sequences[0])
        except Cancelled:
            continue  # their data was deleted meanwhile
        except Contended:
            failed += sequences
    return failed


def _list_newcomer(store: Store, served: _Served, customer: Record | None, caller: str) -> None:
    if customer is None or customer.get("erased"):
        return
    put = listed_put(served.scope, customer, served.tenant)
    _unless_refused(store, [put, still_there(served.scope, served.customer)], caller)


def _unless_refused(store: Store, writes: Sequence[Write], caller: str) -> None:
    """Writes that are there already, or of a customer whose data was deleted, change nothing."""
    try:
        store.commit(writes, caller=caller)
    except Cancelled:
        return


def _place(customer: str, *, waiting: bool) -> str:
    return f"{LISTED_WAITING if waiting else LISTED_SERVED}{customer}"


def _entries(event: Mapping[str, Any]) -> Iterable[tuple[str, Record]]:
    """The new entries of customers' coins in a batch of the stream, with their numbers."""
    for record in event["Records"]:
        image = record["dynamodb"].get("NewImage")
        if not image or record["eventName"] != "INSERT" or record["dynamodb"]["Keys"]["sk"]["S"] != "TX":
            continue
        item = decode(image)
        if str(item.get("asset", "")).startswith("prg_") and "cust" in item and item.get("kind") != "refused":
            yield record["dynamodb"]["SequenceNumber"], item
