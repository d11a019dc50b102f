"""The invariants that must hold after a run. Each violation gives a line: the invariant's name and what was found.

The order in which the tables committed the transactions is the linearization: applied one at a time in that order, a
sequential model must give every answer that was given, and each commit must lie between its request and its answer. A
refusal changes nothing, so it must have been correct at some moment between the two.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from batua import clock
from batua.audit.verify import verify_scope
from batua.ledger.decisions import tenant_money
from batua.store import keys
from batua.store.codec import decode
from batua.store.store import Store
from tests.faults.branches import branch_invariants
from tests.faults.disputes import dispute_invariants
from tests.faults.model import Act, CoinWallet, Model, Money, No
from tests.faults.prefunds import prefund_invariants
from tests.faults.run import Attempt, World
from tests.faults.tenants import PARENT
from tests.faults.totals import total_invariants

KEPT: Final = frozenset(
    {
        "insufficient_balance",
        "insufficient_float",
        "mir_limit_reached",
        "hold_not_open",
        "capture_exceeds_hold",
        "not_reversible",
        "nothing_to_reverse",
        "reversal_exceeds_original",
        "coins_already_spent",
        "reversal_exceeds_allowance",
        "nothing_expired",
        "wallet_closed",
    }
)
"""Refusals of the ledger. They are stored under the key, except those of an approval, which may be retried."""

PATIENCE: Final = 8
"""The longest that an answer may take without faults under concurrent load, in seconds."""

UNPOSTED: Final = frozenset({"ask", "reject", "withdraw", "dispute", "deny", "open", "close", "reopen", "rename"})
"""Operations that write no entry of their own."""

DECIDES: Final = ("approve", "reject", "withdraw")
"""Operations that decide a balance request, of which one counts."""

MONEY_KINDS: Final = frozenset(
    {"credit", "debit", "transfer", "send", "set_aside", "refund", "capture_funds", "void_funds"}
)

_MONEY: Final = {
    "hold": "set_aside",
    "capture": "capture_funds",
    "void": "void_funds",
    "expire": "expire_funds",
}
"""The kind of a ledger line -> the model's name for it."""


def violations(world: World) -> list[str]:
    """Every invariant that the run violated."""
    found = [f"no handler raises an error: {fault}" for fault in world.faults]
    auditor = Auditor(world)
    for invariants in (auditor.replay, auditor.answers, auditor.requests, auditor.standing):
        found += invariants()
    found += total_invariants(world.tables, auditor.lines, auditor.model)
    found += dispute_invariants(world, auditor.lines)
    found += branch_invariants(world)
    found += world.orders.invariants(auditor.lines)
    found += prefund_invariants(world.prefunds, world.tables, world.carriers.machine.executions, auditor.lines)
    found += world.top_ups.invariants(auditor.lines, auditor.model.money[world.tenants.coin_wallet.id].free)
    world.tables.page = 1000
    store = Store(world.tables, "ledger", "directory", sleep=lambda _: None)
    scopes = [
        world.tenants.scope,
        *(keys.scope("live", tenant.id) for tenant in (world.tenants.parent, *world.tenants.merchants)),
    ]
    for scope in scopes:
        for finding in verify_scope(store, scope).findings:
            found.append(f"verify: {finding.invariant}: {finding.subject}: {finding.expected} != {finding.found}")
    return found


@dataclass
class Kept:
    """The first item of an entry, or a refusal, with the time and the task that wrote it."""

    tick: int
    by: str
    id: str
    record: dict[str, Any]

    @property
    def refused(self) -> bool:
        return bool(self.record["kind"] == "refused")

    @property
    def of_coins(self) -> bool:
        return bool(self.record["sk"] == "TX")


@dataclass(frozen=True)
class Refusal:
    """A refusal and the interval in which it must have been correct. The act has the operation's name."""

    act: Act
    code: str
    figures: dict[str, int] | None
    began: int
    ended: int

    def __str__(self) -> str:
        return f"{self.act.name} ({self.act.kind}) {self.code} {self.figures} in {self.began}..{self.ended}"


@dataclass
class Auditor:
    world: World
    kept: list[Kept] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    by_task: dict[str, list[Attempt]] = field(default_factory=lambda: defaultdict(list))
    by_operation: dict[str, list[Attempt]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        world = self.world
        for attempt in world.history:
            self.by_task[attempt.task].append(attempt)
            self.by_operation[attempt.operation.name].append(attempt)
        for commit in world.tables.log:
            for (table, pk, sk), old, new in commit.changes:
                kind = sk.partition("#")[0]
                if table != "ledger" or "#K#" not in pk or kind not in ("TX", "FUNDS") or sk == "FUNDS#REVERSED":
                    continue
                if old is not None or new is None:
                    self.found.append(f"entries never change: {pk} {sk}")
                    continue
                record = decode(new)
                self.lines.append(record)
                if sk in ("TX", "FUNDS"):
                    self.kept.append(Kept(commit.tick, commit.by, pk.rpartition("#")[2], record))
        self.model = Model(world.plan, [merchant.id for merchant in world.tenants.merchants])
        for tenant in (world.tenants.parent, *world.tenants.merchants):
            wallet = tenant_money.tenant_wallet("live", tenant.id)
            self.model.money[wallet.id] = Money()
            self.model.funds_of[tenant.id] = wallet.id
        for wallet in (world.tenants.till, world.tenants.branch):
            self.model.money[wallet.id] = Money()

    # One after the other.

    def replay(self) -> list[str]:
        """Entries in commit order; refusals at any moment at which they could be correct."""
        found, waiting = self.found, list(self._refusals())
        entries = [kept for kept in self.kept if not kept.refused]
        for number, kept in enumerate([None, *entries]):
            if kept is not None:
                found += self._entered(kept)
            since = kept.tick if kept else 0
            until = entries[number].tick if number < len(entries) else self.world.loop.tick + 1
            waiting = [refusal for refusal in waiting if not self._justified(refusal, since, until)]
        return found + [f"every refusal was correct at some moment: {each}" for each in waiting]

    def _entered(self, kept: Kept) -> Iterator[str]:
        act, record = self._act(kept), kept.record
        if act is None:
            yield f"every entry was requested: {kept.id} {record['kind']} {record.get('ref')}"
            return
        who = f"{act.name} ({act.kind} {record.get('ref')})"
        coin_wallet = self.model.coin_wallets.get(act.wallet, CoinWallet())
        nows = {attempt.now for attempt in self.by_operation.get(str(record.get("ref")), ())}
        if nows and act.at not in {max(now, coin_wallet.at) if kept.of_coins else now for now in nows}:
            yield f"an entry has the time of its request: {who}"
        try:
            moved = self.model.do(act)
        except (No, KeyError) as no:
            yield f"every entry obeys the rules: {who}: {no!r}"
            return
        amount = record.get("tot", record["amt"])
        if kept.of_coins:
            coin_wallet = self.model.coin_wallets[act.wallet]
            made = (
                moved,
                len(coin_wallet.coins) - coin_wallet.debt + coin_wallet.held,
                coin_wallet.held,
                coin_wallet.count,
            )
            stands = (amount, record["aft"], record.get("held", 0), int(record["g1s"]))
        else:
            made, stands = (moved,), (amount,)  # type: ignore[assignment]
        if made != stands:
            yield f"entries equal those of a sequential run: {who}: {made} != {stands}"

    def _act(self, kept: Kept) -> Act | None:
        """What an entry or a refusal was about, in the model's terms; taken from the request if there was one."""
        record = kept.record
        at = _instant(record)
        asked = self._asked(kept)
        if asked is None or record["by"] == "workflow":
            # What an approval settles at once is posted in the workflow's name.
            return self._unasked(kept, at)
        act = self._wanted(asked, kept.id, at)
        return self._resolved(act) if act else None

    def _asked(self, kept: Kept) -> Attempt | None:
        """The attempt that wrote it."""
        mine = [attempt for attempt in self.by_task.get(kept.by, ()) if attempt.began <= kept.tick]
        return mine[-1] if mine else None

    def _wanted(self, asked: Attempt, name: str, at: int) -> Act | None:
        operation, tenants, about = asked.operation, self.world.tenants, asked.about
        merchant = tenants.merchants[operation.merchant].id
        money = operation.kind in MONEY_KINDS
        amount = operation.amount * 100 if money and operation.amount is not None else operation.amount
        until = self.world.plan.start + operation.at // 1000 + operation.minutes * 60_000
        wallet, other = tenants.wallets[operation.wallet], ""
        if operation.kind == "approve":
            request = self._request(about)
            amount = request["amt"] if operation.amount is None else operation.amount * 100
            return Act("set_aside", name, at, tenants.coin_wallet.id, "", amount, until=at + 30 * clock.DAY_MS)
        if operation.kind in UNPOSTED:
            return None
        if operation.kind == "accept":
            transaction, dispute = about.split()
            paid = self._dispute(transaction, dispute)["amt"] if operation.amount is None else operation.amount * 100
            return Act("refund", name, at, tenants.coin_wallet.id, "", paid, transaction)
        if money:
            mine = (tenants.coin_wallet.id, tenants.till.id)
            wallet, other = mine[operation.wallet % 2], ""
            if operation.kind == "send":
                wallet, other = tenants.coin_wallet.id, tenants.branch.id
            if operation.kind == "transfer":
                wallet, other = mine[1 - operation.wallet % 2], mine[operation.wallet % 2]
            until = at + operation.minutes * 60_000
        return Act(operation.kind, name, at, wallet, merchant, amount, about, until, other)

    def _unasked(self, kept: Kept, at: int) -> Act | None:
        """What no client requested: schedules, workflows and the opening balances."""
        record = kept.record
        about = f"txn_{record['hold'].removeprefix('hold_')}" if "hold" in record else ""
        wallet = record["g1p"].rpartition("#")[2]
        if record["by"] == "setup":
            return Act("credit", kept.id, at, wallet, "", record["amt"])
        if record["by"] == "schedule:expire_holds":
            return Act("expire_hold" if kept.of_coins else "expire_funds", kept.id, at, wallet, about=about)
        if record["kind"] == "credit" and record["by"] in {*self.world.prefunds.people, self.world.top_ups.account.id}:
            return Act("credit", kept.id, at, wallet, "", record["amt"])
        if record["by"] == self.world.top_ups.account.id:
            return Act("refund", kept.id, at, wallet, "", record["amt"], record["orig"])
        if record["by"] == self.world.orders.connection.id:
            merchant = self.world.tenants.merchants[0].id
            if record["kind"] == "issue":
                return Act("issue", kept.id, at, wallet, merchant, record["amt"])
            undone = record["amt"] + record.get("short", 0)
            return Act("reverse", kept.id, at, wallet, merchant, undone, record["orig"], by_shop=True)
        if record["by"] == "workflow":
            child = self._request(record["ref"])["ten"]
            other = tenant_money.tenant_wallet("live", child).id if record["kind"] == "capture" else ""
            return Act(_MONEY[record["kind"]], kept.id, at, wallet, "", None, about, other=other)
        return None

    def _request(self, id: str) -> dict[str, Any]:
        place = ("directory", f"{keys.scope('live', PARENT)}#REQUESTS", id)
        return decode(self.world.tables.items[place])

    def _dispute(self, transaction: str, id: str) -> dict[str, Any]:
        return decode(self.world.tables.items[tuple(keys.dispute_key("live", transaction, id))])

    def _refusals(self) -> Iterator[Refusal]:
        for kept in self.kept:
            asked = self._asked(kept)
            act = self._wanted(asked, asked.operation.name, _instant(kept.record)) if asked and kept.refused else None
            if act and kept.record["code"] != "wallet_closed":  # see `branches`
                # What was sent in one attempt may arrive in the next.
                began = self.by_task[kept.by][0].began
                yield Refusal(act, kept.record["code"], kept.record["fig"], began, kept.tick)
        for attempt in self.world.history:
            if attempt.operation.kind == "approve" and attempt.outcome == "refused" and attempt.said in KEPT:
                act = self._wanted(attempt, attempt.operation.name, attempt.now)
                assert act
                yield Refusal(act, attempt.said, None, attempt.began, attempt.ended)

    def _justified(self, refusal: Refusal, since: int, until: int) -> bool:
        if until < refusal.began or since > refusal.ended:
            return False
        act, code, figures = self._resolved(refusal.act), refusal.code, refusal.figures
        if act.about and act.about not in self.model.promises and act.about not in self.model.done:
            return code == "not_reversible"
        right = self.model.refuses(act, code)
        return bool(right) and (figures is None or figures in right)

    def _resolved(self, act: Act) -> Act:
        """The act with the wallet that it concerns."""
        there = self.model.done.get(act.about) or self.model.promises.get(act.about)
        return replace(act, wallet=there.wallet) if there else act

    # What clients were told.

    def answers(self) -> list[str]:
        found: list[str] = []
        by_ref: dict[str, list[Kept]] = defaultdict(list)
        for kept in self.kept:
            by_ref[str(kept.record.get("ref"))].append(kept)
        for name, attempts in self.by_operation.items():
            if attempts[0].operation.kind in {*UNPOSTED, "approve", "accept"}:
                continue
            found += _one_answer(name, attempts, by_ref.get(name, []))
        return found

    def requests(self) -> list[str]:
        """Balance requests are decided once and settled once, and their workflows have ended."""
        found: list[str] = []
        made: Counter[str] = Counter()
        settled: Counter[str] = Counter()
        executions = self.world.flows.machine.executions
        for (_, pk, id), item in self.world.tables.items.items():
            if not pk.endswith("#REQUESTS"):
                continue
            request = decode(item)
            made[request["note"]] += 1
            status, step = request["st"], request["step"]
            if step != {"APPROVED": "SETTLED", "FAILED": "RELEASED"}.get(status, "CLOSED"):
                found.append(f"every request reaches a final state: {id} {status} {step}")
            if executions[request["exec"]].status != ("FAILED" if status == "FAILED" else "SUCCEEDED"):
                found.append(
                    f"a workflow ends in its request's state: {id} {status} {executions[request['exec']].status}"
                )
            if status == "FAILED":
                found.append(f"whatever can be settled is settled: {id} {request.get('fail')}")
            settled[request["ten"]] += request["appr"] if step == "SETTLED" else 0
            found += self._decisions(id, request)
        found += [f"an idempotency key makes one request: {note}" for note, count in made.items() if count > 1]
        running = [name for name, each in executions.items() if each.status == "RUNNING"]
        found += [f"every workflow ends: {name}" for name in running]
        moved: Counter[str] = Counter()
        for line in self.lines:
            if line["kind"] == "capture" and line.get("of") and line["ten"] != PARENT:
                moved[line["ten"]] += line["amt"]
        if +moved != +settled:
            found.append(f"a child receives the approved amount: {dict(settled)} != {dict(moved)}")
        return found

    def _decisions(self, id: str, request: dict[str, Any]) -> Iterator[str]:
        """Of all attempts to decide a request exactly one succeeded, and no other was answered as a success."""
        known_decisions = {
            attempt.operation.name
            for attempt in self.world.history
            if attempt.about == id and attempt.operation.kind in DECIDES and attempt.outcome == "done"
        }
        if len(known_decisions) > 1 or (known_decisions and request.get("why") not in known_decisions):
            names = sorted(known_decisions)
            yield f"a request is decided exactly once: {id} by {names}, on record {request.get('why')}"
        if len([line for line in self.lines if line.get("ref") == id and line["kind"] == "hold"]) > 1:
            yield f"an approval makes one hold: {id}"

    # What stands in the end.

    def standing(self) -> list[str]:
        items = {place: decode(item) for place, item in self.world.tables.items.items()}
        found: list[str] = []
        room: Counter[tuple[str, int]] = Counter()
        months: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
        for (_, pk, sk), item in items.items():
            kind, _, rest = sk.partition("#")
            id = pk.rpartition("#")[2]
            if kind == "BAL":
                found += self._coin_wallet(id, item)
            elif kind == "FUNDS" and "#W#" in pk:
                money = self.model.money.get(id, Money())
                if (item.get("free", 0), item.get("held", 0)) != (money.free, money.held):
                    found.append(f"balances equal the model's: {id} {item} != {money}")
            elif "#H#" in pk and item["st"] == "open":
                found.append(f"no hold stays open: {id}")
            elif kind == "MIR":
                place = (pk.split("#")[3], int(rest))
                room[place] += item.get("room", 0)
                for number, name in enumerate(("issued", "redeemed")):
                    months[place][number] += item.get(name, 0)
        made = {place: figures for place, figures in self.model.months.items() if any(figures)}
        if made != {place: figures for place, figures in months.items() if any(figures)}:
            found.append(f"a month's figures are the sums of its entries: {made} != {dict(months)}")
        if mir := self.world.plan.mir:
            right = {place: mir.ratio * issued - 100 * redeemed for place, (issued, redeemed) in made.items()}
            found += [f"the remaining allowance is exact: {place}" for place in right if right[place] != room[place]]
        return found

    def _coin_wallet(self, id: str, item: dict[str, Any]) -> Iterator[str]:
        coin_wallet = self.model.coin_wallets.get(id, CoinWallet())
        lots = {str(month): count for month, count in sorted(Counter(coin_wallet.coins).items())}
        made = (lots, coin_wallet.held, coin_wallet.debt, coin_wallet.count, coin_wallet.at)
        stands = (item["lots"], item["held"], item.get("debt", 0), item["seq"], item["at"])
        if made != stands:
            yield f"balances equal the model's: {id}: {made} != {stands}"


def _instant(record: dict[str, Any]) -> int:
    """When an entry or a refusal was made, by its own timestamp."""
    return clock.parse_iso(record["g2s"].partition("#")[0])


def _first_answer(attempt: Attempt) -> tuple[Any, Any]:
    """What a replay must repeat. The present balance beside it (`wallet_now`) may have changed."""
    said = attempt.said
    return ({**said, "wallet_now": None} if isinstance(said, dict) else said), attempt.id


def _one_answer(name: str, attempts: list[Attempt], kept: list[Kept]) -> Iterator[str]:
    """A key is executed once and always gets the same answer. Under a reference alone, refusals may come before."""
    entries = [each for each in kept if not each.refused]
    if len(kept if attempts[0].operation.keyed else entries) > 1:
        yield f"an idempotency key makes one entry: {name} at {[each.id for each in kept]}"
    done = [attempt for attempt in attempts if attempt.outcome == "done"]
    if any(_first_answer(attempt) != _first_answer(done[0]) for attempt in done):
        yield f"every replay returns the same answer: {name}"
    if len({attempt.operation for attempt in done}) > 1:
        yield f"an idempotency key has one content: {name}"
    if sum(not attempt.replayed for attempt in done) > 1:
        yield f"exactly one answer is not a replay: {name}"
    for attempt in done:
        right = [each for each in entries if each.id == attempt.id]
        if not right:
            yield f"every answer is on record: {name} {attempt.id}"
        elif right[0].tick > attempt.ended:
            yield f"an answer comes after its entry: {name}"
    if entries and min(attempt.began for attempt in attempts) > entries[0].tick:
        yield f"no entry precedes its request: {name}"
    for attempt in attempts:
        if attempt.task.endswith(".again") and attempt.seconds > PATIENCE:
            yield f"without faults no request is slow: {attempt.task} {attempt.seconds} s"
        yield from _refusal_is_on_record(name, attempt, kept)


def _refusal_is_on_record(name: str, attempt: Attempt, kept: list[Kept]) -> Iterator[str]:
    if attempt.outcome != "refused":
        return
    if attempt.said in KEPT:
        codes = [each.record.get("code") for each in kept]
        if attempt.said not in codes or (attempt.operation.keyed and len(codes) > 1):
            yield f"a refusal is stored alone: {name} {attempt.said}"
    elif attempt.said == "idempotency_key_reused":
        if not attempt.operation.liar:
            yield f"only other content is refused for its key: {name}"
    elif attempt.said == "customer_not_found":
        if attempt.began > 10_000_000:
            yield f"an existing customer is found: {name}"
    else:
        yield f"every refusal has a reason: {name} {attempt.said}"
