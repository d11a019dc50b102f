"""The mutation runner: its mutants are real faults, its list of survivors is true, and a sample of mutants dies."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from batua.ledger import lots, model
from batua.ledger.decisions import tenant_money
from tests.mutation.__main__ import explained, sample
from tests.mutation.modules import MODULES
from tests.mutation.mutants import Source
from tests.mutation.running import exchange

SLOW = ("ledger/posting/pipeline", "ledger/posting/customer_coins", "audit/verify", "store/store")
QUICK = [module for module in MODULES if module not in SLOW]
"""Whose tests take no second: the bounded set that every change is held to. `make mutate` tries all of them."""

TEXT = '''"""A module."""
LIMIT: Final = 3
Kind = Literal["a", "b"]


class Box:
    """A box."""

    size: int = 0

    @property
    def full(self) -> bool:
        return self.size >= LIMIT


def fit(box: Box, count: int = 1, *, words: Sequence[str] = ()) -> str | None:
    """Says what fits."""
    if not count or box.full:
        raise ValueError(f"{count} is nothing")
    assert box.size >= 0
    box.size += count
    return ", ".join([*words, show("fits", at=box.size)])
'''


def changes(path: Path) -> dict[str, list[str]]:
    (path / "batua").mkdir()
    (path / "batua" / "box.py").write_text(TEXT)
    made: dict[str, list[str]] = {}
    for mutant in Source("box", path).mutants:
        made.setdefault(mutant.function, []).append(mutant.change)
    return made


def test_faults_are_put_into_what_behaves_and_nowhere_else(tmp_path: Path) -> None:
    assert changes(tmp_path) == {
        "": ["3 -> 4", "0 -> 1", "1 -> 2"],
        "Box.full": [
            "return self.size >= LIMIT -> return None",
            "self.size >= LIMIT -> self.size > LIMIT",
            "self.size >= LIMIT -> self.size < LIMIT",
        ],
        "fit": [
            "not count or box.full -> True",
            "not count or box.full -> False",
            "not count or box.full -> not count and box.full",
            "not count -> count",
            "without raise ValueError(f'{count} is nothing')",
            "without box.size += count",
            "box.size += count -> box.size -= count",
            "return ', '.join([*words, show('fits', at=box.size)]) -> return None",
            "', ' -> 'XX, XX'",
            "without *words",
            "'fits' -> 'XXfitsXX'",
            "without at=box.size",
        ],
    }


@pytest.mark.parametrize("place", range(18))
def test_every_mutant_is_one_change_of_the_code(tmp_path: Path, place: int) -> None:
    changes(tmp_path)
    source = Source("box", tmp_path)
    before = ast.dump(source.tree)
    source.code(source.mutants[place])
    assert ast.dump(source.tree) != before


def test_whoever_holds_a_function_calls_the_mutant_and_unchanged_code_changes_nothing() -> None:
    source, take = Source("ledger/lots"), lots._take
    code, plain = take.__code__, compile(source.tree, str(source.path.resolve()), "exec")
    mutant = next(one for one in source.mutants if one.change == "part > 0 -> part >= 0")
    try:
        exchange(lots, "_take", plain)
        assert lots.take_fifo({202611: 0, 202612: 2}, 1) == {202612: 1}
        exchange(lots, "_take", source.code(mutant))
        assert lots.take_fifo({202611: 0, 202612: 2}, 1) == {202611: 0, 202612: 1}
    finally:
        take.__code__ = code


@pytest.mark.parametrize(
    ("module", "name", "at"),
    [
        (tenant_money, "FundsLine.change", "ledger/decisions/tenant_money"),
        (model, "Posting.__post_init__", "ledger/model"),
    ],
)
def test_properties_and_methods_can_be_exchanged(module: object, name: str, at: str) -> None:
    source = Source(at)
    exchange(module, name, compile(source.tree, str(source.path.resolve()), "exec"))  # type: ignore[arg-type]
    with pytest.raises(StopIteration):
        exchange(module, name, compile("", "elsewhere", "exec"))  # type: ignore[arg-type]


def test_every_explained_survivor_is_a_mutant_of_the_code_as_it_is() -> None:
    survivors = explained()
    mutants = {mutant.name for module in MODULES for mutant in Source(module).mutants}
    assert [survivor for survivor in survivors if survivor.name not in mutants] == []
    assert len({survivor.name for survivor in survivors}) == len(survivors)
    assert all(len(survivor.why) > 20 for survivor in survivors)


def test_a_sample_is_the_same_every_time_and_little_of_it_changes_with_the_code() -> None:
    mutants = [mutant for module in ("ledger/lots", "ledger/decisions/allowance") for mutant in Source(module).mutants]
    first = {mutant.name for mutant in sample(mutants, 40, "batua")}
    assert len(first) == 40
    assert first == {mutant.name for mutant in sample(mutants, 40, "batua")}
    assert first != {mutant.name for mutant in sample(mutants, 40, "other")}
    assert len(first & {mutant.name for mutant in sample(mutants[10:], 40, "batua")}) >= 25


def test_the_unit_tests_notice_every_fault_of_a_fixed_sample() -> None:
    command = [sys.executable, "-m", "tests.mutation", "--sample", "60", *QUICK]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "60 mutants in" in ran.stdout
