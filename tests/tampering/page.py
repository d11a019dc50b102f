"""docs/tamperings.md: ten tamperings with the tables, and what the verifying command says about each."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import pytest

from batua import clock, ids
from batua.audit import cross_check, verify
from tests.tampering import books
from tests.tampering.books import CHILDS, LATER, MONEY, SCOPE, Books

PAGE: Final = Path(__file__).resolve().parents[2] / "docs/tamperings.md"
TAMPERINGS: Final[list[tuple[str, Callable[[Books], None]]]] = [
    ("The last entry is made larger and sealed anew, with its wallet, month and payment", books.rewrite_the_last_entry),
    ("The end of a wallet is cut off, with its month and payment put back", books.cut_the_tail),
    ("A whole wallet is deleted with its entries", books.delete_a_whole_wallet),
    ("A merchant's allowance for redemptions is raised", books.raise_the_room),
    ("An overdraft is granted", books.raise_the_overdraft),
    ("A tenant's debit is deleted and the balance put back", books.delete_a_debit),
    ("A whole transfer is deleted, on both sides", books.delete_both_sides_of_a_transfer),
    ("The child's side of a transfer from its parent is deleted", books.delete_the_childs_side),
    ("The end of a hold is put off by a day", books.put_off_the_end_of_a_hold),
    ("The payment for an issue of a prefunded program is deleted", books.delete_the_payment_of_an_issue),
]
_HEAD: Final = """# Ten tamperings, and what `verify` says

Somebody who can write the ledger table changes history, and does it well: wallets, hash chains, months and balances
agree again afterwards. Below are the ten ways that a review tried, each made in the books of a network, a merchant of
it and the merchant's child, with the output of the command for every scope in which it finds something. It ends with
exit code 1 each time.

Entries are compared with records that stand elsewhere: the daily totals, the books of the other side, the program's
rules (see [Reliability](reliability.md#what-verify-compares)). Changes by somebody who can write those as well are
found by the [anchors](reliability.md#anchors-yesterday-cant-be-rewritten).

This page is written by `make docs` from the command's output (`tests/tampering`); a test compares the two.
"""


def outputs() -> Iterator[tuple[str, list[tuple[str, int, str]]]]:
    """Each tampering, with what the command says of every scope: its arguments, how it ends, and what it prints."""
    as_of = clock.iso(LATER + cross_check.SETTLED_AFTER_MS)
    with pytest.MonkeyPatch.context() as patch:
        for name, tamper in [("Nothing", lambda _: None), *TAMPERINGS]:
            dice = random.Random(1)
            patch.setattr(ids, "secrets", SimpleNamespace(randbits=dice.getrandbits))
            patch.setattr(clock, "system", lambda: books.NOW)
            tampered = Books()
            tamper(tampered)
            patch.setattr(verify, "store", lambda known=tampered.store: known)
            said = []
            for scope in (SCOPE, MONEY.scope, CHILDS.scope):
                out = io.StringIO()
                arguments = ["--scope", scope, "--as-of", as_of]
                code = verify.verify_main(arguments, out=out)
                said.append((" ".join(arguments), code, out.getvalue()))
            yield name, said


def page() -> str:
    """The page as it should be now."""
    parts = [_HEAD]
    for number, (name, said) in enumerate(outputs()):
        shown = said if number == 0 else [each for each in said if each[1]]
        blocks = "".join(f"    $ python -m batua.audit.verify {asked}\n{_indented(text)}" for asked, _, text in shown)
        parts.append(f"## {number}. {name}\n\n{blocks}" if number else f"## Before\n\n{blocks}")
    return "\n".join(parts)


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())
