"""The tree of tenants, on a table in memory: no cycle, nobody forgotten, crashes and races included."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from batua import errors
from batua.identity.tenant import Tenant
from batua.ledger.model import Program
from batua.store.store import Store
from batua.tenants import profile, tree
from batua.tenants.tree import NewTenant, PropagationResult
from tests.unit.tree_fixtures import (
    NOW,
    OPERATOR,
    begun,
    give_program,
    store,  # noqa: F401 - fixtures
)

_numbers = itertools.count()


def grow(store: Store, kind: Any, parent: str = OPERATOR) -> str:
    slug = f"tenant-{next(_numbers)}"
    return tree.create_tenant(store, NewTenant(kind, slug.title(), slug, parent), NOW).id


def chain(store: Store, length: int) -> list[str]:
    made = [OPERATOR]
    for _ in range(length):
        made.append(grow(store, "parent", made[-1]))
    return made[1:]


def require_sound(store: Store) -> int:
    """Every tenant repeats what those above it say, and the tree is one. Returns how many there are."""
    seen: set[str] = set()
    for _, tenant in tree.subtree(store, OPERATOR):
        assert tenant.id not in seen, "a tenant stands in two places"
        seen.add(tenant.id)
        if tenant.parent is None:
            continue
        above = tree.load_tenant(store, tenant.parent)
        assert tenant.path == (*above.path, above.id)
        stopped = above.stopped_by or (above.id if above.status != "active" else None)
        assert tenant.stopped_by == stopped
        if tenant.kind in ("merchant", "parent") and not (tenant.program and tenant.program.owner == tenant.id):
            assert tenant.program in (None, above.program)  # a tenant from before the network has not joined it
    return len(seen)


def test_a_tenant_is_made_below_another_with_slug_and_profile(store: Store) -> None:
    network = grow(store, "parent")
    program = give_program(store, network)
    merchant = tree.create_tenant(
        store, NewTenant("merchant", "Kaveri", "kaveri", network, legal_name="Kaveri Ltd"), NOW
    )
    assert merchant.path == (OPERATOR, network)
    assert tree.load_tenant(store, merchant.id).program == program
    known = profile.load_profile(store, merchant.id)
    assert known is not None
    assert (known.slug, known.legal_name, known.products) == ("kaveri", "Kaveri Ltd", profile.BY_KIND["merchant"])
    assert tree.child_ids(store, network) == [merchant.id]
    assert tree.load_tenant(store, grow(store, "application", merchant.id)).program is None
    require_sound(store)


def test_a_slug_names_one_tenant(store: Store) -> None:
    tree.create_tenant(store, NewTenant("merchant", "A", "same", OPERATOR), NOW)
    with pytest.raises(errors.Problem, match="slug_taken"):
        tree.create_tenant(store, NewTenant("merchant", "B", "same", OPERATOR), NOW)
    for slug in ("ab", "-abc", "abc-", "Abc", "a_b_c", "a" * 49, "ab\n"):
        with pytest.raises(errors.Problem, match="validation_error"):
            tree.create_tenant(store, NewTenant("merchant", "C", slug, OPERATOR), NOW)
    assert len(tree.child_ids(store, OPERATOR)) == 1


@pytest.mark.parametrize(
    ("kind", "above"),
    [("parent", "merchant"), ("merchant", "merchant"), ("merchant", "application"), ("application", "application")],
)
def test_a_kind_stands_only_below_those_that_may_hold_it(store: Store, kind: Any, above: Any) -> None:
    with pytest.raises(errors.Problem, match="tenant_misplaced"):
        grow(store, kind, grow(store, above))


def test_nothing_grows_below_nobody(store: Store) -> None:
    with pytest.raises(errors.Problem, match="not_found"):
        grow(store, "merchant", "ten_" + "0" * 26)


def test_a_suspension_stops_all_below_and_ends_with_it(store: Store) -> None:
    top, middle, low = chain(store, 3)
    shops = [grow(store, "merchant", parent) for parent in (top, middle, low) for _ in range(30)]
    assert tree.suspend_tenant(store, top, NOW, why="unpaid") == PropagationResult(seen=92, changed=92)
    assert {tree.load_tenant(store, shop).stopped_by for shop in shops} == {top}
    assert tree.suspend_tenant(store, top, NOW) == PropagationResult(seen=92, changed=0)

    tree.suspend_tenant(store, low, NOW)
    tree.resume_tenant(store, top, NOW)
    assert tree.load_tenant(store, middle).active
    assert not tree.load_tenant(store, low).active
    assert [tree.load_tenant(store, shop).stopped_by for shop in shops[-30:]] == [low] * 30
    require_sound(store)


def test_what_is_made_below_a_stopped_tenant_is_stopped(store: Store) -> None:
    network = grow(store, "parent")
    tree.suspend_tenant(store, network, NOW)
    assert not tree.load_tenant(store, grow(store, "merchant", network)).active
    tree.resume_tenant(store, network, NOW)
    require_sound(store)


def test_the_operator_cannot_be_suspended(store: Store) -> None:
    with pytest.raises(errors.Problem, match="tenant_misplaced"):
        tree.suspend_tenant(store, OPERATOR, NOW)


def test_a_changed_program_reaches_every_merchants_desk(store: Store) -> None:
    top = grow(store, "parent")
    give_program(store, top)
    middle = grow(store, "parent", top)
    shops = [grow(store, "merchant", parent) for parent in (top, middle)]
    own = grow(store, "merchant", top)
    closed = give_program(store, own, "Crumbs")
    changed = give_program(store, top, "Coins of another name")
    tree.propagate(store, top)
    assert [tree.load_tenant(store, shop).program for shop in shops] == [changed, changed]
    assert tree.load_tenant(store, own).program == closed
    require_sound(store)


def test_a_merchant_never_finds_itself_in_a_network_that_it_did_not_join(store: Store) -> None:
    network = grow(store, "parent")
    before = grow(store, "merchant", network)
    program = give_program(store, network)
    tree.propagate(store, network)
    assert tree.load_tenant(store, before).program is None
    assert tree.load_tenant(store, grow(store, "merchant", network)).program == program
    give_program(store, OPERATOR)
    tree.propagate(store, OPERATOR)
    assert tree.load_tenant(store, grow(store, "merchant")).program is None


def test_a_move_takes_all_below_along(store: Store) -> None:
    first, second = grow(store, "parent"), grow(store, "parent")
    give_program(store, first)
    program = give_program(store, second)
    below = grow(store, "parent", first)
    shop = grow(store, "merchant", below)
    tree.suspend_tenant(store, second, NOW)
    tree.move_tenant(store, below, second, NOW)
    moved = tree.load_tenant(store, shop)
    assert moved.path == (OPERATOR, second, below)
    assert (moved.stopped_by, moved.program) == (second, program)
    assert tree.child_ids(store, first) == []
    assert tree.move_tenant(store, below, second, NOW) == PropagationResult(1, 0)
    require_sound(store)


def test_nothing_moves_below_itself(store: Store) -> None:
    top, middle, low = chain(store, 3)
    for place in (top, middle, low):
        with pytest.raises(errors.Problem, match="tenant_in_cycle"):
            tree.move_tenant(store, top, place, NOW)
    with pytest.raises(errors.Problem, match="tenant_in_cycle"):
        tree.move_tenant(store, OPERATOR, top, NOW)
    with pytest.raises(errors.Problem, match="tenant_misplaced"):
        tree.move_tenant(store, low, grow(store, "merchant"), NOW)
    require_sound(store)


def interleaved(store: Store, between: Callable[[], Any]) -> None:
    """Has something else done right before the next commit reaches the table."""
    commit, pending = store.commit, [between]

    def late(writes: Any, **more: Any) -> None:
        if pending:
            pending.pop()()
        commit(writes, **more)

    store.commit = late  # type: ignore[method-assign]


def test_two_moves_at_once_close_no_circle(store: Store) -> None:
    """a > b > c and x > y > z: a goes below z while x goes below c. Neither moves what the other holds."""
    a, _, c = chain(store, 3)
    x, _, z = chain(store, 3)
    interleaved(store, lambda: tree.move_tenant(store, x, c, NOW))
    with pytest.raises(errors.Problem, match="tenant_in_cycle"):
        tree.move_tenant(store, a, z, NOW)
    assert require_sound(store) == 7


def test_a_tenant_made_while_the_one_above_is_suspended_is_stopped(store: Store) -> None:
    network = grow(store, "parent")
    interleaved(store, lambda: tree.suspend_tenant(store, network, NOW))
    assert not tree.load_tenant(store, grow(store, "merchant", network)).active
    require_sound(store)


def test_a_resumption_overtakes_a_suspension_that_is_on_its_way_down(store: Store) -> None:
    top, _ = chain(store, 2)
    commit, calls = store.commit, itertools.count()

    def late(writes: Any, **more: Any) -> None:
        if next(calls) == 1:  # the suspension itself is written; its way down begins
            store.commit = commit  # type: ignore[method-assign]
            tree.resume_tenant(store, top, NOW)
        commit(writes, **more)

    store.commit = late  # type: ignore[method-assign]
    tree.suspend_tenant(store, top, NOW)
    require_sound(store)
    assert tree.load_tenant(store, top).active


def test_a_walk_that_broke_off_goes_on_where_it_ended(store: Store) -> None:
    top = chain(store, 2)[0]
    shops = [grow(store, "merchant", top) for _ in range(60)]
    for survives in itertools.count(1):
        commit, calls = store.commit, itertools.count()

        def breaking(writes: Any, commit: Any = commit, calls: Any = calls, last: int = survives, **more: Any) -> None:
            if next(calls) >= last:
                raise RuntimeError("the machine went down")
            commit(writes, **more)

        store.commit = breaking  # type: ignore[method-assign]
        try:
            tree.suspend_tenant(store, top, NOW)
            break
        except RuntimeError:
            continue
        finally:
            store.commit = commit  # type: ignore[method-assign]
    assert survives > 1
    assert not any(tree.load_tenant(store, shop).active for shop in shops)
    require_sound(store)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_done_the_tree_stays_sound(seed: int) -> None:
    store, dice = begun(), random.Random(seed)
    there = [(OPERATOR, "operator")]
    for _ in range(60):
        what = dice.choice(["create", "create", "move", "suspend", "resume", "program"])
        id, _ = dice.choice(there)
        try:
            if what == "create":
                kind = dice.choice(["parent", "parent", "merchant", "application"])
                there.append((grow(store, kind, id), kind))
            elif what == "move":
                tree.move_tenant(store, id, dice.choice(there)[0], NOW)
            elif what == "program" and dict(there)[id] == "parent":
                give_program(store, id, f"Coins {dice.random()}")
                tree.propagate(store, id)
            elif what in ("suspend", "resume"):
                getattr(tree, f"{what}_tenant")(store, id, NOW)
        except errors.Problem as refusal:
            assert refusal.kind.code in ("tenant_misplaced", "tenant_in_cycle")  # noqa: PT017
    assert require_sound(store) == len(there)


def test_the_tree_has_an_end_to_its_depth(store: Store) -> None:
    deepest = chain(store, tree.MAX_ABOVE)[-1]
    with pytest.raises(errors.Problem, match="tenant_misplaced"):
        grow(store, "merchant", deepest)
    free = grow(store, "parent")
    with pytest.raises(errors.Problem, match="tenant_misplaced"):
        tree.move_tenant(store, free, deepest, NOW)


def _weight(wire: Any) -> int:
    """Bytes of a value as DynamoDB counts them, numbers at their longest."""
    ((kind, value),) = wire.items()
    if kind == "M":
        return 3 + sum(1 + len(name) + _weight(part) for name, part in value.items())
    if kind == "L":
        return 3 + sum(1 + _weight(part) for part in value)
    return len(value) if kind in ("S", "B", "N") else 1


def test_a_tenants_item_stays_small() -> None:
    """It is read with every request: 4 KB cost one read unit, and a merchant's desk is to fit in."""
    from batua.identity.roles import KEY_SCOPES
    from batua.identity.tenant import KeyRecord, tenant_item
    from batua.ledger.earning import EarningRule
    from batua.ledger.model import MirPolicy
    from batua.store.codec import encode

    def weight(tenant: Tenant) -> int:
        return _weight({"M": encode(tenant_item(tenant))})

    rules = tuple(EarningRule(f"rule_{n:026d}", "percentage", basis_points=500, name="5% back") for n in range(4))
    program = Program(
        id="prg_" + "0" * 26, owner=OPERATOR, name="Coins", kind="network", time_zone="Asia/Kolkata", mir=MirPolicy(),
        rules=rules,
    )  # fmt: skip

    def desk(count: int) -> Tenant:
        made = {
            id: KeyRecord(id, "jwt", "live", KEY_SCOPES, "Till in the shop", NOW, expires_at=NOW)
            for id in (f"key_{n:026d}" for n in range(count))
        }
        nets = tuple(f"203.0.113.{n}/32" for n in range(8))
        return Tenant(
            OPERATOR, "merchant", "Kaveri Stores", "active", OPERATOR, (OPERATOR,) * 3, "IN", "Asia/Kolkata", NOW,
            program=program, rules=rules, keys=made, networks=nets,
        )  # fmt: skip

    assert weight(desk(4)) < 4_096
    assert weight(desk(20)) < 8_192
