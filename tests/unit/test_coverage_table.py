"""The table of `make coverage`."""

from tests.coverage_table import table


def counts(statements: int, lines: int, branches: int, covered: int) -> dict[str, dict[str, int]]:
    return {
        "summary": {
            "num_statements": statements,
            "covered_lines": lines,
            "num_branches": branches,
            "covered_branches": covered,
        }
    }


def test_files_of_a_package_are_added_up_and_the_least_covered_comes_first() -> None:
    lines = table(
        {
            "layers/core/batua/coins/issue.py": counts(100, 90, 10, 5),
            "layers/core/batua/coins/redeem.py": counts(100, 100, 30, 25),
            "layers/core/batua/money.py": counts(10, 10, 0, 0),
            "functions/coins/issue_coins.py": counts(10, 5, 2, 1),
        }
    )
    assert [line.split() for line in lines[1:]] == [
        ["functions.coins", "50.0%", "50.0%"],
        ["batua.coins", "95.0%", "75.0%"],
        ["batua.money", "100.0%", "100.0%"],
        ["all", "93.2%", "73.8%"],
    ]
