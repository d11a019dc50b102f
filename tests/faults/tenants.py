"""The parties: a network's merchants with their customers, a parent with its children, and their credentials.

Requests take the product's path: the records behind the credential are read together with what the endpoint prefetches,
then the use case runs. Coins are held, captured, voided and expired through the posting path itself, which no
endpoint offers yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from batua import ids
from batua.api.endpoint import Call
from batua.api.request import Request
from batua.api.styles import Reply
from batua.coins import counter, issue, redeem, reverse
from batua.coins.models import IssueCoins, RedeemCoins, ReverseCoins
from batua.customers import model as customers
from batua.gateway import decisions, requests
from batua.gateway.models import Approve, Reject, RequestBalance, Withdraw
from batua.identity.caller import Caller
from batua.identity.credentials import Claims
from batua.identity.tenant import Tenant, program_item, read_tenant, tenant_item
from batua.ledger.decisions import customer_coins, tenant_money
from batua.ledger.model import CoinDecision, Hold, Origin, Program, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.posting.shard_scaling import ShardScaling
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.ledger.records.customer_coins import read_hold, read_wallet
from batua.store import keys
from batua.store.store import Store
from batua.store.writes import Put
from batua.transactions import disputes, queries, settlement
from batua.transactions.models import (
    CaptureTransaction,
    DecideDispute,
    RaiseDispute,
    RefundTransaction,
    VoidTransaction,
)
from batua.wallets import lifecycle, transfers
from batua.wallets.models import CreateWallet, CreditWallet, DebitWallet, Transfer, UpdateWallet
from tests.fakes.settling import RULES
from tests.faults.plan import ZONE, Operation, Plan
from tests.faults.table import Tables

OPERATOR: Final = ids.derived_id("ten", "operator")
OWNER: Final = ids.derived_id("ten", "network")
PARENT: Final = ids.derived_id("ten", "parent")
PHONES: Final = tuple(f"+9198765432{number}0" for number in range(4))
BRANCH: Final = "Pune branch"
BEGINNING: Final = 12_000
"""Opening balance of the parent's wallet in paise; every other wallet has half of it."""


@dataclass(frozen=True)
class Happened:
    """What a handler answered: `id` names what was made, `said` is the part of the answer that a replay must repeat."""

    id: str
    said: Any
    replayed: bool


class Tenants:
    def __init__(self, plan: Plan, tables: Tables) -> None:
        self.plan = plan
        self.program = Program(
            id=ids.derived_id("prg", "coins"),
            owner=OWNER,
            name="Coins",
            kind="network",
            time_zone=ZONE,
            expiry_months=plan.expiry_months,
            mir=plan.mir,
            reversal=plan.policy,
            funding=plan.funding,
            rules=RULES,
            pending_days=plan.pending_days,
        )
        self.parent = _tenant(PARENT, "parent", OPERATOR, 0, None)
        self.merchants = [
            replace(
                _tenant(ids.derived_id("ten", f"merchant {number}"), "merchant", PARENT, plan.joined, self.program),
                shards=plan.shards,
                least_shards=plan.shards if plan.keeps_shards else 1,
            )
            for number in range(plan.merchants)
        ]
        self.scope = keys.scope("live", OWNER)
        self.customers = [customers.customer_id_by_phone(self.scope, OWNER, phone) for phone in PHONES[: plan.wallets]]
        self.wallets = [
            customers.customer_wallet_id(self.scope, self.program.id, customer) for customer in self.customers
        ]
        self.coin_wallet = tenant_money.tenant_wallet("live", PARENT)
        self.till = tenant_money.tenant_wallet("live", PARENT, customer="till")
        self.branch = tenant_money.tenant_wallet("live", PARENT, customer=BRANCH)
        self._settle_in(Store(tables, "ledger", "directory", sleep=lambda _: None))

    def _settle_in(self, store: Store) -> None:
        for tenant in (self.parent, *self.merchants):
            store.write(Put(keys.tenant_key(tenant.id), tenant_item(tenant)))
        store.write(Put(keys.program_key(OWNER, self.program.id), program_item(self.program)))
        begin = [(self.coin_wallet, BEGINNING), (self.till, BEGINNING // 2)]
        begin += [(tenant_money.tenant_wallet("live", merchant.id), BEGINNING // 2) for merchant in self.merchants]
        for number, (wallet, amount) in enumerate(begin):
            order = funds_request(
                "begin", "live", wallet.tenant, Origin("setup", "::1", wallet.tenant, "beginning"), str(number), {}
            )
            tenant_ledger = TenantLedger(store, ZONE, self.plan.start)
            tenant_ledger.post(
                order, lambda known, w=wallet, a=amount: tenant_money.decide_credit(known, w, a, self.plan.start)
            )

    def ask(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        """Executes an operation. `about` is the transaction, the hold or the request that it concerns."""
        ask: Callable[..., Happened] = getattr(self, f"_{operation.kind}")
        return ask(operation, about, store, now)

    # At the counter.

    def _issue(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        body = IssueCoins(phone=PHONES[operation.wallet], coins=operation.amount, reference=operation.name)
        call = self._call(operation, store, now, body, counter.prefetch_customer)
        return _made(issue.issue_coins(call))

    def _redeem(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        body = RedeemCoins(wallet_id=self.wallets[operation.wallet], coins=operation.amount, reference=operation.name)
        call = self._call(operation, store, now, body, counter.prefetch_customer)
        return _made(redeem.redeem_coins(call))

    def _reverse(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        body = ReverseCoins(coins=operation.amount, reference=operation.name)
        call = self._call(operation, store, now, body, reverse.prefetch_reversal, {"id": about})
        return _made(reverse.reverse_coins(call))

    # Of customers' coins what no endpoint does yet.

    def _hold(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        merchant, coins = self._merchant(operation), operation.amount or 0
        until = self.plan.start + operation.at // 1000 + operation.minutes * 60_000
        order = self._order(operation, "hold", {"coins": coins, "wallet": operation.wallet, "until": until})
        id = tenant_money.hold_id(order.id)
        return self._post(
            order,
            store,
            now,
            self.wallets[operation.wallet],
            None,
            lambda s: customer_coins.decide_hold(
                s.wallet, self.program, merchant, s.now, id=id, coins=coins, expires_at=until
            ),
        )

    def _capture(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        merchant, coins = self._merchant(operation), operation.amount
        held = self._held(about, store)
        return self._post(
            self._order(operation, "capture", {"coins": coins, "hold": held.id}),
            store,
            now,
            held.wallet,
            held,
            lambda s: customer_coins.decide_capture(
                s.wallet, self.program, merchant, s.hold or held, s.now, coins=coins, shard=s.shard, shards=s.shards
            ),
        )

    def _void(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        held = self._held(about, store)
        return self._post(
            self._order(operation, "void", {"hold": held.id}),
            store,
            now,
            held.wallet,
            held,
            lambda s: customer_coins.decide_void(s.wallet, self.program, s.hold or held, s.now, why="voided"),
        )

    def _expire(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        order = self._order(operation, "expire", {"wallet": operation.wallet})
        wallet = self.wallets[operation.wallet]
        return self._post(
            order, store, now, wallet, None, lambda s: customer_coins.decide_expiry(s.wallet, self.program, s.now)
        )

    def _post(
        self,
        order: PostingRequest,
        store: Store,
        now: int,
        wallet: str,
        held: Hold | None,
        decision: Callable[[PostingState], CoinDecision],
    ) -> Happened:
        key = keys.wallet_key(self.scope, wallet)
        record = store.read([key])[key]
        stands = read_wallet(record) if record else Wallet(wallet, self.customers[self.wallets.index(wallet)])
        # The number in force since just now: it stays as it is, and the next month's shards are opened ahead.
        spread = ShardScaling(self.plan.shards, self.plan.shards, now)
        posted = PostingService(store, self.program, self.plan.shards, scaling=spread).post(
            order, PostingState(stands, now, hold=held), decision
        )
        return Happened(posted.entry.id, posted.entry, posted.replayed)

    def _held(self, about: str, store: Store) -> Hold:
        key = keys.hold_key(self.scope, tenant_money.hold_id(about))
        record = store.read([key])[key]
        if record is None:
            raise LookupError("the hold that was answered is not there")
        return read_hold(record)

    def _order(self, operation: Operation, operation_name: str, content: dict[str, Any]) -> PostingRequest:
        merchant = self.merchants[operation.merchant].id
        source = Origin("till", "192.0.2.1", merchant, operation.name)
        return PostingRequest(operation_name, "live", self.scope, source, operation.name, content)

    def _merchant(self, operation: Operation) -> customer_coins.Merchant:
        return customer_coins.Merchant(self.merchants[operation.merchant].id, self.plan.joined)

    # The parent's own wallets.

    def _credit(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        wallet = (self.coin_wallet, self.till)[operation.wallet % 2]
        body = CreditWallet(amount=operation.amount, reason="Paid in", reference=operation.name)
        call = self._call(operation, store, now, body, transfers.prefetch_credit, {"id": wallet.id}, self.parent)
        administrator = replace(call.caller, permissions=frozenset({"platform:admin"}))
        return _made(transfers.credit_wallet(replace(call, _caller=administrator)))

    def _debit(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        return self._take(operation, store, now, DebitWallet(amount=operation.amount, reference=operation.name))

    def _set_aside(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        body = DebitWallet(
            amount=operation.amount, hold=True, expires_in_minutes=operation.minutes, reference=operation.name
        )
        return self._take(operation, store, now, body)

    def _take(self, operation: Operation, store: Store, now: int, body: DebitWallet) -> Happened:
        wallet = (self.coin_wallet, self.till)[operation.wallet % 2]
        call = self._call(operation, store, now, body, transfers.prefetch_debit, {"id": wallet.id}, self.parent)
        return _made(transfers.debit_wallet(call))

    def _transfer(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        source, target = (self.coin_wallet, self.till) if operation.wallet % 2 else (self.till, self.coin_wallet)
        body = Transfer(
            from_wallet_id=source.id, to_wallet_id=target.id, amount=operation.amount, reference=operation.name
        )
        return _made(
            transfers.transfer_between_wallets(
                self._call(operation, store, now, body, transfers.prefetch_transfer, {}, self.parent)
            )
        )

    def _open(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        call = self._call(
            operation, store, now, CreateWallet(name=BRANCH), lifecycle.prefetch_new_wallet, {}, self.parent
        )
        id = lifecycle.create_wallet(call).data.wallet_id
        return Happened(id, id, False)

    def _close(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        return self._update(operation, about, store, now, UpdateWallet(status="closed"))

    def _reopen(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        return self._update(operation, about, store, now, UpdateWallet(status="active"))

    def _rename(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        return self._update(operation, about, store, now, UpdateWallet(name="Pune West"))

    def _update(self, operation: Operation, about: str, store: Store, now: int, body: UpdateWallet) -> Happened:
        id = about or self.branch.id
        call = self._call(operation, store, now, body, lifecycle.prefetch_change, {"id": id}, self.parent)
        shown = lifecycle.update_wallet(call).data
        return Happened(id, (shown.name, shown.status), False)

    def _send(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        """To the branch, by its name; one that is not there is made."""
        body = Transfer(
            from_wallet_id=self.coin_wallet.id,
            to_customer=BRANCH,
            create_wallet=True,
            amount=operation.amount,
            reference=operation.name,
        )
        call = self._call(operation, store, now, body, transfers.prefetch_transfer, {}, self.parent)
        return _made(transfers.transfer_between_wallets(call))

    def _refund(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        body = RefundTransaction(amount=operation.amount, reference=operation.name)
        return self._end(operation, about, store, now, body, settlement.refund_transaction)

    def _capture_funds(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        return self._end(
            operation,
            about,
            store,
            now,
            CaptureTransaction(amount=operation.amount, reference=operation.name),
            settlement.capture_transaction,
        )

    def _void_funds(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        return self._end(
            operation, about, store, now, VoidTransaction(reference=operation.name), settlement.void_transaction
        )

    def _end(
        self, operation: Operation, about: str, store: Store, now: int, body: Any, use: Callable[..., Reply]
    ) -> Happened:
        call = self._call(operation, store, now, body, queries.prefetch_transaction, {"id": about}, self.parent)
        return _made(use(call))

    # A tenant disputes a transaction of its own, and the operator decides.

    def _dispute(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        body = RaiseDispute(reason="wrong_amount", description=operation.name, amount=operation.amount)
        call = self._call(operation, store, now, body, queries.prefetch_transaction, {"id": about}, self.parent)
        reply = disputes.raise_dispute(call)
        return Happened(f"{about} {reply.data.dispute_id}", reply.data.dispute_id, bool(reply.headers))

    def _accept(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        body = DecideDispute(decision="accept", reason=operation.name, amount=operation.amount)
        return self._decide(operation, about, store, now, body)

    def _deny(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        return self._decide(operation, about, store, now, DecideDispute(decision="reject", reason=operation.name))

    def _decide(self, operation: Operation, about: str, store: Store, now: int, body: DecideDispute) -> Happened:
        transaction, dispute = about.split()
        path = {"id": transaction, "dispute_id": dispute}
        reply = disputes.decide_dispute(
            self._call(operation, store, now, body, disputes.prefetch_dispute, path, self.parent)
        )
        shown = reply.data
        return Happened(shown.dispute_id, (shown.status, str(shown.amount), shown.decision_reason), bool(reply.headers))

    # A child asks its parent for balance.

    def _ask(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        body = RequestBalance(amount=operation.amount, wallet_customer_id="customer-1", remarks=operation.name)
        reply = requests.request_balance(
            self._call(operation, store, now, body, None, {}, self.merchants[operation.merchant])
        )
        return Happened(reply.data.id, reply.data.id, bool(reply.headers))

    def _approve(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        body = Approve(approved_amount=operation.amount, approval_remarks=operation.name)
        call = self._call(
            operation, store, now, body, decisions.prefetch_balance_request, {"requestId": about}, self.parent
        )
        return _decided(decisions.approve_request(call))

    def _reject(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        call = self._call(
            operation,
            store,
            now,
            Reject(remarks=operation.name),
            decisions.prefetch_balance_request,
            {"requestId": about},
            self.parent,
        )
        return _decided(decisions.reject_request(call))

    def _withdraw(self, operation: Operation, about: str, store: Store, now: int) -> Happened:
        child = self.merchants[operation.merchant]
        body = Withdraw(remarks=operation.name)
        call = self._call(operation, store, now, body, None, {"requestId": about}, child)
        return _decided(decisions.withdraw_request(call))

    def _call(
        self,
        operation: Operation,
        store: Store,
        now: int,
        body: Any,
        seek: Callable[..., Any] | None,
        path: dict[str, str] | None = None,
        tenant: Tenant | None = None,
    ) -> Call[Any]:
        """An admitted request, as `endpoint` makes it."""
        tenant = tenant or self.merchants[operation.merchant]
        headers = (
            {"idempotency-key": operation.name}
            if operation.keyed or operation.kind in ("ask", "approve", "reject", "withdraw", "dispute")
            else {}
        )
        where = {"http": {"sourceIp": "192.0.2.1", "method": "POST"}}
        request = Request({"headers": headers, "pathParameters": path or {}, "requestContext": where})
        program = tenant.program
        owner = program.owner if program else tenant.id
        key = ids.derived_id("key", tenant.id)
        claims = Claims("key", key, tenant.id, "live", owner, "IN", program.id if program else None)
        sought = seek(claims, body, request) if seek else None
        found = store.read([keys.tenant_key(tenant.id), *(sought.keys if sought else ())])
        record = found[keys.tenant_key(tenant.id)]
        assert record is not None
        caller = Caller(claims, read_tenant(record), frozenset(), "192.0.2.1")
        return Call(body, request, store, now, found, sought, caller)


def _tenant(id: str, kind: Any, parent: str, joined: int, program: Program | None) -> Tenant:
    return Tenant(id, kind, kind, "active", parent, (parent,), "IN", ZONE, joined, program=program)


def _made(reply: Reply) -> Happened:
    said = reply.data.model_dump()
    return Happened(reply.data.transaction_id, said, bool(reply.headers))


def _decided(reply: Reply) -> Happened:
    return Happened(reply.data.id, reply.data.model_dump(), bool(reply.headers))
