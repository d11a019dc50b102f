"""Prefund requests in the simulation: made, reviewed and decided by several people at once, and carried to the credit.

The maker repeats the request until it is answered, and sometimes another request names the same bank transfer. A
reviewer takes it on; two super admins decide at the same moment, not always the same way; others try to confirm with a
code that was sent for another amount, to another person or too long ago. A failed settlement is decided again.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from batua import clock, ids
from batua.api.endpoint import Call
from batua.api.request import Request
from batua.errors import Problem
from batua.identity.caller import Caller
from batua.identity.credentials import Claims
from batua.identity.tenant import Tenant
from batua.identity.users import User, user_item
from batua.prefund import decisions, record, requests, reviews
from batua.prefund.models import NewPrefund, PrefundDecision, PrefundDecisionIntent, Remark
from batua.prefund.record import Prefund
from batua.prefund.recovery import resume_stalled_prefunds
from batua.store import keys, prefund_keys
from batua.store.codec import decode
from batua.store.store import Contended, Store
from batua.store.writes import Put
from tests.fakes.states import Killed
from tests.faults.loop import SECOND, Loop
from tests.faults.plan import ZONE
from tests.faults.table import Tables

SILENCE: Final = (Contended, Killed, BotoCoreError, ClientError)
"""Answers after which a client does not know what became of its request."""
_AGAIN: Final = frozenset({"busy", "service_unavailable", "too_many_attempts", "version_conflict"})
_HOUR: Final = 3600 * SECOND
_RECEIVER: Final = ids.derived_id("rcv", "main")


@dataclass(frozen=True)
class Decided:
    """A decision that was answered as done. `code` is the id of the one-time code that confirmed it."""

    prefund: str
    kind: str
    by: str
    amount: int
    code: str
    replayed: bool


class Postbox:
    """The queue of messages. The one-time codes in them are read by whoever requested them."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.codes: dict[str, str] = {}

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        message, task = json.loads(MessageBody), self._loop.task
        if task is not None and "code" in message["values"]:
            self.codes[task.name] = message["values"]["code"]


class Prefunds:
    """The prefund requests of one tenant, and the operator's people who decide on them."""

    def __init__(self, loop: Loop, tables: Tables, store: Store, tenant: Tenant, postbox: Postbox) -> None:
        self._loop, self._tables, self._store, self._tenant, self._postbox = loop, tables, store, tenant, postbox
        self._operator = Tenant(tenant.parent or "", "operator", "Operator", "active", None, (), "IN", ZONE, 0)
        self.maker = _person("maker", tenant.id, "tenant_admin")
        self.reviewer = _person("reviewer", self._operator.id, "staff")
        self.deciders = [_person(name, self._operator.id, "super_admin") for name in ("decider", "second")]
        self.people = {user.id for user in (self.maker, self.reviewer, *self.deciders)}
        self.answered: dict[str, set[str]] = defaultdict(set)
        """Idempotency key -> the requests that answers have named."""
        self.decided: list[Decided] = []
        self.forged: list[str] = []
        """Decisions accepted although the code was not valid for them."""
        self._creating: Counter[str] = Counter()
        self._confirmed: list[tuple[User, str, PrefundDecision]] = []
        self.unsettled: set[str] = set()
        """Requests whose first settlement is refused."""
        self.tell: Callable[[str], None] = lambda fault: None

    def settle_in(self, store: Store) -> None:
        """The people and the account that money is sent to."""
        for user in (self.maker, self.reviewer, *self.deciders):
            store.write(Put(user.key, user_item(user)))
        store.write(Put(keys.platform_key(), {"operator": self._operator.id}))
        account = {"bank": "HDFC Bank", "name": "Operator", "number": "50100123456789", "ifsc": "HDFC0001234"}
        store.write(Put(prefund_keys.receiver_account_key(_RECEIVER), {**account, "active": True}))

    def open(self, number: int, amount: int) -> None:
        """A request and everybody involved in it."""
        chance = self._loop.chance_of(f"prefund/{number}")
        first = self._request(number, amount, f"prefund-{number}", f"UTR{number:013d}", chance.choice((1, 1, 2)))
        requests_made = [first]
        if chance.random() < 0.3:
            requests_made.append(self._request(number, amount, f"prefund-{number}-other", f"UTR{number:013d}", 1))
        for which, id in enumerate(requests_made):
            name = f"wish-{number}.prefund-{which}"
            if chance.random() < 0.3:
                self.unsettled.add(id)
            self._loop.spawn(f"{name}.review", partial(self._review, id), SECOND)
            at = chance.randrange(SECOND, 40 * SECOND)
            for person, user in enumerate(self.deciders):
                kind = chance.choice(("approve", "approve", "reject"))
                part = chance.choice((None, None, max(1, amount // 2)))
                decide = partial(self._decide, id, user, kind, part, 4)
                self._loop.spawn(f"{name}.decide-{person}", decide, at + chance.choice((0, 0, 50_000, SECOND, _HOUR)))
            if chance.random() < 0.5:
                forgery = chance.choice((self._other_amount, self._other_person, self._too_late, self._by_reviewer))
                self._loop.spawn(f"{name}.forge", partial(forgery, id), at)
            self._loop.spawn(f"{name}.close", partial(self._close, id, f"{name}.close"), _HOUR)

    def _request(self, number: int, amount: int, key: str, utr: str, twins: int) -> str:
        for twin in range(twins):
            self._creating[key] += 1
            self._loop.spawn(f"wish-{number}.{key}.{twin}", partial(self._create, key, utr, amount), twin * 3_000)
        return ids.derived_id("pfr", f"live:{self._tenant.id}", key)

    # What people do.

    def _create(self, key: str, utr: str, amount: int) -> None:
        day = clock.local_day(self._loop.now, ZONE)
        paid_on = f"{day // 10000}-{day // 100 % 100:02d}-{day % 100:02d}"
        body = NewPrefund(
            receiver_account_id=_RECEIVER,
            amount=amount,
            utr=utr,
            paid_on=paid_on,
            document_id=ids.derived_id("doc", "proof"),
            note=key,
        )
        for _ in range(40):
            made = self._ask(partial(self._created, body, key))
            if isinstance(made, str) and made.startswith("pfr_"):
                self.answered[key].add(made)
                break
            # Another request names the transfer: it may be rejected some day.
            self._loop.pause(_HOUR if made == "utr_used" else 20 * SECOND)
        self._creating[key] -= 1

    def _created(self, body: NewPrefund, key: str) -> str:
        call = self._call(self.maker, self._tenant, body, requests.prefetch_new_prefund, {}, key)
        return str(requests.create_prefund(call).data.id)

    def _review(self, id: str) -> None:
        while self._pending(id) and self._state(id) in ("", "draft", "submitted"):
            if self._state(id) == "submitted":
                self._ask(lambda: reviews.start_review(self._of(id, self.reviewer, Remark())))
            self._loop.pause(10 * SECOND)

    def _decide(self, id: str, user: User, kind: Any, amount: int | None, tries: int) -> None:
        for _ in range(200):
            if self._state(id) in record.DECIDABLE or self._state(id) in record.DECIDED or not self._pending(id):
                break
            self._loop.pause(5 * SECOND)
        for _ in range(tries):
            if self._state(id) not in record.DECIDABLE:
                return
            given = self._code(id, user, kind, amount)
            for _ in range(3):
                if given is None or self._confirm(id, user, given) is not None:
                    break
                self._loop.pause(5 * SECOND)
            self._loop.pause(30 * SECOND)

    def _code(self, id: str, user: User, kind: Any, amount: int | None) -> PrefundDecision | None:
        """A decision with the code that was mailed for it."""
        wanted = PrefundDecisionIntent(decision=kind, amount=amount)
        sent = self._ask(lambda: decisions.request_decision_otp(self._of(id, user, wanted)))
        if sent is None or isinstance(sent, str):
            return None
        assert self._loop.task is not None
        code = self._postbox.codes[self._loop.task.name]
        return PrefundDecision(decision=kind, amount=amount, otp_id=sent.otp_id, otp_code=code, note="Seen")

    def _confirm(self, id: str, user: User, given: PrefundDecision) -> bool | None:
        """Whether it was done; None if unknown."""
        self._confirmed.append((user, id, given))
        answer = self._ask(lambda: decisions.confirm_decision(self._of(id, user, given)))
        if answer is None or isinstance(answer, str):
            return False if answer else None
        amount = self.load(id).amount if given.amount is None else int(given.amount) * 100
        self.decided.append(Decided(id, given.decision, user.id, amount, given.otp_id, bool(answer.headers)))
        return True

    def _close(self, id: str, name: str) -> None:
        """Decides the request again for as long as settling fails; runs the hourly schedule."""
        for _ in range(60 * 24):
            if not self._pending(id):
                return
            if self._state(id) in record.DECIDABLE:
                self._decide(id, self.deciders[1], "approve", None, 1)
            elif self._state(id) == "submitted":
                self._review(id)
            self._loop.pause(_HOUR)
            self._ask(lambda: resume_stalled_prefunds(self._store, self._loop.now))

    # What must be refused.

    def _other_amount(self, id: str) -> None:
        given = self._code_in_review(id, self.deciders[0])
        if given is not None:
            self._forge(id, self.deciders[0], given.model_copy(update={"amount": Decimal(1)}), "another amount")

    def _other_person(self, id: str) -> None:
        given = self._code_in_review(id, self.deciders[0])
        if given is not None:
            self._forge(id, self.deciders[1], given, "another person's code")

    def _too_late(self, id: str) -> None:
        given = self._code_in_review(id, self.deciders[0])
        if given is not None:
            self._loop.pause(301 * SECOND)
            self._forge(id, self.deciders[0], given, "a code after five minutes")

    def _by_reviewer(self, id: str) -> None:
        given = self._code_in_review(id, self.reviewer)
        if given is not None:
            self.forged.append(f"{id}: a code for its reviewer")
            self._forge(id, self.reviewer, given, "its own reviewer")

    def _code_in_review(self, id: str, user: User) -> PrefundDecision | None:
        for _ in range(60):
            if self._state(id) == "under_review":
                return self._code(id, user, "approve", 2)
            self._loop.pause(2 * SECOND)
        return None

    def _forge(self, id: str, user: User, given: PrefundDecision, what: str) -> None:
        for _ in range(2):
            answer = self._ask(lambda: decisions.confirm_decision(self._of(id, user, given)))
            if answer is not None and not isinstance(answer, str):
                self.forged.append(f"{id}: {what}")

    def tell_again(self) -> None:
        """Repeats an earlier confirmation, which must have no effect."""
        again, self._confirmed = self._confirmed, []
        for number, (user, id, given) in enumerate(again):
            self._loop.spawn(f"confirm-{number}.again", partial(self._confirm, id, user, given), number * SECOND)

    # How they ask.

    def _ask(self, do: Callable[[], Any]) -> Any:
        """The answer, the code of a refusal, or None without an answer."""
        try:
            return do()
        except Problem as problem:
            return None if problem.kind.code in _AGAIN else problem.kind.code
        except SILENCE:
            return None
        except Exception as fault:
            assert self._loop.task is not None
            self.tell(f"{self._loop.task.name}: {type(fault).__name__}: {fault}")
            return None

    def _of(self, id: str, user: User, body: Any) -> Call[Any]:
        """A call about a request, by one of the operator's people."""
        return self._call(user, self._operator, body, record.prefetch_prefund, {"id": id})

    def _call(
        self, user: User, home: Tenant, body: Any, prefetch: Any, path: dict[str, str], key: str | None = None
    ) -> Call[Any]:
        headers = {"idempotency-key": key} if key else {}
        where = {"http": {"sourceIp": "192.0.2.1", "method": "POST"}}
        request = Request({"headers": headers, "pathParameters": path, "requestContext": where})
        claims = Claims("user", user.id, home.id, "live", home.id, "IN")
        lookup = prefetch(claims, body, request)
        caller = Caller(claims, home, frozenset({"platform:review"}), "192.0.2.1")
        if home.id == self._tenant.id:
            caller = Caller(claims, home, frozenset(), "192.0.2.1")
        return Call(body, request, self._store, self._loop.now, self._store.read(lookup.keys), lookup, caller)

    # What is on record.

    def _pending(self, id: str) -> bool:
        """Whether a request is in progress or may still be made."""
        if not self._state(id):
            return any(count for key, count in self._creating.items() if id == self._named(key))
        return self._state(id) not in ("credited", "rejected")

    def _named(self, key: str) -> str:
        return ids.derived_id("pfr", f"live:{self._tenant.id}", key)

    def _state(self, id: str) -> str:
        key = prefund_keys.prefund_request_key(id)
        item = self._tables.items.get((key.table, key.pk, key.sk))
        return str(decode(item)["st"]) if item else ""

    def load(self, id: str) -> Prefund:
        key = prefund_keys.prefund_request_key(id)
        return record.read_prefund(
            {"pk": key.pk, "sk": key.sk, **decode(self._tables.items[key.table, key.pk, key.sk])}
        )


def _person(name: str, home: str, role: str) -> User:
    return User(ids.derived_id("usr", name), home, "active", (role,), f"{name}@example.com", name, 0)


@dataclass
class Recorded:
    """The prefund requests in the tables in the end."""

    credits: dict[str, list[int]]
    steps: dict[str, list[dict[str, Any]]]
    audited: Counter[tuple[str, str]]
    transfers: dict[str, dict[str, Any]]
    made: list[str]


def prefund_invariants(
    prefunds: Prefunds, tables: Tables, executions: Any, lines: list[dict[str, Any]]
) -> Iterator[str]:
    """Every invariant of prefund requests that the run violated."""
    found = _recorded(tables, lines)
    yield from (f"a code confirms only its own decision: {each}" for each in prefunds.forged)
    for key, named in prefunds.answered.items():
        if len(named) > 1:
            yield f"an idempotency key makes one request: {key} {sorted(named)}"
    for id in sorted({*found.credits} - {*found.made}):
        yield f"every credit has its prefund request: {id}"
    for id in found.made:
        prefund, steps = prefunds.load(id), found.steps[id]
        yield from _ended(prefund, executions)
        yield from _credited(prefund, found.credits[id], found.transfers.get(prefund.utr, {}))
        yield from _decided(prefund, steps, [each for each in prefunds.decided if each.prefund == id], tables)
        for what in ("approve", "reject", "credit", "settlement_failed"):
            count = sum(step["what"] == what for step in steps)
            if found.audited[(id, f"prefund.{what}")] != count:
                yield f"every decision is in the audit trail: {id} {what}, {count} times"
    yield from (f"every workflow ends: {each.name}" for each in executions.values() if each.status == "RUNNING")


def _recorded(tables: Tables, lines: list[dict[str, Any]]) -> Recorded:
    found = Recorded(defaultdict(list), defaultdict(list), Counter(), {}, [])
    for line in lines:
        if "prefund" in (line.get("more") or {}):
            found.credits[line["more"]["prefund"]].append(line["amt"])
    for (_, pk, sk), item in sorted(tables.items.items()):
        kind, _, rest = pk.partition("#")
        if kind == "PREFUND" and sk == "REQUEST":
            found.made.append(rest)
        elif kind == "PREFUND" and sk.startswith("STEP#"):
            found.steps[rest].append(decode(item))
        elif kind == "UTR":
            found.transfers[pk.rpartition("#")[2]] = decode(item)
        elif kind == "AUDIT":
            found.audited[(str(decode(item).get("ref")), decode(item)["what"])] += 1
    return found


def _ended(prefund: Prefund, executions: Any) -> Iterator[str]:
    if prefund.state not in ("credited", "rejected"):
        yield f"every prefund reaches a final state: {prefund.id} {prefund.state}"
    carrier = executions.get(prefund.execution)
    # Where starting the execution failed, only the mail about a rejection is missing.
    lost = carrier is None and prefund.state == "rejected"
    if not lost and (carrier is None or carrier.status != "SUCCEEDED"):
        yield f"a workflow ends in its prefund's state: {prefund.id} {prefund.state} {carrier and carrier.status}"


def _credited(prefund: Prefund, credits: list[int], transfer: dict[str, Any]) -> Iterator[str]:
    approved = prefund.verdict.amount if prefund.verdict and prefund.state == "credited" else 0
    if credits != ([approved] if approved else []):
        yield f"a prefund is credited once with the approved amount: {prefund.id} {prefund.state} {approved} {credits}"
    owns, done = transfer.get("request") == prefund.id, "credited" in transfer
    if (prefund.state == "credited") != (owns and done) or (prefund.state == "rejected" and owns):
        yield f"a bank transfer funds one prefund: {prefund.id} {prefund.state} {transfer}"


def _decided(prefund: Prefund, steps: list[dict[str, Any]], answered: list[Decided], tables: Tables) -> Iterator[str]:
    count = Counter(step["what"] for step in steps)
    if count["approve"] > 1 + count["settlement_failed"] or count["reject"] > 1 or count["credit"] > 1:
        yield f"a prefund is decided exactly once: {prefund.id} {dict(count)}"
    if len(steps) != prefund.version:
        yield f"every version has its step: {prefund.id} {len(steps)} != {prefund.version}"
    made = {(step["what"], step["who"]) for step in steps}
    for each in answered:
        if (each.kind, each.by) not in made:
            yield f"every answer is on record: {prefund.id} {each.kind} by {each.by}"
        if tuple(keys.otp_key(each.code)) in tables.items:
            yield f"a code works once: {prefund.id} {each.code}"
    if len({each.code for each in answered}) > count["approve"] + count["reject"]:
        yield f"a prefund is decided exactly once: {prefund.id} by {sorted({each.code for each in answered})}"
    firsts = Counter(each.code for each in answered if not each.replayed)
    if any(number > 1 for number in firsts.values()):
        yield f"exactly one answer is not a replay: {prefund.id}"
    verdict = prefund.verdict
    if answered and verdict and not count["settlement_failed"]:
        right = (verdict.kind, verdict.by, verdict.amount, verdict.otp)
        if any((each.kind, each.by, each.amount, each.code) != right for each in answered):
            yield f"every answer is on record: {prefund.id} {right}"
