"""The two tables: read many, write one, query, and commit a transaction."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from .. import errors
from ..aws import client
from ..settings import settings
from .codec import decode, encode_value
from .keys import Key, TableName
from .writes import Expression, Put, Update, Write, operation, render_write

Record = dict[str, Any]
Found = dict[Key, Record | None]

INDEX_KEYS: Final = {
    None: ("pk", "sk"),
    "statement": ("g1p", "g1s"),
    "activity": ("g2p", "g2s"),
    "due": ("g3p", "g3s"),
    "by_parent": ("g1p", "g1s"),
    "by_name": ("g2p", "g2s"),
}
"""Index -> its partition and sort attribute."""

_BATCH_SIZE: Final = 100
_CONTENDED: Final = frozenset(
    {
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
        "ThrottlingError",
        "ThrottlingException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
    }
)

_UNFINISHED: Final = frozenset({"TransactionInProgressException", "InternalServerError", "ServiceUnavailable"})
"""Of these, the codes after which a transaction may still take effect."""

_SILENCE: Final = (ConnectionError, HTTPClientError)
"""No reply came, although botocore tried more than once: the request may or may not have been carried out."""


class ConditionFailed(Exception):
    """A single write's condition did not hold. `item` is the stored item, None where there is none."""

    def __init__(self, item: Record | None) -> None:
        super().__init__("the condition of a write did not hold")
        self.item = item


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one write of a transaction was refused; `failed`: its condition did not hold. `item` is the stored item."""

    code: str
    item: Record | None

    @property
    def failed(self) -> bool:
        return self.code == "ConditionalCheckFailed"

    @property
    def conflict(self) -> bool:
        """Another transaction was at the item."""
        return self.code == "TransactionConflict"


class Cancelled(Exception):
    """Nothing was written, as at least one condition did not hold. One reason per write, in their order."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = tuple(reasons)


class Contended(Exception):
    """Another transaction was at the items, or capacity was short, or no reply came. Safe to send again unchanged.

    `reasons`: of a transaction that DynamoDB cancelled, one per write, in their order. `outcome_unknown`: no answer
    says that nothing was written, so it may have been, or may yet be.
    """

    def __init__(self, why: str, reasons: Sequence[Reason] = (), *, outcome_unknown: bool = False) -> None:
        super().__init__(why)
        self.reasons = tuple(reasons)
        self.outcome_unknown = outcome_unknown


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Record]
    last: dict[str, Any] | None
    """Where the next page begins, in DynamoDB's form; None at the end."""


class Store:
    """One client and the names of the tables it serves."""

    def __init__(
        self, dynamodb: Any, ledger: str, directory: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._dynamodb = dynamodb
        self.sleep = sleep
        self._tables: dict[TableName, str] = {"ledger": ledger, "directory": directory}

    def read(self, keys: Iterable[Key], *, consistent: bool = True) -> Found:
        """The items of these keys, None where there is none. One round trip per hundred; strongly consistent."""
        wanted = list(dict.fromkeys(keys))
        found: Found = dict.fromkeys(wanted)
        for start in range(0, len(wanted), _BATCH_SIZE):
            self._read_batch(wanted[start : start + _BATCH_SIZE], found, consistent)
        return found

    def _read_batch(self, keys: Sequence[Key], found: Found, consistent: bool) -> None:
        logical = {name: table for table, name in self._tables.items()}
        request: dict[str, Any] = {}
        for key in keys:
            table = request.setdefault(self._tables[key.table], {"Keys": [], "ConsistentRead": consistent})
            table["Keys"].append(_wire_key(key))
        for pause in _pauses():
            answer = self._with_backoff(self._dynamodb.batch_get_item, {"RequestItems": request})
            for name, records in answer["Responses"].items():
                for record in map(decode, records):
                    found[Key(logical[name], record["pk"], record["sk"])] = record
            request = answer.get("UnprocessedKeys") or {}
            if not request:
                return
            self.sleep(pause)
        raise Contended("some items could not be read")

    def write(self, write: Put | Update, *, return_old_on_failure: bool = True) -> None:
        """One write alone. Raises ConditionFailed with the stored item, Contended where it may be sent again.

        Without `return_old_on_failure` the item is not returned: a role that may read a few attributes of an item must
        not ask for all. botocore itself sends a write again after a lost reply, so that a condition may fail because of
        the write's own first arrival: compare the item that comes back.
        """
        self._write_one(write, return_old_on_failure=return_old_on_failure)

    def update(self, update: Update) -> Record:
        """One update alone, as `write` does it. Returns the item as it is then."""
        answer = self._write_one(update, ReturnValues="ALL_NEW")
        return decode(answer["Attributes"])

    def _write_one(self, write: Put | Update, *, return_old_on_failure: bool = True, **more: str) -> dict[str, Any]:
        request = render_write(write, self._tables[write.key.table], return_old_on_failure=return_old_on_failure)
        call = {Put: self._dynamodb.put_item, Update: self._dynamodb.update_item}[type(write)]
        for pause in _pauses():
            try:
                answer: dict[str, Any] = call(**request, **more)
                return answer
            except ClientError as refusal:
                response: Any = refusal.response
                if response["Error"]["Code"] == "ConditionalCheckFailedException":
                    item = response.get("Item")
                    raise ConditionFailed(decode(item) if item else None) from refusal
                _raise_unless_contended(refusal)
            except _SILENCE as silence:
                raise Contended("no reply came") from silence
            self.sleep(pause)
        raise Contended("the item could not be written")

    def write_new(self, put: Put) -> None:
        """Puts an item under an id that only this caller knows. Raises ConditionFailed where another item is there.

        The same item is there already where botocore sent the write again after a lost reply: then it has been written.
        """
        try:
            self.write(put)
        except ConditionFailed as refused:
            written = render_write(put, self._tables[put.key.table])["Item"]
            if refused.item != decode(written):
                raise

    def commit(self, writes: Sequence[Write], *, caller: str = "") -> None:
        """All writes or none. Raises Cancelled where a condition failed, Contended where it may be tried again.

        The token is derived from the content: the same writes sent twice, after a lost reply, are applied once, and
        other writes never share a token. Where two callers can make the same writes, `caller` tells them apart: the
        second is then checked against its conditions instead of being answered with the first one's success.
        """
        items = [{operation(write): render_write(write, self._tables[write.key.table])} for write in writes]
        try:
            self._dynamodb.transact_write_items(TransactItems=items, ClientRequestToken=_token(items, caller))
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] == "TransactionCanceledException":
                raise _cancellation(refusal) from refusal
            _raise_unless_contended(refusal)
            unknown = refusal.response["Error"]["Code"] in _UNFINISHED
            raise Contended(str(refusal), outcome_unknown=unknown) from refusal
        except _SILENCE as silence:
            raise Contended("no reply came", outcome_unknown=True) from silence

    def query(
        self,
        table: TableName,
        partition: str,
        *,
        index: str | None = None,
        since: str | None = None,
        until: str | None = None,
        beginning: str | None = None,
        descending: bool = False,
        limit: int | None = None,
        after: dict[str, Any] | None = None,
        consistent: bool = False,
    ) -> Page:
        """One page of a partition, sorted. `since` and `until` (inclusive) bound the sort key; or `beginning` does."""
        if since is not None and until is not None and since > until:
            return Page([], None)  # DynamoDB refuses such bounds
        expression = Expression()
        pk, sk = INDEX_KEYS[index]
        parts = [f"{expression.name(pk)} = {expression.value(partition)}"]
        if beginning is not None:
            parts.append(f"begins_with({expression.name(sk)}, {expression.value(beginning)})")
        elif since is not None and until is not None:
            parts.append(f"{expression.name(sk)} BETWEEN {expression.value(since)} AND {expression.value(until)}")
        elif since is not None:
            parts.append(f"{expression.name(sk)} >= {expression.value(since)}")
        elif until is not None:
            parts.append(f"{expression.name(sk)} <= {expression.value(until)}")
        request: dict[str, Any] = {
            "TableName": self._tables[table],
            "KeyConditionExpression": " AND ".join(parts),
            "ScanIndexForward": not descending,
        }
        if index:
            request["IndexName"] = index
        if limit:
            request["Limit"] = limit
        if after:
            request["ExclusiveStartKey"] = {name: encode_value(value) for name, value in after.items()}
        if consistent:
            request["ConsistentRead"] = True
        answer = self._with_backoff(self._dynamodb.query, expression.into(request))
        last = answer.get("LastEvaluatedKey")
        return Page([decode(record) for record in answer["Items"]], decode(last) if last else None)

    def query_all(self, table: TableName, partition: str, **bounds: Any) -> Iterable[Record]:
        """Every item of a partition, page after page."""
        after: dict[str, Any] | None = None
        while True:
            page = self.query(table, partition, after=after, **bounds)
            yield from page.items
            after = page.last
            if after is None:
                return

    def scan_all(self, table: TableName, *, beginning: str) -> Iterable[Record]:
        """Every item whose partition key begins so, in no order, strongly read. It pays for reading the whole table."""
        after: dict[str, Any] | None = None
        while True:
            page = self.scan(table, beginning=beginning, after=after)
            yield from page.items
            after = page.last
            if after is None:
                return

    def scan(self, table: TableName, *, beginning: str, after: dict[str, Any] | None = None) -> Page:
        """One page of such items. It may be empty although more pages follow."""
        expression = Expression()
        request: dict[str, Any] = {
            "TableName": self._tables[table],
            "FilterExpression": f"begins_with({expression.name('pk')}, {expression.value(beginning)})",
            "ConsistentRead": True,
        }
        if after:
            request["ExclusiveStartKey"] = {name: encode_value(value) for name, value in after.items()}
        answer = self._with_backoff(self._dynamodb.scan, expression.into(request))
        last = answer.get("LastEvaluatedKey")
        return Page([decode(record) for record in answer["Items"]], decode(last) if last else None)

    def _with_backoff(self, call: Callable[..., Any], request: dict[str, Any]) -> Any:
        """The response to a request that is safe to repeat. Raises Contended after several tries."""
        for pause in _pauses():
            try:
                return call(**request)
            except ClientError as refusal:
                _raise_unless_contended(refusal)
            except _SILENCE as silence:
                raise Contended("no reply came") from silence
            self.sleep(pause)
        raise Contended("capacity was short")


@lru_cache(maxsize=1)
def _shared(ledger: str, directory: str) -> Store:
    return Store(client("dynamodb"), ledger, directory)


def store() -> Store:
    """The function's store."""
    current = settings()
    return _shared(current.ledger_table, current.directory_table)


def reset_store() -> None:
    _shared.cache_clear()


def commit_creation(store: Store, writes: Sequence[Write], *, caller: str) -> Record | None:
    """Commits writes of which the first makes a record that must not be there yet.

    None once it is made; the record that is there already, where an earlier coming of the request was quicker. Raises
    Cancelled where another condition failed.
    """
    try:
        store.commit(writes, caller=caller)
    except Cancelled as cancelled:
        stored = cancelled.reasons[0].item
        if stored is None:
            raise
        return stored
    return None


def commit_unless_changed(store: Store, writes: Sequence[Write], *, caller: str = "") -> None:
    """Commits writes whose conditions say what was read. Raises `version_conflict` where that has changed since."""
    try:
        store.commit(writes, caller=caller)
    except Cancelled:
        raise errors.VERSION_CONFLICT() from None


def _wire_key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _token(items: list[dict[str, Any]], caller: str) -> str:
    content = caller + json.dumps(items, sort_keys=True, default=bytes.hex)
    return hashlib.sha256(content.encode()).hexdigest()[:36]


def _cancellation(refusal: ClientError) -> Exception:
    response: Any = refusal.response
    reasons = [
        Reason(reason.get("Code") or "None", decode(reason["Item"]) if reason.get("Item") else None)
        for reason in response.get("CancellationReasons", [])
    ]
    if any(reason.failed for reason in reasons):
        return Cancelled(reasons)
    if any(reason.code in _CONTENDED for reason in reasons):
        return Contended(str(Cancelled(reasons)), reasons)
    return refusal


def _raise_unless_contended(refusal: ClientError) -> None:
    if refusal.response["Error"]["Code"] not in _CONTENDED:
        raise refusal


def _pauses(tries: int = 6) -> Iterable[float]:
    """Seconds to wait after each try: full jitter, the bound growing from 25 ms to 800 ms."""
    return (random.uniform(0, 0.025 * 2**attempt) for attempt in range(tries))
