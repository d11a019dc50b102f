"""Bugs that the simulation must find: each is one expression of the library, changed to a plausible mistake.

A bug is planted in memory: the source of one function is changed in one place, compiled, and its code put in the place
of the correct one, for as long as the context lasts. The function object stays the same: every reference runs the bug.
"""

from __future__ import annotations
import __future__

import importlib
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, Final


@dataclass(frozen=True)
class Bug:
    name: str
    where: str
    """`module:function`, the module below `batua`."""
    right: str
    wrong: str


BUGS: Final = (
    Bug(
        "a wallet is written without a condition",
        "ledger.posting.customer_coins:entry_writes",
        "wallet_item(scope, after), when=as_read)",
        "wallet_item(scope, after))",
    ),
    Bug(
        "the condition on a wallet lacks its sequence number",
        "ledger.posting.customer_coins:entry_writes",
        '{"seq": before.seq, "st": before.status}',
        '{"st": before.status}',
    ),
    Bug(
        "an entry may overwrite another",
        "ledger.posting.customer_coins:entry_writes",
        "Put(keys.transaction_key(scope, id), item, when=ABSENT)",
        "Put(keys.transaction_key(scope, id), item)",
    ),
    Bug(
        "a hold is ended whatever its state",
        "ledger.posting.customer_coins:_CoinPostingAttempt._hold",
        'Condition(equal={"st": "open"}) if ended else ABSENT',
        "Condition() if ended else ABSENT",
    ),
    Bug(
        "a reversal ignores earlier reversals",
        "ledger.records.shared:reversal_put",
        'Condition(equal={"sum": before}) if before else ABSENT',
        "Condition()",
    ),
    Bug(
        "an existing key is ignored among other cancellation reasons",
        "ledger.posting.pipeline:_made_before",
        "reason.failed and each.kind",
        "reason.failed and len(reasons) == 1 and each.kind",
    ),
    Bug(
        "a refusal may overwrite an entry",
        "ledger.posting.pipeline:_Run._refusal",
        "Put(request.key_of(id), item, when=ABSENT)",
        "Put(request.key_of(id), item)",
    ),
    Bug(
        "other content under a key gets the first answer",
        "ledger.posting.pipeline:replay_outcome",
        'record["fp"] != request.fingerprint',
        'record["fp"] == b""',
    ),
    Bug(
        "each attempt gets a new idempotency key",
        "ledger.posting.request:PostingRequest.__post_init__",
        "named or ids.new_id",
        "ids.new_id",
    ),
    Bug(
        "state is not refreshed after a pause",
        "ledger.posting.customer_coins:_CoinPostingAttempt._reload",
        "self.state = state",
        "pass",
    ),
    Bug(
        "two callers share a client request token",
        "store.store:_token",
        "content = caller + ",
        "content = ",
    ),
    Bug(
        "a failed condition beside a conflict counts as a conflict",
        "store.store:_cancellation",
        "if any(reason.failed for reason in reasons):",
        "if all(reason.failed for reason in reasons):",
    ),
    Bug(
        "unprocessed keys are taken for absent items",
        "store.store:Store._read_batch",
        "if not request:",
        "if request or not request:",
    ),
    Bug(
        "the allowance has no condition",
        "ledger.posting.shards:_condition",
        "if change.needs else {}",
        "if change.needs < 0 else {}",
    ),
    Bug(
        "the allowance is checked with another ratio",
        "ledger.posting.shards:_condition",
        '"room_new" if change.new_merchant else "room"',
        '"room_new"',
    ),
    Bug(
        "only one of several shards is read",
        "ledger.posting.shards:load_shards",
        "range(1, shards[0].shard_count)",
        "range(1, 1)",
    ),
    Bug(
        "the allowance is one coin short",
        "ledger.decisions.allowance:redemption_change",
        "< change.needs:",
        "<= change.needs:",
    ),
    Bug(
        "lots of the current month count as expired",
        "ledger.lots:expired_lots",
        "if expiry < month",
        "if expiry <= month",
    ),
    Bug(
        "lots are spent last to expire first",
        "ledger.lots:take_fifo",
        "sorted(lots.items())",
        "sorted(lots.items(), reverse=True)",
    ),
    Bug(
        "an expired hold can be captured",
        "ledger.decisions.customer_coins:decide_capture",
        " or at.at >= held.expires_at",
        "",
    ),
    Bug(
        "a wallet's time follows a clock that runs backwards",
        "ledger.decisions.coin_posting:wallet_as_of",
        "at = max(now, wallet.last_at)",
        "at = now",
    ),
    Bug(
        "a tenant wallet is debited without a condition",
        "ledger.records.tenant_money:funds_update",
        "at_least=needs",
        "at_least={}",
    ),
    Bug(
        "a tenant's hold is ended whatever its state",
        "ledger.posting.tenant_money:_FundsPostingAttempt._balances",
        'Condition(equal={"st": "open"}) if hold.state != "open" else ABSENT',
        'Condition() if hold.state != "open" else ABSENT',
    ),
    Bug(
        "the lines of a transaction are read eventually consistent",
        "ledger.posting.tenant_money:TenantLedger.transaction",
        "consistent=True",
        "consistent=False",
    ),
    Bug(
        "a refund ignores earlier refunds",
        "ledger.decisions.tenant_money:decide_refund",
        "left = original.amount - reversed_amount",
        "left = original.amount",
    ),
    Bug(
        "a hold expires after its capture",
        "ledger.decisions.customer_coins:decide_void",
        'held.state != "open" or (why',
        "(why",
    ),
    Bug(
        "totals are added whatever a row has counted",
        "ledger.counting:_counting",
        ', lacking={"_ids": names})',
        ")",
    ),
    Bug(
        "a late entry is added without a marker",
        "ledger.counting:_marking",
        'when=Condition(lacking={"ids": lacking})',
        "",
    ),
    Bug(
        "what a row no longer names counts as new",
        "ledger.counting:_counting",
        '"_hi": earliest, ',
        "",
    ),
    Bug(
        "names that a row has spilled are not looked at",
        "ledger.counting:_add_late",
        "if each.mark.name not in spilled",
        "",
    ),
    Bug(
        "one partition of due holds is never read",
        "operations.hold_expiry:_due",
        "range(keys.DUE_HOLD_PARTITIONS)",
        "range(1, keys.DUE_HOLD_PARTITIONS)",
    ),
    Bug(
        "a lost reply counts as success",
        "store.store:Store.commit",
        'raise Contended("no reply came", outcome_unknown=True) from silence',
        "return",
    ),
    Bug(
        "a hold is read eventually consistent",
        "ledger.posting.tenant_money:TenantLedger.hold",
        "self.store.read([key])",
        "self.store.read([key], consistent=False)",
    ),
    Bug(
        "a balance request may be overwritten",
        "gateway.requests:begin_workflow",
        "when=ABSENT",
        "",
    ),
    Bug(
        "each attempt makes another balance request",
        "gateway.requests:request_balance",
        'id = ids.derived_id("breq", scope, caller.tenant.id, given)',
        "pass",
    ),
    Bug(
        "a batch with one event added before counts as added",
        "ledger.counting:_add_to_row",
        'left = [each for each in left if each.mark.name not in stored.get("_ids", ())]',
        "left = [] if any(each.mark.name in stored.get('_ids', ()) for each in left) else left",
    ),
    Bug(
        "a settlement gives up after a read timeout",
        "gateway.settlement:retrying",
        "raise BalanceRequestBusy(str(busy)) from busy",
        "raise",
    ),
    Bug(
        "a second decision replaces the first",
        "gateway.decisions:_Decision.recorded",
        "when=PENDING",
        "",
    ),
    Bug(
        "a settlement is not recorded on the request",
        "gateway.settlement:settle_request",
        "extra_writes=[record],",
        "",
    ),
    Bug(
        "a dispute is decided whatever its state",
        "transactions.disputes:_decision_writes",
        'when=Condition(equal={"st": "open"})',
        "when=Condition()",
    ),
    Bug(
        "a second dispute is raised while one is open",
        "transactions.disputes:raise_dispute",
        "[put, lock, ",
        "[put, ",
    ),
    Bug(
        "an accepted dispute refunds the whole remainder",
        "transactions.disputes:_accept",
        "call.now, amount=amount)",
        "call.now, amount=None)",
    ),
    Bug(
        "an accepted dispute is not recorded",
        "transactions.disputes:_accept",
        "extra_writes=[*_decision_writes(call, key, record, decided), ",
        "extra_writes=[",
    ),
    Bug(
        "a dispute's key accepts other content",
        "transactions.disputes:_raised_before",
        'record["fp"] != _fingerprint(call.input)',
        'record["fp"] == ""',
    ),
    Bug(
        "a repeated dispute decision is not marked as a replay",
        "transactions.disputes:_accept",
        "if posted.replayed:",
        "if False:",
    ),
    Bug(
        "a code confirms any amount",
        "prefund.decisions:_reference",
        ":{amount}",
        "",
    ),
    Bug(
        "a code works for any user",
        "identity.otp:check_otp",
        'record["user"] != user_id or ',
        "",
    ),
    Bug(
        "a code never expires",
        "identity.otp:check_otp",
        ' or now >= record["until"]',
        "",
    ),
    Bug(
        "a code works more than once",
        "prefund.decisions:confirm_decision",
        "verdict), spent, _audit_put",
        "verdict), _audit_put",
    ),
    Bug(
        "a reviewer may decide",
        "prefund.decisions:_require_decidable",
        "who == prefund.by or who in prefund.reviewers",
        "who == prefund.by",
    ),
    Bug(
        "a repeated prefund decision is not marked as a replay",
        "prefund.decisions:_replayed_decision",
        "replay_headers(True)",
        "{}",
    ),
    Bug(
        "a rejected prefund keeps its bank transfer",
        "prefund.decisions:_decision_writes",
        "if not approved:",
        "if False:",
    ),
    Bug(
        "a decision is missing from the audit trail",
        "prefund.decisions:confirm_decision",
        ", spent, _audit_put(call, prefund, verdict)]",
        ", spent]",
    ),
    Bug(
        "a prefund is credited in full after a partial approval",
        "prefund.workflow:decide_prefund_credit",
        "request.verdict.amount if request.verdict else 0",
        "request.amount",
    ),
    Bug(
        "a credit is not recorded on its prefund",
        "prefund.workflow:prefund_settle_step",
        "[*steps, credited, ",
        "[credited, ",
    ),
    Bug(
        "two prefunds can claim one bank transfer",
        "prefund.record:prefund_creation",
        '"tenant": prefund.tenant}, when=ABSENT)',
        '"tenant": prefund.tenant})',
    ),
    Bug(
        "a prefund without an execution is never resumed",
        "prefund.recovery:_resume",
        "execution.launch_prefund(request.id, name)",
        "return False",
    ),
    Bug(
        "a credited prefund may still fail",
        "prefund.workflow:prefund_fail_step",
        'if request.state == "approved":',
        "if request:",
    ),
    Bug(
        "a payment to any account credits a top-up",
        "billing.top_up_posting:record_top_up_event",
        "top_up is None or top_up.account != account.id",
        "top_up is None",
    ),
    Bug(
        "a second payment is credited as well",
        "billing.top_up_posting:record_top_up_event",
        "if top_up.payment is not None or (",
        "if (",
    ),
    Bug(
        "a payment of any amount credits a top-up",
        "billing.top_up_posting:record_top_up_event",
        '(event.amount, event.currency) != (top_up.amount, "INR")',
        "False",
    ),
    Bug(
        "a credit is not recorded on its top-up",
        "billing.top_up_posting:_credit",
        "[\n        changed_top_up_put(top_up, after),",
        "[",
    ),
    Bug(
        "a top-up is changed whatever its state",
        "billing.top_up_records:changed_top_up_put",
        'when=Condition(equal={"version": before.version})',
        "when=Condition()",
    ),
    Bug(
        "a repeated refund webhook is recorded again",
        "billing.top_up_posting:_record_return",
        'any(each["id"] == event.refund for each in current.returns)',
        "False",
    ),
    Bug(
        "a refund that precedes its payment is lost",
        "billing.top_up_posting:_credit",
        "returns=(*top_up.returns, *known.early)",
        "returns=top_up.returns",
    ),
)


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """The library with the bug in it."""
    function = _function(bug.where)
    right = function.__code__
    function.__code__ = _compiled(bug, function)
    try:
        yield
    finally:
        function.__code__ = right


def _function(where: str) -> FunctionType:
    module, _, path = where.partition(":")
    found: Any = importlib.import_module(f"batua.{module}")
    for name in path.split("."):
        found = getattr(found, name)
    return inspect.unwrap(found)  # type: ignore[no-any-return]


def _compiled(bug: Bug, function: FunctionType) -> CodeType:
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(bug.right) != 1:
        raise LookupError(f"{bug.where} has {bug.right!r} {source.count(bug.right)} times: plant the bug anew")
    flags = __future__.annotations.compiler_flag
    module = compile(source.replace(bug.right, bug.wrong), f"<{bug.name}>", "exec", flags=flags)
    (code,) = (
        const for const in module.co_consts if isinstance(const, CodeType) and const.co_name == function.__name__
    )
    return code
