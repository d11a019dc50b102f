"""What the dashboard says of today: undone issues and redemptions do not count, coins taken for rewards do."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

MODULE = Path(__file__).parents[2] / "portal" / "office" / "today.js"


def line(
    id: str, type: str, coins: float, customer: str = "a", bill: float | None = None, of: str | None = None
) -> Any:
    return {
        "transaction_id": id,
        "type": type,
        "coins": coins,
        "customer_id": customer,
        "bill_amount": bill,
        "reversed_transaction_id": of,
    }


DAYS = {
    "an issue undone with its bill": (
        [line("1", "issue", 24, bill=485), line("2", "reverse_issue", 24, of="1"), line("3", "issue", 50, "b", 1000)],
        {"issued": 50, "bills": 1000, "redeemed": 0, "customers": 1},
    ),
    "an issue undone in part keeps its bill": (
        [line("1", "issue", 20, bill=400), line("2", "reverse_issue", 5, of="1")],
        {"issued": 15, "bills": 400, "redeemed": 0, "customers": 1},
    ),
    "coins taken for rewards are redeemed, a redemption undone is not": (
        [
            line("1", "redeem", 40),
            line("2", "reverse_redeem", 40, of="1"),
            line("3", "capture", 3, "b"),
            line("4", "hold", 9),
        ],
        {"issued": 0, "bills": 0, "redeemed": 3, "customers": 1},
    ),
    "what was undone of another day is not of this one": (
        [line("1", "issue", 10, bill=200), line("2", "reverse_issue", 99, of="of yesterday")],
        {"issued": 10, "bills": 200, "redeemed": 0, "customers": 1},
    ),
    "an issue that gave nothing is a customer served": (
        [line("1", "issue", 0, bill=4)],
        {"issued": 0, "bills": 4, "redeemed": 0, "customers": 1},
    ),
}


@pytest.mark.skipif(shutil.which("node") is None, reason="NO NODE: the portal's sums are not tried")
@pytest.mark.parametrize("day", DAYS)
def test_the_day_adds_up(day: str, tmp_path: Path) -> None:
    rows, expected = DAYS[day]
    (tmp_path / "today.mjs").write_text(MODULE.read_text(encoding="utf-8"), encoding="utf-8")
    script = (
        "import { totalsOf } from './today.mjs'; console.log(JSON.stringify(totalsOf(JSON.parse(process.argv[2]))));"
    )
    (tmp_path / "run.mjs").write_text(script, encoding="utf-8")
    command = ["node", str(tmp_path / "run.mjs"), json.dumps(rows)]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert json.loads(shown) == expected
