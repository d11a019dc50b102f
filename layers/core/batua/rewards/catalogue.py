"""The reward catalogue: rewards are made, read, listed, changed and retired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from .. import errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import minor_units, validated
from ..api.styles import Reply, replay_headers
from ..canonical import content_fingerprint
from ..coins import counter
from ..money import to_text
from ..store import reward_keys
from ..store.store import Cancelled, commit_creation, commit_unless_changed
from ..store.writes import ABSENT, Check, Condition, Put, Update, Write
from . import reward_codes
from .reward import Reward, read_reward_record, read_stock, reward_item, stock_item, stock_notes
from .reward_lookup import offered_reward, own_reward
from .reward_models import CreateReward, ReplaceReward, RewardIn, RewardOut, RewardsQuery, UpdateReward
from .reward_walk import is_listed, walk_rewards
from .reward_wire import reward_from, reward_out, reward_wire

REWARD_FOUND_ERRORS: Final = (errors.REWARD_NOT_FOUND,)
REWARD_CREATE_ERRORS: Final = (errors.IDEMPOTENCY_KEY_REUSED, errors.BUSY)
REWARD_RETIRE_ERRORS: Final = (*REWARD_FOUND_ERRORS, errors.VERSION_CONFLICT)
REWARD_CHANGE_ERRORS: Final = (
    *REWARD_FOUND_ERRORS,
    errors.REWARD_RETIRED,
    errors.VERSION_CONFLICT,
    errors.STOCK_TAKEN,
    errors.BUSY,
)
_MAX_SCANNED: Final = 2_000
"""Rewards that one page scans for those that match the filters; the cursor continues from there."""


def create_reward(call: Call[CreateReward]) -> Reply:
    """Adds a reward of this tenant's, and its codes where they come along."""
    program, tenant, key = counter.program_of(call.caller), call.caller.tenant.id, call.idempotency_key
    scope, body = call.caller.scope, call.input
    content = body.model_dump(exclude={"idempotency_key"})
    id = ids.derived_id("rew", scope, tenant, "create", key) if key is not None else ids.new_id("rew", call.now)
    made = replace(reward_from(body, call, program, None, id), made_from=content_fingerprint("rewards.create", content))
    writes: list[Write] = [
        Put(reward_keys.reward_key(scope, id), reward_item(scope, made), when=ABSENT),
        _audit_put(call, "reward created", made, announce=_priced(call, made)),
    ]
    if made.counted:
        writes.append(Put(reward_keys.reward_stock_key(scope, id), stock_item(made, made.stock or 0)))
    stored = commit_creation(call.store, writes, caller=call.request.id)
    if stored is not None:
        if stored.get("fp") != made.made_from:
            raise errors.IDEMPOTENCY_KEY_REUSED()
        made = read_reward_record(stored)
    reward_codes.add_codes(call.store, scope, made, body.codes, call.now)
    data = _reward_response(call, made)
    return Reply(data, "Reward created", headers=replay_headers(stored is not None))


def read_reward(call: Call[None]) -> RewardOut:
    """A reward that this tenant offers."""
    reward = offered_reward(call)
    if not is_listed(reward, call):
        raise errors.REWARD_NOT_FOUND()
    record = call.loaded[reward_keys.reward_stock_key(call.caller.scope, reward.id)]
    return reward_out(reward, read_stock(record, reward), counter.program_of(call.caller), call.now)


def replace_reward(call: Call[ReplaceReward]) -> RewardOut:
    """Puts the content of a reward in the place of what it was."""
    return _change(call, own_reward(call), call.input, call.input.version, "reward replaced")


def update_reward(call: Call[UpdateReward]) -> RewardOut:
    """Changes parts of a reward; the outcome is validated as a whole."""
    before, body = own_reward(call), call.input
    if before.status == "retired":
        raise errors.REWARD_RETIRED()
    changed = body.model_dump(exclude={"version"}, exclude_unset=True)
    whole = {**reward_wire(before, counter.program_of(call.caller)), **changed}
    defaults = {name for name, value in whole.items() if value is None}
    content = validated(RewardIn, {name: value for name, value in whole.items() if name not in defaults})
    return _change(call, before, content, body.version, "reward changed")


def retire_reward(call: Call[None]) -> RewardOut:
    """Retires a reward: it can't be redeemed any more, open redemptions continue. Idempotent."""
    before = own_reward(call)
    if before.status == "retired":
        return _reward_response(call, before)
    after = replace(
        before, status="retired", version=before.version + 1, updated_at=call.now, updated_by=call.caller.id
    )
    commit_unless_changed(call.store, _change_writes(call, before, after, "reward retired"), caller=call.request.id)
    return _reward_response(call, after)


def list_rewards(call: Call[RewardsQuery]) -> Reply:
    """The rewards that this tenant offers, the newest first."""
    query, caller, program = call.input, call.caller, counter.program_of(call.caller)
    most = None if query.max_points is None else minor_units(query.max_points, program.scale, "max_points")
    filters = {"list": "rewards", "scope": caller.scope, **query.model_dump(exclude={"cursor", "limit"})}
    before = cursor.open_cursor(caller.tenant.id, filters, query.cursor) if query.cursor else None

    def offer(reward: Reward, left: int | None) -> RewardOut | None:
        out = reward_out(reward, left, program, call.now)
        fits = is_listed(reward, call) and _matches_query(out, query) and (most is None or reward.points <= most)
        return out if fits else None

    rows = ((row["g1s"], offer(read_reward_record(row), left)) for row, left in walk_rewards(call, before))
    shown, following = cursor.take_page(rows, query.limit, _MAX_SCANNED)
    sealed = cursor.seal_cursor(caller.tenant.id, filters, following) if following else None
    return Reply(shown, meta={"next_cursor": sealed, "limit": query.limit})


def _change(call: Call[Any], before: Reward, content: RewardIn, version: int | None, what: str) -> RewardOut:
    program, scope = counter.program_of(call.caller), call.caller.scope
    if before.status == "retired":
        raise errors.REWARD_RETIRED()
    if version is not None and version != before.version:
        raise errors.VERSION_CONFLICT()
    after = reward_from(content, call, program, before, before.id)
    _commit_change(call, before, after, what, _stock_writes(scope, before, after))
    reward_codes.add_codes(call.store, scope, after, content.codes, call.now)
    return _reward_response(call, after)


def _commit_change(call: Call[Any], before: Reward, after: Reward, what: str, stock: list[Write]) -> None:
    writes = [*_change_writes(call, before, after, what), *stock]
    try:
        call.store.commit(writes, caller=call.request.id)
    except Cancelled as cancelled:
        if cancelled.reasons[0].failed or after.stock is None:
            raise errors.VERSION_CONFLICT() from None
        left = read_stock(cancelled.reasons[2].item, before) or 0
        figures = {"left": left, "lowest": (before.stock or 0) - left}
        message = errors.STOCK_TAKEN.describe({name: str(figure) for name, figure in figures.items()})
        raise errors.STOCK_TAKEN(message, figures=figures) from None


def _change_writes(call: Call[Any], before: Reward, after: Reward, what: str) -> list[Write]:
    scope, as_read = call.caller.scope, Condition(equal={"ver": before.version})
    announce = None if after.status == "retired" else _priced(call, after, before)
    return [
        Put(reward_keys.reward_key(scope, before.id), reward_item(scope, after), when=as_read),
        _audit_put(call, what, after, announce=announce),
    ]


def _stock_writes(scope: str, before: Reward, after: Reward) -> list[Write]:
    """A change of the stock is a difference: what is redeemed meanwhile stays counted."""
    key, notes = reward_keys.reward_stock_key(scope, after.id), stock_notes(after)
    if after.stock_epoch != before.stock_epoch:
        return [Put(key, stock_item(after, after.stock or 0))] if after.counted else []
    if not after.counted:
        return []
    added = (after.stock or 0) - (before.stock or 0)
    enough = Condition(equal={"epoch": before.stock_epoch}, at_least={"left": -added} if added < 0 else {})
    if not added and notes == stock_notes(before):
        return [Check(key, enough)]
    return [Update(key, add={"left": added, "seq": 1}, set=notes, when=enough)]


def _reward_response(call: Call[Any], reward: Reward) -> RewardOut:
    key = reward_keys.reward_stock_key(call.caller.scope, reward.id)
    record = call.store.read([key])[key] if reward.counted else None
    return reward_out(reward, read_stock(record, reward), counter.program_of(call.caller), call.now)


def _matches_query(out: RewardOut, query: RewardsQuery) -> bool:
    text = f"{out.title}\n{out.description or ''}".lower()
    return (
        query.status in (None, out.status)
        and query.type in (None, out.type)
        and (query.category is None or query.category in out.categories)
        and query.featured in (None, out.featured)
        and query.redeemable in (None, out.redeemable)
        and (query.search is None or query.search.lower() in text)
    )


def _audit_put(call: Call[Any], what: str, reward: Reward, announce: str | None = None) -> Put:
    facts: dict[str, Any] = {"version": reward.version, "status": reward.status, "points": reward.points}
    return call.act(what, announce=announce, reward=reward.id, **facts)


def _priced(call: Call[Any], reward: Reward, before: Reward | None = None) -> str | None:
    """Announces a new price, worth or stock to administrators; None in the sandbox, which sells nothing."""
    if call.caller.mode != "live" or (before is not None and _terms(before) == _terms(reward)):
        return None
    scale = counter.program_of(call.caller).scale
    there = "unlimited" if reward.stock is None else reward.stock
    costs = f"costs {to_text(reward.points, scale)} coins, stock {there}"
    if before is None:
        return f"A reward was added: “{reward.title}” {costs}."
    return f"A reward was changed: “{reward.title}” {costs}; before, {to_text(before.points, scale)} coins."


def _terms(reward: Reward) -> tuple[object, ...]:
    return reward.points, reward.worth, dict(reward.benefit), reward.stock, reward.stock_epoch
