"""GetItem, BatchGetItem, TransactGetItems, Query and Scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zlib import crc32

from local.aws.meter import Call

from .errors import Item, ValidationError
from .expressions import (
    Condition,
    Projection,
    parse_condition,
    parse_key_condition,
    parse_projection,
    require_all_used,
)
from .paths import Context
from .tables import Index, Row, Table, read_units
from .values import Value, kind_of, with_bytes
from .writes import returned

PAGE_BYTES = 1024 * 1024
BATCH_LIMIT = 100
BATCH_BYTES = 16 * 1024 * 1024
TRANSACTION_LIMIT, TRANSACTION_BYTES = 100, 4 * 1024 * 1024

Request = dict[str, Any]


def factor(request: Request) -> float:
    """Read units of an eventually consistent read are half those of a strong one."""
    return 1 if request.get("ConsistentRead") else 0.5


def context_of(request: Request) -> Context:
    return Context(request.get("ExpressionAttributeNames") or {}, request.get("ExpressionAttributeValues") or {})


def get(table: Table, request: Request, call: Call) -> Item | None:
    row = _row(table, request, call, factor(request))
    return _projected(row, request) if row else None


def batch_get(tables: Callable[[str], Table], request: Request, call: Call) -> tuple[dict[str, list[Item]], Request]:
    """Items by table, and what is to be asked for again because it is behind the first 16 MB."""
    wanted = sum(len(part["Keys"]) for part in request["RequestItems"].values())
    if not 1 <= wanted <= BATCH_LIMIT:
        raise ValidationError("Too many items requested for the BatchGetItem call")
    found: dict[str, list[Item]] = {}
    left: Request = {}
    size = 0
    for name, part in request["RequestItems"].items():
        table, shared = tables(name), {each: value for each, value in part.items() if each != "Keys"}
        keys = [table.key_of(key) for key in part["Keys"]]
        if len(set(keys)) != len(keys):
            raise ValidationError("Provided list of item keys contains duplicates")
        found[name] = []
        for number, key in enumerate(part["Keys"]):
            if size >= BATCH_BYTES:
                left[name] = {**shared, "Keys": part["Keys"][number:]}
                break
            one = {**shared, "Key": key}
            if row := _row(table, one, call, factor(shared)):
                size += row.size
                found[name].append(_projected(row, one))
    return found, left


def transact_get(tables: Callable[[str], Table], request: Request, call: Call) -> list[Item | None]:
    wanted = [item["Get"] for item in request["TransactItems"]]
    if not 1 <= len(wanted) <= TRANSACTION_LIMIT:
        raise ValidationError(f"A transaction reads 1 to {TRANSACTION_LIMIT} items")
    rows = [_row(tables(one["TableName"]), one, call, 2) for one in wanted]
    if sum(row.size for row in rows if row) > TRANSACTION_BYTES:
        raise ValidationError("The aggregate size of the items in the transaction exceeds the 4MB limit")
    return [_projected(row, one) if row else None for row, one in zip(rows, wanted, strict=True)]


def _row(table: Table, request: Request, call: Call, weight: float) -> Row | None:
    row = table.read(table.key_of(request["Key"]))
    projection, context = _projection(request), context_of(request)
    require_all_used(context.names, context.values, [projection.labels] if projection else [])
    call.on(table.name).items.read += read_units(row.size if row else 0) * weight
    return row


def _projected(row: Row, request: Request) -> Item:
    projection = _projection(request)
    return project(returned(row), projection, context_of(request)) if projection else returned(row)


def query(table: Table, request: Request, call: Call) -> dict[str, Any]:
    index = table.index(request.get("IndexName"))
    if request.get("ConsistentRead") and index and index.is_global:
        raise ValidationError("Consistent reads are not supported on global secondary indexes")
    if "KeyConditionExpression" not in request:
        raise ValidationError("Either the KeyConditions or KeyConditionExpression parameter must be specified")
    context = context_of(request)
    keys = parse_key_condition(request["KeyConditionExpression"])
    filtering, projection = _filter(request), _projection(request)
    used = [keys.labels, *(each.labels for each in (filtering, projection) if each)]
    require_all_used(context.names, context.values, used)
    _refuse_filter_on_keys(filtering, context, index.keys if index else table.keys)
    where, values = _bounds(table, index, keys.parts, context)
    forward = request.get("ScanIndexForward", True) is not False
    if start := request.get("ExclusiveStartKey"):
        more, after = _behind(table, index, start, forward, one_partition=True)
        where, values = f"{where} AND {more}", [*values, *after]
    return _page(table, index, request, call, where, values, filtering, projection, forward)


def scan(table: Table, request: Request, call: Call) -> dict[str, Any]:
    index = table.index(request.get("IndexName"))
    context = context_of(request)
    filtering, projection = _filter(request), _projection(request)
    require_all_used(context.names, context.values, [each.labels for each in (filtering, projection) if each])
    where: str = "1"
    values: list[Any] = []
    if start := request.get("ExclusiveStartKey"):
        where, values = _behind(table, index, start, True, one_partition=False)
    return _page(table, index, request, call, where, values, filtering, projection, True)


def _page(
    table: Table,
    index: Index | None,
    request: Request,
    call: Call,
    where: str,
    values: list[Any],
    filtering: Condition | None,
    projection: Projection | None,
    forward: bool,
) -> dict[str, Any]:
    """What DynamoDB evaluates for one response: until `Limit`, until 1 MB, or until the end."""
    limit, context = request.get("Limit"), context_of(request)
    if limit is not None and limit < 1:
        raise ValidationError("Limit must be greater than or equal to 1")
    items: list[Item] = []
    scanned, size, last = 0, 0, None
    segments = (request.get("Segment"), request.get("TotalSegments"))
    with table.database.lock:
        for row, place in table.scan_rows(index, where, values, forward=forward):
            if segments[1] and crc32(place[0].encode()) % segments[1] != segments[0]:
                continue
            if size >= PAGE_BYTES:
                break
            size += row.size if index is None else index._size(row)
            scanned += 1
            last = row
            shown = row.item if index is None else index.project(row.item)
            if filtering is None or filtering.test(shown, context):
                if binaries := row.binaries:
                    shown = with_bytes(shown, binaries)
                items.append(project(shown, projection, context) if projection else shown)
            if scanned == limit:
                break
        else:
            last = None
    units = call.on(table.name)
    target = units.index(index.name) if index else units.items
    target.read += read_units(size) * factor(request)
    answer: dict[str, Any] = {"Count": len(items), "ScannedCount": scanned}
    if request.get("Select") != "COUNT":
        answer["Items"] = items
    if last is not None:
        names = dict.fromkeys((*table.keys, *(index.keys if index else ())))
        answer["LastEvaluatedKey"] = {name: last.item[name] for name in names}
    return answer


def _bounds(
    table: Table, index: Index | None, parts: tuple[tuple[str, str, tuple[str, ...]], ...], context: Context
) -> tuple[str, list[Any]]:
    hash_name, range_name = (index.hash, index.range) if index else (table.hash, table.range)
    columns = ("k.hash", "k.range") if index else ("pk", "sk")
    where: dict[str, str] = {}
    values: dict[str, list[Any]] = {}
    for label, comparison, labels in parts:
        name = context.name(label)
        if name not in (hash_name, range_name) or name in where:
            raise ValidationError(f"Query key condition not supported: {name}")
        given = [_key_text(table, name, context.value(each)) for each in labels]
        if name == hash_name and comparison != "=":
            raise ValidationError("Query key condition not supported")
        where[name], values[name] = _comparison(columns[name != hash_name], comparison, given)
    if hash_name not in where:
        raise ValidationError(f"Query condition missed key schema element: {hash_name}")
    return " AND ".join(where[name] for name in where), [value for name in where for value in values[name]]


def _comparison(column: str, comparison: str, given: list[str]) -> tuple[str, list[Any]]:
    if comparison == "BETWEEN":
        if given[0] > given[1]:
            raise ValidationError(
                "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal "
                "to lower bound"
            )
        return f"{column} BETWEEN ? AND ?", list(given)
    if comparison == "begins_with":
        end = _next_prefix(given[0])
        return (f"{column} >= ? AND {column} < ?", [given[0], end]) if end else (f"{column} >= ?", [given[0]])
    return f"{column} {comparison} ?", list(given)


def _next_prefix(prefix: str) -> str | None:
    """The smallest text that is larger than every text with this prefix."""
    while prefix:
        code = ord(prefix[-1]) + 1
        if code <= 0x10FFFF:
            return prefix[:-1] + chr(0xE000 if 0xD800 <= code < 0xE000 else code)
        prefix = prefix[:-1]
    return None


def _key_text(table: Table, name: str, value: Value) -> str:
    if kind_of(value) != table.types[name]:
        raise ValidationError(
            "One or more parameter values were invalid: Condition parameter type does not match schema type"
        )
    return str(value["S"])


def _behind(
    table: Table, index: Index | None, start: Item, forward: bool, *, one_partition: bool
) -> tuple[str, list[Any]]:
    """Rows behind an ExclusiveStartKey, whether an item is there or not."""
    sign = ">" if forward else "<"
    try:
        pk, sk = table.key_of({name: start[name] for name in table.keys})
        if index is None:
            return (f"sk {sign} ?", [sk]) if one_partition else (f"(pk, sk) {sign} (?, ?)", [pk, sk])
        key = index.key_of(start)
    except KeyError:
        key = None
    if index is None or key is None:
        raise ValidationError("The provided starting key is invalid")
    if one_partition:
        return f"(k.range, k.pk, k.sk) {sign} (?, ?, ?)", [key[1], pk, sk]
    return f"(k.hash, k.range, k.pk, k.sk) {sign} (?, ?, ?, ?)", [*key, pk, sk]


def _filter(request: Request) -> Condition | None:
    return parse_condition(request["FilterExpression"], "FilterExpression") if "FilterExpression" in request else None


def _projection(request: Request) -> Projection | None:
    return parse_projection(request["ProjectionExpression"]) if "ProjectionExpression" in request else None


def _refuse_filter_on_keys(filtering: Condition | None, context: Context, keys: tuple[str, ...]) -> None:
    for path in filtering.paths if filtering else ():
        if (name := path.resolve(context)[0]) in keys:
            raise ValidationError(
                f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def project(item: Item, projection: Projection, context: Context) -> Item:
    """The parts that the projection names. Elements of lists close up, as in DynamoDB."""
    tree: dict[Any, Any] = {}
    for path in projection.paths:
        node = tree
        for step in path.resolve(context):
            node = node.setdefault(step, {})
    picked = _pick({"M": item}, tree)
    return picked["M"] if picked else {}


def _pick(value: Value, tree: dict[Any, Any]) -> Value | None:
    if not tree:
        return value
    kind = kind_of(value)
    if kind == "M":
        members = {name: _pick(value["M"][name], inner) for name, inner in tree.items() if name in value["M"]}
        kept = {name: member for name, member in members.items() if member is not None}
        return {"M": kept} if kept else None
    if kind == "L":
        places = sorted(step for step in tree if isinstance(step, int) and step < len(value["L"]))
        elements = [_pick(value["L"][place], tree[place]) for place in places]
        return {"L": [element for element in elements if element is not None]} if elements else None
    return None
