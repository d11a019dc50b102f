"""Some of the exhaustive runs: every pair of operations in every order of their calls, a few with a fault at any call.

All of it by command: `make interleave`.
"""

from __future__ import annotations

import re

import pytest

from tests.faults.bugs import BUGS, Bug, planted
from tests.faults.exhaustive import Explorer, Result, explore, main, staged
from tests.faults.pair_bugs import PAIR_BUGS
from tests.faults.scenes import COINS, MONEY, SCENES, SHARDS, Scene, pairs, triples

WITH_A_FAULT = [
    (COINS, ("redeem", "redeem the rest")),
    (MONEY, ("reject a dispute", "reject a dispute")),
    (MONEY, ("raise a dispute", "raise a dispute")),
    (MONEY, ("settle", "release")),
]


def tried(scene: Scene, groups: list[tuple[str, ...]], faults: int) -> Result:
    whole = Result()
    for _, result in explore(scene, groups, faults):
        whole.add(result)
    return whole


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_two_operations_at_once_come_to_what_one_after_the_other_does(scene: Scene) -> None:
    some = pairs(scene)[:: max(1, len(pairs(scene)) // 30)]
    result = tried(scene, some, 0)
    assert result.found == []
    assert result.states > 5 * len(some)


def test_three_operations_at_the_shards_of_a_month_come_to_what_some_order_does() -> None:
    assert tried(SHARDS, triples(SHARDS)[:1], 0).found == []


@pytest.mark.parametrize(("scene", "pair"), WITH_A_FAULT, ids=[" and ".join(pair) for _, pair in WITH_A_FAULT])
def test_nothing_changes_that_when_any_one_call_meets_a_fault(scene: Scene, pair: tuple[str, ...]) -> None:
    result = tried(scene, [pair], 1)
    assert result.found == []
    assert result.states > 100


@pytest.mark.parametrize(
    ("bug", "scene", "pair", "faults"),
    [
        ("a wallet is written without a condition", COINS, ("issue", "redeem"), 0),
        ("a tenant wallet is debited without a condition", MONEY, ("debit", "set aside"), 0),
        ("a refusal may overwrite an entry", SHARDS, ("redeem at one", "redeem others' coins"), 1),
        ("each attempt gets a new idempotency key", SHARDS, ("redeem at one", "redeem others' coins"), 1),
    ],
)
def test_a_planted_bug_is_found(bug: str, scene: Scene, pair: tuple[str, ...], faults: int) -> None:
    (wrong,) = [each for each in BUGS if each.name == bug]
    with planted(wrong), staged(scene) as stage:
        assert Explorer(stage, pair, faults).explore().found
        if faults:
            assert not Explorer(stage, pair, 0).explore().found, "it takes a fault to see it"


@pytest.mark.parametrize(("bug", "scene", "pair"), PAIR_BUGS, ids=[bug.name for bug, _, _ in PAIR_BUGS])
def test_a_bug_of_closing_withdrawing_and_waiting_coins_is_found(bug: Bug, scene: Scene, pair: tuple[str, ...]) -> None:
    with planted(bug), staged(scene) as stage:
        assert Explorer(stage, pair, 0).explore().found


def test_the_same_operations_are_explored_alike_every_time() -> None:
    first, again = (tried(COINS, [("redeem", "hold")], 1) for _ in range(2))
    assert first == again


def test_the_command_counts_what_it_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redeem", "hold", "--faults", "0"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^  redeem \+ hold: [1-9][0-9]* histories, [1-9][0-9]* states$", said, re.MULTILINE)
    assert re.search(r"^coins of one wallet: 3 groups, .* 0 found, [0-9]+ s$", said, re.MULTILINE)
    assert "money of one tenant" not in said, "scenes without these operations are left out"


def test_the_command_fails_where_it_finds_something(capsys: pytest.CaptureFixture[str]) -> None:
    (wrong,) = [each for each in BUGS if each.name == "a tenant wallet is debited without a condition"]
    with planted(wrong):
        assert main(["--scene", "2", "--faults", "0", "debit", "set aside"]) == 1
    assert "FOUND debit + set aside: " in capsys.readouterr().out


def test_the_command_names_an_operation_that_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["redeem", "steal"])
    assert ended.value.code == 2
    assert "unknown operations: steal. Choose from: accept a dispute, " in capsys.readouterr().err
