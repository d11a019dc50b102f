"""Campaigns, pending coins, referrals, birthdays, rewards and imports at once, under faults: one run for each seed.

A shop's program has a bonus, a referral and a birthday campaign, each with a small budget, and coins that are pending
for some days. Bills, returns, redemptions, decisions, the rows of a file and the hourly job run beside each other, with
the faults of `network`. Then a week without faults follows, after which the invariants must hold. They are computed
from the tables alone, by rules that share no code with the product.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pytest

from batua import clock, ids
from batua.api.endpoint import Call
from batua.api.models import validated
from batua.api.request import Request
from batua.audit.verify import verify_scope
from batua.coins import issue, reverse
from batua.coins.models import IssueCoins, ReverseCoins
from batua.customers import model as customers
from batua.customers.referrals import referral_code
from batua.errors import Problem
from batua.identity.caller import Caller
from batua.identity.credentials import Claims
from batua.identity.roles import ROLES
from batua.identity.tenant import Tenant, campaign_item, program_item, read_tenant, tenant_item
from batua.imports import applying
from batua.imports.checking import ImportBooks
from batua.imports.parts import CheckedRow
from batua.imports.record import Import
from batua.ledger.campaigns import Campaign
from batua.ledger.earning import EarningRule
from batua.ledger.errors import LedgerError
from batua.ledger.model import Program
from batua.ledger.records.customer_coins import read_wallet
from batua.operations.hold_expiry import expire_due_holds
from batua.rewards import advance, catalogue, redeem, redemption_lookup
from batua.rewards.birthdays import give_birthday_coins
from batua.rewards.redemption_ends import reward_reversal
from batua.rewards.redemption_models import ApproveRedemption, EndRedemption, RedeemReward
from batua.rewards.referral_rewards import reward_referrals
from batua.rewards.reward_models import CreateReward
from batua.store import keys, program_keys, referral_keys, reward_keys
from batua.store.codec import decode
from batua.store.store import Contended, Store
from batua.store.writes import Put, Update
from tests.fakes.states import Killed
from tests.faults.bugs import Bug
from tests.faults.loop import SECOND, Loop
from tests.faults.network import ALL, FaultProfile, Line
from tests.faults.run import tamed
from tests.faults.table import Tables

ZONE: Final = "Asia/Kolkata"
START: Final = clock.parse_iso("2026-11-20T04:30:00Z")
DAY: Final = 86_400 * SECOND
SHOP: Final = ids.derived_id("ten", "loyal shop")
PROGRAM: Final = ids.derived_id("prg", "loyal shop")
SCOPE: Final = keys.scope("live", SHOP)
PHONES: Final = tuple(f"+91987654321{number}" for number in range(5))
BONUS, REFERRAL, BIRTHDAY = (ids.derived_id("cmp", name) for name in ("bonus", "referral", "birthday"))
BUDGETS: Final = {BONUS: 65, REFERRAL: 95, BIRTHDAY: 45}
FRIEND, REFERRER, GIFT, PER_REFERRER, LEAST, WAIT = 20, 25, 30, 1, 20_000, 2
STOCK, CODES, LIMIT = 1, ("A-1", "A-2"), 1
USER: Final = ids.derived_id("usr", "asha")
ROWS: Final = 3
_AGAIN: Final = frozenset({"busy", "request_in_progress", "service_unavailable"})

LOYALTY_BUGS: Final = (
    Bug(
        "a campaign gives more than its budget",
        "ledger.posting.customer_coins:_CoinPostingAttempt._budget",
        "when=enough",
        "",
    ),
    Bug(
        "what a campaign gives is not taken from its budget",
        "ledger.posting.customer_coins:_CoinPostingAttempt._budget",
        '{"left": -applied.coins}',
        '{"left": 0}',
    ),
    Bug(
        "a referral does not record that a side has its coins",
        "rewards.referral_rewards:_give_side",
        '[_outcome(referral, side, "given")]',
        "[]",
    ),
    Bug(
        "a referral is written over whatever became of it",
        "customers.referrals:referral_change",
        "when=Condition(equal=equal, missing=missing)",
        "when=Condition()",
    ),
    Bug(
        "a bill that was taken back counts for a referral",
        "rewards.referral_rewards:_standing",
        '(found[sum_key] or {}).get("sum", 0)',
        "0",
    ),
    Bug(
        "a referral does not wait for its bill to stand",
        "rewards.referral_rewards:_judge",
        "if stood > now:",
        "if False:",
    ),
    Bug(
        "a customer who is not new is referred",
        "coins.issue:issue_coins",
        "if referral and state.wallet.seq:",
        "if False:",
    ),
    Bug(
        "pending coins are redeemed",
        "ledger.decisions.customer_coins:_spendable",
        "if coins > at.available:",
        "if coins > at.owned:",
    ),
    Bug(
        "pending coins are free a day early",
        "ledger.decisions.customer_coins:decide_issue",
        "program.pending_days + 1)",
        "program.pending_days)",
    ),
    Bug(
        "one code goes to two",
        "rewards.redemption_writes:taking_writes",
        'Delete(key, when=Condition(present=("pk",)))',
        "Delete(key)",
    ),
    Bug(
        "what is cancelled is lost to the stock",
        "rewards.advance:_Advance._post",
        'returning_writes(scope, before) if movement == "release" else []',
        "[]",
    ),
    Bug(
        "a decided redemption is not on record",
        "rewards.advance:_Advance._post",
        "[changed_write(scope, before, after), self._record()]",
        "[self._record()]",
    ),
    Bug(
        "a row of a file is brought in as often as its part runs",
        "imports.applying:_posting_request",
        "key=record.row_key(row.number)",
        "key=None",
    ),
)


@dataclass
class LoyaltyRun:
    seed: int
    loop: Loop = field(init=False)
    tables: Tables = field(default_factory=Tables)
    faults: list[str] = field(default_factory=list)
    """What no handler may raise."""
    bills: dict[str, str] = field(default_factory=dict)
    """Key of a bill -> its entry, as its till knows."""
    opened: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.loop = Loop(self.seed, START)
        self.chance = random.Random(f"loyalty {self.seed}")
        self.pending = self.chance.choice((0, 1, 3))
        share, lag = self.chance.choice((0.0, 0.1, 0.25)), self.chance.choice((0.0, 0.3))
        some = frozenset(fault for fault in ALL if self.chance.random() < 0.6)
        self.weather = FaultProfile(share, some, lag)
        self.calm = Store(self.tables, "ledger", "directory", sleep=lambda _: None)
        self.store = Store(
            Line(self.loop, self.tables, self.weather, self.tables), "ledger", "directory", sleep=self.loop.sleep
        )

    # The shop.

    def open_shop(self) -> None:
        far = clock.parse_iso("2090-01-01")
        campaigns = (
            Campaign(BONUS, "bonus", 0, far, coins=10, minimum_bill=30_000, limited=True),
            Campaign(
                REFERRAL, "referral", 0, far, coins=FRIEND, referrer_coins=REFERRER, limited=True, wait_days=WAIT,
                per_referrer=PER_REFERRER, minimum_bill=LEAST,
            ),
            Campaign(BIRTHDAY, "birthday", 0, far, coins=GIFT, limited=True),
        )  # fmt: skip
        rule = EarningRule("rule_five", "percentage", basis_points=500)
        program = Program(
            PROGRAM, SHOP, "Petals", "closed", ZONE, rules=(rule,), campaigns=campaigns, pending_days=self.pending
        )
        tenant = Tenant(SHOP, "merchant", "Shop", "active", None, (), "IN", ZONE, 0, program=program)
        self.program, self.tenant = program, tenant
        self.calm.write(Put(keys.tenant_key(SHOP), tenant_item(tenant)))
        self.calm.write(Put(keys.program_key(SHOP, PROGRAM), program_item(program)))
        for campaign in campaigns:
            left = BUDGETS[campaign.id]
            item = {**campaign_item(campaign), "owner": SHOP, "budget": left, "left": left}
            if campaign.kind == "birthday":
                item.update(g2p=referral_keys.BIRTHDAY_CAMPAIGNS_PARTITION, g2s=campaign.id)
            self.calm.write(Put(program_keys.campaign_key(PROGRAM, campaign.id), item))
        self.stock = self._reward(points=7, stock=STOCK, approval_required=True, delivery="manual")
        self.pool = self._reward(points=5, code={"source": "pool"}, codes=list(CODES), limits={"ever": LIMIT})
        # Two customers of before: they have a code, and one a birthday in three days.
        for phone in PHONES[:2]:
            body = validated(IssueCoins, {"phone": phone, "bill_amount": 400, "reference": f"before {phone}"})
            issue.issue_coins(self._call(self.calm, body, {}, issue.prefetch_issue))
            place = referral_keys.referral_code_key(SCOPE, PROGRAM, self._code(phone))
            self.calm.write(Put(place, {"cust": self._customer(phone)}))
            day = clock.add_days(clock.local_day(START, ZONE), 3) % 10_000
            partition = referral_keys.birthdays_partition(SCOPE, day)
            born = {"bday": day, "bday_at": START - clock.DAY_MS, "g2p": partition, "g2s": self._customer(phone)}
            self.calm.write(Update(keys.customer_key(SCOPE, self._customer(phone)), set=born))
        self.tables.behind.catch_up(None, 0)

    def _customer(self, phone: str) -> str:
        return customers.customer_id_by_phone(SCOPE, SHOP, phone)

    def _code(self, phone: str) -> str:
        return referral_code(SCOPE, SHOP, PROGRAM, self._customer(phone))

    def _reward(self, **fields: Any) -> str:
        body = validated(CreateReward, {"title": "Mug", "type": "voucher", **fields})
        return str(catalogue.create_reward(self._call(self.calm, body, {})).data.id)

    def _call(self, store: Store, body: Any, path: dict[str, str], seek: Any = None, key: str | None = None) -> Any:
        headers = {"idempotency-key": key} if key else {}
        request = Request({"headers": headers, "pathParameters": path, "requestContext": {"http": {"method": "POST"}}})
        claims = Claims("user", USER, SHOP, "live", SHOP, "IN", PROGRAM)
        sought = seek(claims, body, request) if seek else None
        found = store.read([keys.tenant_key(SHOP), *(sought.keys if sought else ())])
        record = found[keys.tenant_key(SHOP)]
        assert record is not None
        caller = Caller(claims, read_tenant(record), ROLES["tenant_admin"], "192.0.2.1")
        return Call(body, request, store, self.loop.now, found, sought, caller)

    # What happens.

    def play(self) -> None:
        chance, at = self.chance, 0
        for number in range(chance.randrange(10, 18)):
            at += chance.choice((0, 2_000, 20_000, SECOND, 3600 * SECOND))
            act = chance.choice(("bill", "bill", "bill", "redeem", "redeem", "decide", "undo"))
            self._spawn(f"{act}-{number}", getattr(self, f"_{act}"), at, chance.choice((1, 1, 2)))
            if chance.random() < 0.3:
                at += chance.choice((DAY // 2, DAY))
        # Everybody wants what is left, at one moment.
        burst = 5 * DAY + chance.randrange(DAY)
        for number in range(8):
            self._spawn(f"redeem-burst-{number}", self._redeem, burst + chance.choice((0, 500, 2_000, 8_000)), 1)
        self.file = ids.derived_id("imp", str(self.seed))
        for number in range(ROWS):
            self._spawn(f"row-{number}", partial(self._row, number), chance.randrange(DAY), 2)
        for hour in range(6, 8 * 24, 12):
            for name, job in (("referrals", reward_referrals), ("birthdays", give_birthday_coins)):
                self._spawn(f"{name}-{hour}", partial(self._job, job), hour * DAY // 24, chance.choice((1, 2)))
        self.loop.run()
        self.weather.calm = True
        for number in range(3):
            for job in (reward_referrals, give_birthday_coins):
                self._spawn(f"last-{job.__name__}-{number}", partial(self._job, job), DAY, 1)
            self._spawn(f"sweep-{number}", lambda _: expire_due_holds(self.store, self.loop.now), 40 * DAY, 1)
            self.loop.run()
        self.tables.behind.catch_up(None, 0)

    def _spawn(self, name: str, act: Callable[[str], Any], after: int, twins: int) -> None:
        for twin in range(twins):
            self.loop.spawn(f"{name}.{twin}", partial(self._sent, name, act), after + twin * 3_000)

    def _sent(self, name: str, act: Callable[[str], Any]) -> None:
        """Sends a request again under its key until there is an answer; some clients give up."""
        task = self.loop.task
        assert task is not None
        for number in range(6):
            if number:
                self.loop.pause(task.chance.randrange(SECOND // 5, 5 * SECOND))
            try:
                act(name)
                return
            except (Killed, Contended, LedgerError, applying.ImportBusy):
                continue
            except Problem as problem:
                if problem.kind.code not in _AGAIN:
                    return
            except Exception as fault:
                self.faults.append(f"{name}: {type(fault).__name__}: {fault}")
                return

    def _drawn(self, name: str) -> random.Random:
        """The content of a request: the same for all of its attempts."""
        return random.Random(f"{self.seed} {name}")

    def _bill(self, name: str) -> None:
        chance = self._drawn(name)
        phone = chance.choice(PHONES)
        named = {"referral_code": self._code(chance.choice(PHONES[:2]))} if chance.random() < 0.7 else {}
        body = validated(IssueCoins, {"phone": phone, "bill_amount": chance.choice((150, 250, 400)), **named})
        try:
            reply = issue.issue_coins(self._call(self.store, body, {}, issue.prefetch_issue, name))
        except Problem as problem:
            if not named or problem.kind.code not in ("referral_not_new", "referral_named"):
                raise
            # The cashier leaves the code out, as the message says.
            body = validated(IssueCoins, {"phone": phone, "bill_amount": 250})
            reply = issue.issue_coins(self._call(self.store, body, {}, issue.prefetch_issue, f"{name} again"))
        self.bills[name] = reply.data.transaction_id

    def _undo(self, name: str) -> None:
        chance = self._drawn(name)
        if not self.bills:
            return
        bill = self.bills[chance.choice(sorted(self.bills))]
        body = validated(ReverseCoins, {} if chance.random() < 0.7 else {"coins": 3})
        call = self._call(self.store, body, {"id": bill}, reverse.prefetch_reversal, name)
        reverse.reverse_coins(call, reward_reversal)

    def _redeem(self, name: str) -> None:
        chance = self._drawn(name)
        reward = chance.choice((self.stock, self.pool))
        body = validated(RedeemReward, {"phone": chance.choice((*PHONES[:2], *PHONES[:2], *PHONES))})
        call = self._call(self.store, body, {"id": reward}, redeem.prefetch_redemption_of, name)
        self.opened.append(redeem.redeem_reward(call).data.id)

    def _decide(self, name: str) -> None:
        chance = self._drawn(name)
        if not self.opened:
            return
        act = chance.choice(("approve", "reject", "cancel"))
        body = validated(ApproveRedemption if act == "approve" else EndRedemption, {})
        path = {"id": chance.choice(sorted(set(self.opened)))}
        call = self._call(self.store, body, path, redemption_lookup.prefetch_redemption, name)
        getattr(advance, f"{act}_redemption")(call)

    def _row(self, number: int, _: str) -> None:
        """A row of a file of bills, as each run of its part brings it in."""
        phone = PHONES[number]
        customer = self._customer(phone)
        wallet = customers.customer_wallet_id(SCOPE, PROGRAM, customer)
        row = CheckedRow(number, "ready", phone=phone, customer=customer, wallet=wallet, bill=35_000, reference="file")
        record = Import(
            self.file, SCOPE, SHOP, PROGRAM, "issue", "bills.csv", 1, "applying", START, USER, "192.0.2.1", digest="5a"
        )
        books = ImportBooks(self.tenant, self.program)
        with applying.busy_again():
            place = keys.wallet_key(SCOPE, wallet)
            stored = self.store.read([place])[place]
            known = {wallet: read_wallet(stored)} if stored else {}
            applying._apply_row(self.store, record, books, row, wallets=known, now=self.loop.now)
        if row.state not in ("imported", "refused"):
            self.faults.append(f"row {number}: {row.state}")

    def _job(self, job: Callable[..., int], _: str) -> None:
        job(self.store, self.loop.now)

    # What must be true.

    def broken(self) -> list[str]:
        """The invariants that the run violated."""
        found = [f"no handler fails: {fault}" for fault in self.faults]
        entries = sorted(self._entries(), key=lambda entry: (entry["g1p"], entry["g1s"]))
        for invariants in (self._budgets, self._gifts, self._pending, self._referrals, self._file):
            found += invariants(entries)
        found += self._rewards(entries)
        for finding in verify_scope(self.calm, SCOPE).findings:
            found.append(f"verify: {finding.invariant}: {finding.expected} != {finding.found}")
        return found

    def _entries(self) -> Iterator[dict[str, Any]]:
        for (_, _, sk), item in self.tables.items.items():
            record = decode(item)
            if sk == "TX" and record["kind"] != "refused":
                yield {**record, "id": record["pk"].rpartition("#")[2]}

    def _records(self, beginning: str) -> list[dict[str, Any]]:
        there = sorted((place, item) for place, item in self.tables.items.items() if place[1].startswith(beginning))
        return [decode(item) for _, item in there]

    def _budgets(self, entries: list[dict[str, Any]]) -> Iterator[str]:
        given: Counter[str] = Counter()
        for entry in entries:
            if "camp" in entry:
                given[entry["camp"][0]] += entry["camp"][2]
        for campaign, budget in BUDGETS.items():
            (row,) = [row for row in self._records(f"CAMPAIGN#{PROGRAM}") if row["sk"] == campaign]
            if row["left"] != budget - given[campaign] or row["left"] < 0:
                yield f"a budget is what was not given: {row['left']} of {budget} with {given[campaign]} given"

    def _gifts(self, entries: list[dict[str, Any]]) -> Iterator[str]:
        had = Counter(
            (entry["cust"], entry["camp"][3]) for entry in entries if "camp" in entry and entry["camp"][0] != BONUS
        )
        for (customer, how), count in had.items():
            most = PER_REFERRER if how == "referred a new customer" else 1
            if count > most:
                yield f"a gift is given once: {count} times “{how}” to {customer}"

    def _pending(self, entries: list[dict[str, Any]]) -> Iterator[str]:
        """Coins by the day from which they can be spent, wallet by wallet; nothing takes more than is free."""
        there: dict[str, _Coins] = defaultdict(_Coins)
        for entry in entries:
            coins, kind, amount = there[entry["g1p"]], entry["kind"], entry["amt"]
            coins.wake(entry["day"])
            if kind == "issue":
                waits = self.pending and not _is_gift(entry)
                coins.give(entry["id"], amount, clock.add_days(entry["day"], self.pending + 1) if waits else 0)
            elif kind in ("redeem", "hold"):
                coins.free -= amount
            elif kind in ("void", "reverse_redeem"):
                coins.free += amount
            elif kind == "reverse_issue":
                coins.take_back(entry["orig"], amount)
            if coins.free < 0:
                yield f"pending coins are not spent: {kind} of {amount} with {coins.free + amount} free"
                return
            stored = self._wallet_pending(entry)
            if stored is not None and stored != coins.pending:
                yield f"what is pending is what waits: {stored} != {coins.pending}"
                return

    def _wallet_pending(self, entry: dict[str, Any]) -> int | None:
        """What the wallet's item says is pending, where the entry is its last."""
        id = entry["g1p"].rpartition("#")[2]
        wallet = decode(self.tables.items["ledger", keys.wallet_key(SCOPE, id).pk, "BAL"])
        if wallet["seq"] != int(entry["g1s"]):
            return None
        return sum(wallet.get("pend", {}).values())

    def _referrals(self, entries: list[dict[str, Any]]) -> Iterator[str]:
        by_id = {entry["id"]: entry for entry in entries}
        gifts = {(entry["cust"], entry["camp"][3]) for entry in entries if "camp" in entry}
        first = {entry["cust"]: entry for entry in reversed(entries) if entry["kind"] == "issue"}
        promised: Counter[str] = Counter()
        for row in self._records("REFERRALS#"):
            friend = row["sk"]
            if clock.parse_iso(first[friend]["g2s"].partition("#")[0]) < row["at"]:
                yield f"only a new customer is referred: {friend}"
            given = (friend, "referred by a customer") in gifts
            if given != (row.get("fout") == "given"):
                yield f"a referral says what was given: {row.get('fout')} with {given}"
            promised[row["referrer"]] += row.get("rout") == "given"
            if "bill" in row:
                bill = by_id[row["bill"]]
                stood = clock.day_start(clock.add_days(bill["day"], WAIT + 1), ZONE)
                back = sum(
                    entry["amt"] + entry.get("short", 0)
                    for entry in entries
                    if entry.get("orig") == bill["id"] and _time(entry) < stood
                )
                if bill["bill"] * (bill["amt"] - back) // bill["amt"] < LEAST:
                    yield f"a referral's bill has stood: {back} of {bill['amt']} taken back before"
                early = [e for e in entries if e["cust"] == friend and "camp" in e and e["camp"][0] == REFERRAL]
                if any(_time(entry) < stood for entry in early):
                    yield "a referral waits for its bill to stand"
            elif row["st"] == "waiting" and self._stands(row, entries):
                yield f"a referral whose bill has stood is rewarded: {friend} waits"
        for customer, count in promised.items():
            had = sum(
                1
                for e in entries
                if e["cust"] == customer and "camp" in e and e["camp"][3] == "referred a new customer"
            )
            if had != count:
                yield f"a referrer has what the referrals say: {had} != {count}"

    def _stands(self, row: dict[str, Any], entries: list[dict[str, Any]]) -> bool:
        back: Counter[str] = Counter()
        for entry in entries:
            if "orig" in entry:
                back[entry["orig"]] += entry["amt"] + entry.get("short", 0)
        return any(
            entry["cust"] == row["sk"] and entry["kind"] == "issue" and entry.get("bill", 0)
            and entry["bill"] * (entry["amt"] - back[entry["id"]]) // entry["amt"] >= LEAST
            for entry in entries
        )  # fmt: skip

    def _rewards(self, entries: list[dict[str, Any]]) -> Iterator[str]:
        done = self._records("REDEMPTION#")
        kept = [row for row in done if row["st"] in ("pending", "approved", "fulfilled")]
        for reward, total in ((self.stock, STOCK), (self.pool, len(CODES))):
            key = reward_keys.reward_stock_key(SCOPE, reward)
            left = decode(self.tables.items["directory", key.pk, key.sk])["left"]
            out = sum(row["rew"] == reward for row in kept)
            if left != total - out or left < 0:
                yield f"the stock is what nobody has: {left} with {out} of {total}"
        mine = Counter((row["cust"], row["rew"]) for row in kept)
        if any(count > LIMIT for (_, reward), count in mine.items() if reward == self.pool):
            yield f"a limit holds: {mine}"
        codes = Counter(row["pool"] for row in kept if row["rew"] == self.pool)
        if any(count > 1 for count in codes.values()):
            yield "a code goes to one"
        held = sum(row["pts"] for row in kept if row["st"] != "fulfilled")
        there = sum(decode(item)["held"] for place, item in self.tables.items.items() if place[2] == "BAL")
        if held != there:
            yield f"coins are held for what is open: {there} for {held}"
        ends = sum(entry["kind"] in ("redeem", "capture") for entry in entries)
        if ends != sum(row["st"] in ("fulfilled", "reversed") for row in done):
            yield "what is fulfilled is paid for, once"

    def _file(self, entries: list[dict[str, Any]]) -> Iterator[str]:
        lines = Counter(entry["note"] for entry in entries if entry.get("note", "").startswith(self.file))
        if any(count > 1 for count in lines.values()):
            yield f"a row is brought in once: {lines}"


@dataclass
class _Coins:
    """One wallet's coins: those that can be spent, and by their issue those that wait for a day."""

    free: int = 0
    waits: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def pending(self) -> int:
        return sum(coins for _, coins in self.waits.values())

    def wake(self, day: int) -> None:
        for id, (since, coins) in list(self.waits.items()):
            if since <= day:
                self.free += coins
                del self.waits[id]

    def give(self, id: str, coins: int, since: int) -> None:
        if since:
            self.waits[id] = since, coins
        else:
            self.free += coins

    def take_back(self, id: str, coins: int) -> None:
        """First of the issue's own that wait, then what can be spent, then what else waits."""
        coins -= self._wait_less(id, coins)
        taken = min(self.free, coins)
        self.free -= taken
        for other in list(self.waits):
            taken += self._wait_less(other, coins - taken)

    def _wait_less(self, id: str, coins: int) -> int:
        since, there = self.waits.get(id, (0, 0))
        part = min(there, coins)
        if part:
            self.waits[id] = since, there - part
        return part


def _is_gift(entry: dict[str, Any]) -> bool:
    return "camp" in entry and entry["camp"][0] in (REFERRAL, BIRTHDAY)


def _time(entry: dict[str, Any]) -> int:
    return clock.parse_iso(entry["g2s"].partition("#")[0])


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """Jobs log what they try again; thousands of such lines tell nothing."""
    from batua import observe

    class Silent:
        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *args, **more: None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(observe, "log", Silent)
        yield


def loyalty_run(seed: int) -> list[str]:
    """The invariants that a seed violates."""
    run = LoyaltyRun(seed)
    with tamed(run.loop), _quiet_logs():
        run.open_shop()
        run.play()
        return run.broken()


def first_broken_loyalty(seeds: int) -> tuple[int, list[str]] | None:
    for seed in range(seeds):
        try:
            found = loyalty_run(seed)
        except Exception as fault:
            found = [f"the run comes to its end: {type(fault).__name__}: {fault}"]
        if found:
            return seed, found
    return None
