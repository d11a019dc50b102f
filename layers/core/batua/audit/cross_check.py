"""What the entries of a scope say, against what is stored elsewhere: records that a replay of the wallets does not
reach.

    partner lines   what leaves one tenant's wallet enters another's, in that tenant's own books
    funding         an issue of a prefunded program stands beside the line that paid for it
    allowance       the room of a merchant's month is its ratio times what it issued, less what it redeemed
    totals          the daily totals and the months of each program, added up from the table's stream, are the sums of
                    the entries

To change history unnoticed, all of these places have to be written, in several tenants' books and two tables, before a
change goes unnoticed; what the archive holds under its lock can't be changed at all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from .. import clock
from ..identity.tenant import read_program
from ..ids import is_id
from ..ledger.counting import TotalSums, figures_of
from ..ledger.findings import Finding
from ..ledger.model import RATIO_UNIT, MirPolicy
from ..ledger.records.tenant_money import FundsEntry, read_line
from ..ledger.totals import TRANSACTION_FIGURES, sums_of
from ..store import keys
from ..store.keys import Key, Scope
from ..store.program_keys import program_month_key, program_months_partition
from ..store.store import Record, Store
from .coin_records import CoinRecords, month_location, record_id

SETTLED_AFTER_MS: Final = 15 * 60_000
"""The stream has added an entry to the totals by then, or an alarm says that it is late."""

_ZONES_MS: Final = 14 * 3_600_000
"""A tenant's day has ended everywhere this long after it has ended in UTC."""

_FUNDED: Final = frozenset({"issue", "reverse_issue", "import", "reverse_import"})


def check_partners(store: Store, entries: Iterable[FundsEntry]) -> list[Finding]:
    """What leaves one wallet enters another: in these books, or in another tenant's."""
    by_id: dict[str, list[FundsEntry]] = defaultdict(list)
    for entry in entries:
        if entry.line.counterparty is not None and entry.line.amount_on("transfer"):
            by_id[entry.id].append(entry)
    unbalanced = {id: own for id, own in by_id.items() if _between(own)}
    wanted = {key: id for id, own in unbalanced.items() for key in _partner_keys(id, own)}
    for key, record in store.read(wanted).items():
        if record is not None:
            unbalanced[wanted[key]].append(read_line(record))
    return [
        Finding(id, "what leaves one wallet enters another, in all books", "0", str(_between(lines)))
        for id, lines in sorted(unbalanced.items())
        if _between(lines)
    ]


def _between(lines: Sequence[FundsEntry]) -> int:
    return sum(line.line.amount_on("transfer") for line in lines)


def _partner_keys(id: str, own: Sequence[FundsEntry]) -> Iterator[Key]:
    """Where the other sides may stand. Only the first line says how many there are: the others have a neighbour."""
    there = {entry.number for entry in own}
    count = max([*(entry.count for entry in own), max(there) + 2])
    scopes = {entry.line.counterparty.scope for entry in own if entry.line.counterparty}
    for scope in sorted(scopes):
        yield from (keys.funds_line_key(scope, id, number) for number in range(count) if number not in there)


def check_funding(store: Store, scope: str, books: CoinRecords) -> list[Finding]:
    """An issue that was paid for has its line in the payer's own books, of the same amount; as has its reversal."""
    mode = Scope.of(scope).mode
    wanted: dict[Key, Record] = {}
    merchants = {record_id(record): str(record.get("g2p")).rpartition("#")[2] for record in books.entries}
    for record in books.entries:
        if record.get("kind") in _FUNDED and "fund" in record:
            id = record_id(record)
            payer = record.get("payer") or merchants.get(str(record.get("orig")), merchants[id])
            wanted[keys.funds_line_key(keys.scope(mode, payer), id, 1)] = record
    found = store.read(wanted)
    invariant = "an issue of a prefunded program stands beside the line that paid for it"
    return [
        Finding(record_id(record), invariant, str(record["fund"]), str((found[key] or {}).get("amt", "no line")))
        for key, record in wanted.items()
        if (found[key] or {}).get("amt") != record["fund"]
    ]


def check_allowance(store: Store, scope: str, books: CoinRecords) -> list[Finding]:
    """The room of each merchant's month. A month in which the program changed its ratios is left out."""
    policies = _policies(store, scope, books)
    months: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for (merchant, month, _), item in books.months.items():
        for name in ("issued", "redeemed", "room", "room_new", "floor"):
            months[merchant, month][name] += item.get(name, 0)
    findings = []
    for (merchant, month), sums in sorted(months.items()):
        policy = policies.get((merchant, month))
        if policy is None:
            continue
        used = RATIO_UNIT * (sums["floor"] - sums["redeemed"])
        for name, ratio in (("room", policy.ratio), ("room_new", policy.new_ratio)):
            room = ratio * sums["issued"] + used
            if room != sums[name]:
                invariant = f"`{name}` of {month} is what was issued times the ratio, less what was redeemed"
                findings.append(Finding(merchant, invariant, str(room), str(sums[name])))
    return findings


def with_tiers(store: Store, scope: str, books: CoinRecords) -> CoinRecords:
    """The records with the tiers of their programs, by which a replay checks what a tier gave."""
    owner = Scope.of(scope).tenant
    assets = {str(record["asset"]) for record in books.entries if record.get("tier") and _is_coin(str(record["asset"]))}
    found = store.read(keys.program_key(owner, asset) for asset in assets)
    programs = [read_program(record) for record in found.values() if record]
    return replace(books, tiers={program.id: program.tiers for program in programs if program.tiers})


def _policies(store: Store, scope: str, books: CoinRecords) -> dict[tuple[str, int], MirPolicy]:
    """(merchant, month) -> the one policy by which the month was counted, where there is just one."""
    assets: dict[tuple[str, int], set[str]] = defaultdict(set)
    merchants = {record_id(record): str(record.get("g2p")).rpartition("#")[2] for record in books.entries}
    for record in books.entries:
        merchant = merchants.get(str(record.get("orig")), merchants[record_id(record)])
        assets[merchant, record.get("mon", 0)].add(str(record.get("asset")))
    owner = Scope.of(scope).tenant
    of_programs = {asset for all_of in assets.values() for asset in all_of if _is_coin(asset)}
    programs = {asset: keys.program_key(owner, asset) for asset in of_programs}
    found = store.read(programs.values())
    policies = {}
    for (merchant, month), all_of in assets.items():
        (asset, *others) = all_of
        one = found[programs[asset]] if asset in programs and not others else None
        if one is None:
            continue
        program = read_program(one)
        changed = one.get("mir_at", 0)
        if program.mir is None or program.is_over(clock.month_end(month, program.time_zone) - 1):
            continue  # what is redeemed after a program's end takes no room
        if changed <= clock.month_start(month, program.time_zone):
            policies[merchant, month] = program.mir
    return policies


def check_totals(store: Store, scope: str, records: Sequence[Record], settled_until: int) -> list[Finding]:
    """The daily totals, the days and months of tenant wallets and the months of programs that had ended everywhere at
    `settled_until`."""
    expected = _by_month(_summed(records))
    return _differences(expected, _stored_totals(store, scope, records, {key for key, _ in expected}), settled_until)


def check_wallet_totals(
    store: Store, scope: str, wallet: str, lines: Iterable[Record], settled_until: int
) -> list[Finding]:
    """The days and months of one tenant wallet, against its lines."""
    partition = keys.wallet_days_partition(scope, wallet)
    expected = Counter({place: count for place, count in _summed(lines).items() if place[0].pk == partition})
    return _differences(expected, _stored_days(store, partition), settled_until)


def _summed(records: Iterable[Record]) -> TotalSums:
    expected: TotalSums = Counter()
    for record in records:
        if is_posted(record):
            expected.update(sums_of(record))
    return expected


def _differences(expected: TotalSums, found: TotalSums, settled_until: int) -> list[Finding]:
    expected, found = _without_status(expected), _without_status(_by_month(found))
    findings = []
    for key, name in sorted({*expected, *found}):
        if _settled(key, settled_until) and expected[key, name] != found[key, name]:
            invariant = f"`{name}` of {key.sk}, added up from the stream, is the sum of the entries"
            subject = key.pk.rpartition("#")[2]
            findings.append(Finding(subject, invariant, str(found[key, name]), str(expected[key, name])))
    return findings


def is_posted(record: Record) -> bool:
    """Whether an item is an entry of a customer's or a tenant's wallet. Refusals move nothing, and may be cleared."""
    kind = str(record["sk"]).partition("#")[0]
    return "#K#" in record["pk"] and kind in ("TX", "FUNDS") and record.get("kind", "refused") != "refused"


def _stored_totals(store: Store, scope: str, records: Sequence[Record], expected: set[Key]) -> TotalSums:
    """What the stream has added up: of these books, of the merchants in them, and of the tenant's own wallets."""
    owner, mode = Scope.of(scope).tenant, Scope.of(scope).mode
    months = {key for key in expected if _of_program(key)}
    programs = {key.pk.rpartition("#")[2] for key in months}
    expected = expected - months
    merchants = {key.pk.split("#")[2] for key in expected if key.pk.count("#") == 2}
    merchants |= {month_location(record)[0] for record in records if str(record["sk"]).startswith("MIR#")}
    wallets = {key.pk.split("#")[3] for key in expected if key.pk.count("#") == 3}
    wallets |= {record_id(record) for record in records if record["sk"] == "FUNDS" and "#W#" in record["pk"]}
    coins = {key.sk.split("#")[1] for key in expected if key.sk.count("#") == 3 and _is_coin(key.sk.split("#")[1])}
    found: TotalSums = Counter()
    for merchant in sorted({*merchants, owner}):
        for row in store.query_all("directory", keys.daily_totals_partition(keys.scope(mode, merchant))):
            _, asset, _, status = row["sk"].split("#")
            # A merchant's books hold its money and the coins of other owners' programs too: not of these entries.
            ours = asset in coins or (merchant == owner and not _is_coin(asset))
            if status != "refused" and ours:
                found.update({(_row_key(row), name): amount for name, amount in figures_of(row).items() if amount})
    for wallet in sorted(wallets):
        found.update(_stored_days(store, keys.wallet_days_partition(scope, wallet)))
    for program in sorted(programs):
        found.update(_stored_months(store, program_months_partition(scope, program)))
    return found


def _by_month(sums: TotalSums) -> TotalSums:
    """What a program's coins did, by month: rows of its owner's days say it by day, and rows of months did before."""
    moved: TotalSums = Counter()
    for (key, name), amount in sums.items():
        place = key
        if key.sk.count("#") == 3 and name not in TRANSACTION_FIGURES:
            day, asset, _, _ = key.sk.split("#")
            place = program_month_key(key.pk.partition("#")[2], asset, int(day) // 100)
        moved[place, name] += amount
    return moved


def _without_status(sums: TotalSums) -> TotalSums:
    """The totals of a day by kind alone. Statuses change at any time later: a hold ends, a transaction is refunded."""
    by_kind: TotalSums = Counter()
    for (key, name), amount in sums.items():
        place = key._replace(sk=key.sk.rpartition("#")[0]) if key.sk.count("#") == 3 else key
        by_kind[place, name] += amount
    return by_kind


def _stored_days(store: Store, partition: str) -> TotalSums:
    found: TotalSums = Counter()
    for row in store.query_all("directory", partition):
        found.update({(_row_key(row), name): row[name] for name in ("in", "out", "lines") if row.get(name)})
    return found


def _stored_months(store: Store, partition: str) -> TotalSums:
    found: TotalSums = Counter()
    for row in store.query_all("directory", partition):
        found.update({(_row_key(row), name): amount for name, amount in figures_of(row).items()})
    return found


def _of_program(key: Key) -> bool:
    return key.sk.startswith("P#")


def _is_coin(asset: str) -> bool:
    """Whether an asset is the coin of a program, or the points of an application; else it is money."""
    return is_id(asset, "prg", "waty")


def _row_key(row: Record) -> Key:
    return Key("directory", row["pk"], row["sk"])


def _settled(key: Key, until: int) -> bool:
    """Whether a day or month had ended, and the stream had added all of it."""
    kind, _, rest = key.sk.partition("#")
    if kind == "M":
        return int(rest) < clock.local_month(until, "UTC")
    if kind == "D":
        return int(rest) < clock.local_day(until, "UTC")
    if kind == "P":
        return int(rest) < clock.local_month(until - _ZONES_MS, "UTC")
    return int(kind) < clock.local_day(until - _ZONES_MS, "UTC")
