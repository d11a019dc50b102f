"""Some wallets, picked by chance, are replayed from their entries every hour: what is wrong is noticed the same day.

The whole of a scope is `batua.audit.verify`'s to check; it reads the table at its price.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from .. import clock, ids
from ..audit.cross_check import SETTLED_AFTER_MS
from ..audit.verify import NotVerified, verify_wallet
from ..ledger.findings import Finding
from ..store.store import Contended, Store

_WALLETS: Final = frozenset({"BAL", "FUNDS"})
MOST_PAGES: Final = 50
"""Of at most 1 MB each that a sample reads: no more than 50 x 128 read units, however few wallets are among them."""


@dataclass(slots=True)
class SampleReport:
    """`skipped`: wallets whose entries stand in the archive alone, or that could not be read just now."""

    verified: int = 0
    skipped: int = 0
    findings: list[Finding] = field(default_factory=list)


def verify_sample(store: Store, wallets: int, more_time: Callable[[], bool] = lambda: True) -> SampleReport:
    """Verifies up to so many live wallets of any tenant, for as long as there is time."""
    sample = SampleReport()
    settled_until = clock.system() - SETTLED_AFTER_MS
    for scope, wallet in _some_wallets(store, wallets):
        if not more_time():
            break
        try:
            report = verify_wallet(store, scope, wallet, None, settled_until)
        except (Contended, NotVerified):
            sample.skipped += 1
            continue
        sample.verified += 1
        sample.findings += report.findings
    return sample


def _some_wallets(store: Store, wanted: int) -> Iterator[tuple[str, str]]:
    """Scope and id of live wallets that stand behind a place chosen by chance; from the table's beginning at its end.

    DynamoDB goes on behind any key, whether an item is there or not, in the order of the keys' hashes: so the
    wallets behind a random one are of all tenants, in proportion.
    """
    seen: set[tuple[str, str]] = set()
    after: dict[str, Any] | None = {"pk": f"L#{ids.new_id('ten')}#W#{secrets.token_hex(16)}", "sk": "BAL"}
    begun_again = False
    for _ in range(MOST_PAGES):
        page = store.scan("ledger", beginning="L#", after=after)
        for record in page.items:
            scope, is_wallet, wallet = record["pk"].partition("#W#")
            if not is_wallet or record["sk"] not in _WALLETS or (scope, wallet) in seen:
                continue
            if len(seen) == wanted:
                return
            seen.add((scope, wallet))
            yield scope, wallet
        after = page.last
        if after is None:
            if begun_again:
                return
            begun_again = True
