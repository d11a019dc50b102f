"""What a tenant has connected, in one record: so that of two connections made in the same instant one is the second.

The index that lists connections lags behind them, and whoever reads it does not see what is being written. This record
is read consistently and changed in the transaction that makes or deletes a connection, under its version.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from .. import errors
from ..store import keys
from ..store.connection_keys import open_connections_key
from ..store.store import Cancelled, Contended, Store
from ..store.versions import VersionedRecord, load_versioned
from ..store.writes import Put, Write
from .model import Connection, read_connection

_TRIES: Final = 12
"""A dozen connections that are made at once go through one after the other."""


@dataclass(frozen=True, slots=True)
class OpenConnection:
    id: str
    mode: str
    system: str
    names_shop: bool


@dataclass(frozen=True, slots=True)
class OpenConnections:
    record: VersionedRecord
    listed: tuple[OpenConnection, ...]

    def with_one(self, connection: Connection) -> Put:
        return self._replacement([*self.listed, _entry(connection)])

    def without(self, id: str) -> Put:
        return self._replacement([each for each in self.listed if each.id != id])

    def _replacement(self, entries: Iterable[OpenConnection]) -> Put:
        return self.record.replacement(
            {"open": [[each.id, each.mode, each.system, each.names_shop] for each in entries]}
        )


def load_open_connections(store: Store, tenant: str) -> OpenConnections:
    """Where none has been made or deleted since there is such a record, from the index, which knows those of before."""
    record = load_versioned(store, open_connections_key(tenant))
    if record.stored is not None:
        return OpenConnections(record, tuple(OpenConnection(*each) for each in record.stored["open"]))
    listed = store.query_all("directory", keys.connections_partition(tenant), index="by_parent")
    return OpenConnections(record, tuple(_entry(read_connection(each)) for each in listed))


def commit_connection(store: Store, tenant: str, writes: Callable[[OpenConnections], list[Write]]) -> None:
    """Commits what `writes` makes of the open connections, their record first; of newer ones where others were made or
    deleted meanwhile. What is raised by `writes` is the answer. Raises `version_conflict`.
    """
    for _ in range(_TRIES):
        try:
            store.commit(writes(load_open_connections(store, tenant)))
        except Cancelled as cancelled:
            if not cancelled.reasons[0].failed:
                break  # not the list, but the connection itself has changed
        except Contended as contended:
            if contended.outcome_unknown:
                raise
            store.sleep(random.uniform(0, 0.1))  # noqa: S311 - the spread of retries
        else:
            return
    raise errors.VERSION_CONFLICT()


def _entry(connection: Connection) -> OpenConnection:
    return OpenConnection(connection.id, connection.mode, connection.system, connection.shop is not None)
