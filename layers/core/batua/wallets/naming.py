"""Which wallet a name leads to.

A wallet's id follows from the name that it was made under. Every name that a wallet has had leads to it, in any case
and spacing, and to no other: a transfer by an old name reaches the same wallet as before, and its replay as well.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..ledger.decisions.tenant_money import INR, TenantWallet, tenant_wallet
from ..ledger.queries import money_entries
from ..ledger.records.tenant_money import read_wallet_name
from ..store import wallet_keys
from ..store.keys import Key, Scope
from ..store.store import Found, Store
from ..store.writes import ABSENT, Put, Write
from .refusals import WALLET_NAME_UNKNOWN

_MOST_NEAR: Final = 5
_MOST_COMPARED: Final = 1_000
_ALIKE: Final = 0.6
"""How much of two names is the same, from 0 to 1, for one to be offered in place of the other."""


@dataclass(frozen=True, slots=True)
class WalletName:
    """A name in a tenant's books, with the wallet that it would make."""

    scope: Scope
    name: str

    @property
    def wallet(self) -> TenantWallet:
        return tenant_wallet(self.scope.mode, self.scope.tenant, customer=self.name)

    @property
    def key(self) -> Key:
        return wallet_keys.wallet_name_key(self.scope, spelling(self.name))

    @property
    def keys(self) -> list[Key]:
        """What is read to find the wallet that has the name."""
        return [self.wallet.key, self.key]

    def find(self, found: Found) -> TenantWallet | None:
        """The wallet that has, or had, this name."""
        taken = found[self.key]
        if taken is not None:
            return tenant_wallet(self.scope.mode, self.scope.tenant, customer=taken["cust"])
        # Made by a transfer, before names were kept.
        return self.wallet if found[self.wallet.key] is not None else None

    def taking(self, wallet: TenantWallet, **more: Any) -> Put:
        """Gives the name to a wallet, unless another one has it."""
        return Put(self.key, {"wal": wallet.id, "cust": wallet.customer, "name": self.name, **more}, when=ABSENT)


def wallet_creation(name: WalletName, by: str, now: int, **more: Any) -> list[Write]:
    """What makes a wallet's name its own and says so, beside the wallet itself."""
    return [name.taking(name.wallet, **more), wallet_change(name.scope, name.wallet, 0, "created", by, now, name.name)]


def wallet_change(
    scope: str, wallet: TenantWallet, revision: int, what: str, by: str, now: int, name: str, before: str | None = None
) -> Put:
    """The record of a change of a wallet, from which the event is made."""
    item: Mapping[str, Any] = {
        "what": what,
        "wal": wallet.id,
        "asset": wallet.asset,
        "cust": wallet.customer,
        "name": name,
        "was": before,
        "by": by,
        "at": now,
    }
    key = wallet_keys.wallet_change_key(scope, wallet.id, revision)
    return Put(key, {field: value for field, value in item.items() if value is not None}, when=ABSENT)


def spelling(name: str) -> str:
    """What names are compared by: neither case, nor spacing, nor the way a letter is coded tells two apart."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def require_named_wallet(store: Store, name: WalletName, wallet: TenantWallet | None) -> TenantWallet:
    """The wallet that has the name. Raises `wallet_name_unknown` with the names that are nearest to it."""
    if wallet is not None:
        return wallet
    near = near_names(store, name)
    offered = ", ".join(f'"{each["name"]}"' for each in near)
    meant = f"Did you mean {offered}?" if near else "GET /api/v1/wallets lists your wallets."
    raise WALLET_NAME_UNKNOWN(
        f'No wallet is named "{name.name}". {meant} To make a wallet of this name, send create_wallet.',
        figures={"near": near},
    )


def near_names(store: Store, wanted: WalletName) -> list[dict[str, str]]:
    """Wallets whose names are much like a name, the nearest first: in other order, with a letter more or less."""
    from difflib import SequenceMatcher  # only after a refusal

    words = " ".join(sorted(spelling(wanted.name).split()))
    alike: list[tuple[float, str, str]] = []
    after, compared = None, 0
    while compared < _MOST_COMPARED:
        records, after = money_entries.load_wallet_records(store, wanted.scope, limit=100, after=after)
        for record in records:
            name, id = read_wallet_name(record), record["g3s"]
            if name is None or record["asset"] != INR or "closed" in record:
                continue
            same = SequenceMatcher(None, words, " ".join(sorted(spelling(name).split()))).ratio()
            if same >= _ALIKE:
                alike.append((-same, name, id))
        compared += len(records)
        if after is None:
            break
    return [{"wallet_id": id, "name": name} for _, name, id in sorted(alike)[:_MOST_NEAR]]
