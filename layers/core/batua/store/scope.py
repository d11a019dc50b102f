"""A key of either table, and the books of a tenant in one mode, with which most keys of the ledger begin."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..ids import is_id

Mode = Literal["live", "test"]
TableName = Literal["ledger", "directory"]


class Key(NamedTuple):
    table: TableName
    pk: str
    sk: str


class Scope(str):
    """The books of a tenant in one mode, as the beginning of partition keys.

    Stored as text (`L#ten_…`, `T#ten_…`): live and sandbox differ in the first letter, so neither can name the
    other's. Made by `scope`, or from a stored text by `Scope.of`.
    """

    __slots__ = ()

    @classmethod
    def of(cls, text: str) -> Scope:
        """Raises ValueError for a text that is no scope."""
        prefix, _, tenant = text.partition("#")
        if prefix not in ("L", "T") or not is_id(tenant, "ten"):
            raise ValueError("not a scope")
        return cls(text)

    @property
    def mode(self) -> Mode:
        return "live" if self[0] == "L" else "test"

    @property
    def tenant(self) -> str:
        return self.partition("#")[2]


def scope(mode: Mode, owner: str) -> Scope:
    """The books of the tenant `owner`: a merchant's own, or those of the owner of its program."""
    require_id(owner, "ten")
    return Scope(f"{'L' if mode == 'live' else 'T'}#{owner}")


def scope_of(partition: str) -> Scope:
    """The scope that a partition key of the ledger table begins with."""
    prefix, tenant, *_ = partition.split("#", 2)
    return Scope.of(f"{prefix}#{tenant}")


def require_id(value: str, *prefixes: str) -> None:
    # What reaches a key has been validated at the edge; this holds even where someone forgets to.
    if not is_id(value, *prefixes):
        raise ValueError(f"not an id of kind {'/'.join(prefixes)}")
