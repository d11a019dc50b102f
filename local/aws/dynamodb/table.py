"""A moto table that keeps sorted views, replaces items whole, and reports what changed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from moto.dynamodb.comparisons import AttributePath
from moto.dynamodb.exceptions import (
    ItemSizeTooLarge,
    ItemSizeToUpdateTooLarge,
    MockValidationException,
)
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import GlobalSecondaryIndex, SecondaryIndex, Table

from .sizes import ITEM_LIMIT, attributes_size, index_entry, item_size
from .views import Entry, View, bounds

PAGE_LIMIT = 1024 * 1024

Page = tuple[list[Item], int, dict[str, Any] | None]
Listener = Callable[[Item | None, Item | None], None]


class IndexedTable(Table):
    """Closes four traps of `Table`.

    - A query sorts and filters the whole table: here it bisects one partition.
    - An update changes the stored item in place, so a failed one leaves half of itself behind and a reader can see it:
      here a stored item is never changed, only replaced (`store`).
    - A page that ends exactly at `Limit` has no LastEvaluatedKey: DynamoDB always gives one.
    - The stream is a list that only grows: here a listener is told of each change after it is committed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._views: dict[str | None, View] = {}
        self.listener: Listener | None = None
        self.bytes_read = 0
        super().__init__(*args, **kwargs)

    def set_stream_specification(self, streams: dict[str, Any] | None) -> None:
        super().set_stream_specification(streams)
        self.stream_shard = None

    # Writing

    def current(self, key: dict[str, Any]) -> Item | None:
        return self.get_item(*self.key_of(key))

    def key_of(self, attributes: dict[str, Any]) -> tuple[DynamoType, DynamoType | None]:
        try:
            hash_key = DynamoType(attributes[self.hash_key_attr])
            return hash_key, DynamoType(attributes[self.range_key_attr]) if self.range_key_attr else None
        except KeyError:
            raise MockValidationException("The provided key element does not match the schema") from None

    def get_item(
        self,
        hash_key: DynamoType,
        range_key: DynamoType | None = None,
        projection_expression: list[list[str]] | None = None,
    ) -> Item | None:
        """As moto's, but a look-up of something missing leaves no empty partition behind."""
        if self.has_range_key and range_key is None:
            raise MockValidationException("The provided key element does not match the schema")
        held: Any = self.items.get(hash_key)
        item: Item | None = held.get(range_key) if held is not None and self.has_range_key else held
        if item is not None and projection_expression:
            return item.project(projection_expression)
        return item

    def draft(self, attributes: dict[str, Any]) -> Item:
        """The item that a put would store, with every check that DynamoDB makes before it stores."""
        for name in self.table_key_attrs:
            if name not in attributes:
                raise MockValidationException(
                    f"One or more parameter values were invalid: Missing the key {name} in the item"
                )
        item = Item(*self.key_of(attributes), attributes)
        self._validate_item_types(attributes)
        self.check(item, ItemSizeTooLarge)
        return item

    def check(self, item: Item, too_large: type[Exception] = ItemSizeToUpdateTooLarge) -> None:
        """Key types and sizes, for the table's keys and the indexes', and the size of the whole item."""
        types = {definition["AttributeName"]: definition["AttributeType"] for definition in self.attr}
        for name in self.table_key_attrs:
            _check_key(name, item.attrs[name], types[name], None)
        for index in self.all_indexes():
            for name in index.schema_key_attrs:
                if name in item.attrs:
                    _check_key(name, item.attrs[name], types[name], index.name)
        self._validate_key_sizes({name: item.attrs[name].to_json() for name in types if name in item.attrs})
        if item_size(item) > ITEM_LIMIT:
            raise too_large()

    def store(self, before: Item | None, after: Item | None) -> None:
        """Replace an item. Nothing in here can fail: whatever can be refused is refused in `draft` and `check`."""
        for view in self._current_views().values():
            view.swap(before, after)
        held: Any = self.items
        if after is not None:
            if self.has_range_key:
                held[after.hash_key][after.range_key] = after
            else:
                held[after.hash_key] = after
        elif before is not None:
            if self.has_range_key:
                del held[before.hash_key][before.range_key]
                if not held[before.hash_key]:
                    del held[before.hash_key]
            else:
                del held[before.hash_key]

    def put_item(self, item_attrs: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
        """For moto's own callers (PartiQL, imports), which put without a condition."""
        before, after = self.current(item_attrs), self.draft(item_attrs)
        self.store(before, after)
        self.committed(before, after)
        return after

    def delete_item(self, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
        before = self.get_item(hash_key, range_key)
        self.store(before, None)
        self.committed(before, None)
        return before

    def committed(self, before: Item | None, after: Item | None) -> None:
        """Tell the stream, which has no record of a write that changed nothing."""
        if self.listener and (before is not after) and (before is None or after is None or before.attrs != after.attrs):
            self.listener(before, after)

    # Reading

    def _current_views(self) -> dict[str | None, View]:
        indexes = self.all_indexes()
        if len(self._views) != len(indexes) + 1 or any(index.name not in self._views for index in indexes):
            self._views = {None: View(self.hash_key_attr, [self.range_key_attr or self.hash_key_attr])}
            self._views |= {index.name: self._index_view(index) for index in indexes}
            for item in self.all_items():
                for view in self._views.values():
                    view.swap(None, item)
        return self._views

    def _index_view(self, index: SecondaryIndex) -> View:
        hash_key, *order = sorted(index.schema, key=lambda element: element["KeyType"] != "HASH")
        return View(hash_key["AttributeName"], [*(key["AttributeName"] for key in order), *self.table_key_attrs])

    def query(
        self,
        hash_key: DynamoType | None,
        range_comparison: str | None,
        range_objs: list[DynamoType],
        limit: int,
        exclusive_start_key: dict[str, Any],
        scan_index_forward: bool,
        projection_expressions: list[list[str]] | None,
        index_name: str | None = None,
        consistent_read: bool = False,
        filter_expression: Any = None,
        hash_key_conditions: list[tuple[str, DynamoType]] | None = None,
        range_key_conditions: list[tuple[str, str, list[DynamoType]]] | None = None,
        **filter_kwargs: Any,
    ) -> Page:
        index = self.get_index(index_name, error_if_not=True) if index_name else None
        if consistent_read and isinstance(index, GlobalSecondaryIndex):
            raise MockValidationException("Consistent reads are not supported on global secondary indexes")
        if filter_kwargs or len(hash_key_conditions or ()) > 1 or len(range_key_conditions or ()) > 1:
            raise NotImplementedError("QueryFilter and keys of several attributes are not served by the local table")
        assert hash_key is not None
        _refuse_filter_on_keys(filter_expression, index.schema_key_attrs if index else self.table_key_attrs)
        view = self._current_views()[index_name]
        entries = view.partition(hash_key)
        low, high = bounds(entries, range_comparison, range_objs)
        selected = _after(entries[low:high], view, exclusive_start_key, scan_index_forward is not False)
        page, stopped = self._page(selected, index, limit)
        last = _json(self._get_last_evaluated_key(page[-1], index_name)) if stopped else None
        return _shape(page, index, filter_expression, projection_expressions), len(page), last

    def _page(self, entries: list[Entry], index: SecondaryIndex | None, limit: int | None) -> tuple[list[Item], bool]:
        """The items that DynamoDB evaluates for one response, and whether it stopped before it saw the end."""
        page: list[Item] = []
        self.bytes_read = 0
        for _, item in entries:
            if self.bytes_read >= PAGE_LIMIT:
                return page, True
            self.bytes_read += item_size(item) if index is None else _entry_size(index, item)
            page.append(item)
            if len(page) == limit:
                return page, True
        return page, False

    def scan(
        self,
        filters: dict[str, Any],
        limit: int,
        exclusive_start_key: dict[str, Any],
        filter_expression: Any = None,
        index_name: str | None = None,
        consistent_read: bool = False,
        projection_expression: list[list[str]] | None = None,
        segments: tuple[None, None] | tuple[int, int] = (None, None),
    ) -> Page:
        """moto's scan, except that what the filter drops is counted as read, as DynamoDB does."""
        page, scanned, last = super().scan(
            filters, limit, exclusive_start_key, None, index_name, consistent_read, None, segments
        )
        self.bytes_read = sum(item_size(item) for item in page)
        return _shape(page, None, filter_expression, projection_expression), scanned, last


def _check_key(name: str, value: DynamoType, expected: str, index: str | None) -> None:
    where = f"Index Key {name}" if index else f"key {name}"
    suffix = f" IndexName: {index}" if index else ""
    if value.type != expected:
        raise MockValidationException(
            "One or more parameter values were invalid: "
            f"Type mismatch for {where} expected: {expected} actual: {value.type}{suffix}"
        )
    if value.value in ("", b""):
        raise MockValidationException(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            f"empty string value. {'IndexKey' if index else 'Key'}: {name}{suffix}"
        )


def _refuse_filter_on_keys(expression: Any, keys: list[str]) -> None:
    """Keys are for the key condition; moto lets a filter name them, DynamoDB does not."""
    if isinstance(expression, AttributePath) and expression.path[0] in keys:
        raise MockValidationException(
            "Filter Expression can only contain non-primary key attributes: "
            f"Primary key attribute: {expression.path[0]}"
        )
    for name in ("lhs", "rhs"):
        if operand := getattr(expression, name, None):
            _refuse_filter_on_keys(operand, keys)
    for argument in getattr(expression, "arguments", ()):
        _refuse_filter_on_keys(argument, keys)


def _after(entries: list[Entry], view: View, start: dict[str, Any] | None, forward: bool) -> list[Entry]:
    position = view.position(start) if start else None
    if forward:
        return entries if position is None else [entry for entry in entries if entry[0] > position]
    kept = entries if position is None else [entry for entry in entries if entry[0] < position]
    return kept[::-1]


def _entry_size(index: SecondaryIndex, item: Item) -> int:
    entry = index_entry(index, item) or {}
    return item_size(item) if entry is item.attrs else attributes_size(entry.items())


def _json(key: dict[str, Any]) -> dict[str, Any]:
    return {name: value.to_json() if isinstance(value, DynamoType) else value for name, value in key.items()}


def _shape(
    page: list[Item], index: SecondaryIndex | None, filter_expression: Any, projection: list[list[str]] | None
) -> list[Item]:
    """Projected by the index, then filtered, then projected by the request."""
    items = page if index is None else [_pick(item, index_entry(index, item)) for item in page]
    if filter_expression is not None:
        items = [item for item in items if filter_expression.expr(item)]
    return [item.project(projection) for item in items] if projection else items


def _pick(item: Item, attributes: dict[str, DynamoType] | None) -> Item:
    if attributes is item.attrs or attributes is None:
        return item
    picked = copy.copy(item)
    picked.attrs = LimitedSizeDict()
    picked.__dict__.pop("bytes", None)
    for name, value in attributes.items():
        dict.__setitem__(picked.attrs, name, value)
    return picked
