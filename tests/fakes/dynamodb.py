"""DynamoDB in memory, as far as the store uses it, at the boundary of botocore's client.

It knows the expressions that `store/writes.py` renders and refuses all others; and it refuses what DynamoDB refuses:
unused names and values, empty keys, two writes of one item in a transaction, a token with other content.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from botocore.exceptions import ClientError

Wire = dict[str, Any]
Place = tuple[str, str, str]

_INDEXES = {
    "statement": ("g1p", "g1s"),
    "activity": ("g2p", "g2s"),
    "due": ("g3p", "g3s"),
    "by_parent": ("g1p", "g1s"),
    "by_name": ("g2p", "g2s"),
}


def failure(code: str, operation: str, message: str = "", **more: Any) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message or code}, **more}
    return ClientError(answer, operation)


def copied(value: Any) -> Any:
    """A copy of all that can be changed in place: what botocore takes and gives is made of dicts and lists."""
    if isinstance(value, dict):
        return {name: copied(part) for name, part in value.items()}
    return [copied(part) for part in value] if isinstance(value, list) else value


class FakeDynamoDB:
    copy = staticmethod(copied)
    """How items come in and go out; who never changes an item in place can do without."""

    def __init__(self, page: int = 1000) -> None:
        self.items: dict[Place, Wire] = {}
        self.tokens: dict[str, list[Wire]] = {}
        self.calls: list[str] = []
        self.page = page
        """Items that a query or scan reads before it makes a page end."""

    def batch_get_item(self, RequestItems: Wire) -> Wire:  # noqa: N803
        self.calls.append("BatchGetItem")
        wanted = [(table, key) for table, ask in RequestItems.items() for key in ask["Keys"]]
        _demand(0 < len(wanted) <= 100, "1 to 100 keys")
        places = [_place(table, key) for table, key in wanted]
        _demand(len(set(places)) == len(places), "the same key twice")
        answers: dict[str, list[Wire]] = {table: [] for table in RequestItems}
        for place in places:
            if place in self.items:
                answers[place[0]].append(self.copy(self.items[place]))
        return {"Responses": answers, "UnprocessedKeys": {}}

    def put_item(self, **request: Any) -> Wire:
        return self._single("Put", "PutItem", request)

    def update_item(self, **request: Any) -> Wire:
        return self._single("Update", "UpdateItem", request)

    def _single(self, operation: str, name: str, request: Wire) -> Wire:
        self.calls.append(name)
        place, old, new = self._evaluate(operation, request)
        if new is _FAILED:
            more = {"Item": old} if old and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else {}
            raise failure("ConditionalCheckFailedException", name, **more)
        self._apply(place, new)
        return {"Attributes": self.copy(new)} if request.get("ReturnValues") == "ALL_NEW" else {}

    def transact_write_items(self, TransactItems: list[Wire], ClientRequestToken: str) -> Wire:  # noqa: N803
        self.calls.append("TransactWriteItems")
        _demand(0 < len(TransactItems) <= 100, "1 to 100 writes")
        _demand(1 <= len(ClientRequestToken) <= 36, "a token of 1 to 36 characters")
        known = self.tokens.get(ClientRequestToken)
        if known is not None:
            if known != TransactItems:
                raise failure("IdempotentParameterMismatchException", "TransactWriteItems")
            return {}
        results = [self._evaluate(*write) for item in TransactItems for write in item.items()]
        _demand(len({place for place, _, _ in results}) == len(results), "two writes of one item")
        if any(new is _FAILED for _, _, new in results):
            raise cancelled([self.reason(write, result) for write, result in zip(TransactItems, results, strict=True)])
        for place, _, new in results:
            self._apply(place, new)
        self.tokens[ClientRequestToken] = TransactItems
        return {}

    def reason(self, write: Wire, result: tuple[Place, Wire | None, Any]) -> Wire:
        ((_, request),) = write.items()
        _, old, new = result
        if new is not _FAILED:
            return {"Code": "None"}
        reason: Wire = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
        if old and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
            reason["Item"] = self.copy(old)
        return reason

    def reasons(self, writes: list[Wire]) -> list[Wire]:
        """What each write of a transaction would be refused for now."""
        results = [self._evaluate(*write) for item in writes for write in item.items()]
        return [self.reason(write, result) for write, result in zip(writes, results, strict=True)]

    def query(self, **request: Any) -> Wire:
        self.calls.append("Query")
        pk, sk = _INDEXES[request["IndexName"]] if "IndexName" in request else ("pk", "sk")
        _demand(not (request.get("ConsistentRead") and "IndexName" in request), "a strong read of an index")
        expression = _Expression(request)
        table = request["TableName"]
        there = [item for place, item in self._readable(request) if place[0] == table and pk in item and sk in item]
        there = [item for item in there if expression.holds(request["KeyConditionExpression"], item)]
        there.sort(key=lambda item: _order(item, sk))
        if not request.get("ScanIndexForward", True):
            there.reverse()
        names = list(dict.fromkeys(("pk", "sk", pk, sk)))
        if request.get("IndexName") == "due":
            there = [{name: item[name] for name in names} for item in there]
        return self._paged(there, request, names, sk)

    def scan(self, **request: Any) -> Wire:
        self.calls.append("Scan")
        expression = _Expression(request)
        ordered = [item for place, item in sorted(self.items.items()) if place[0] == request["TableName"]]
        page = self._paged(ordered, request, ["pk", "sk"])
        page["Items"] = [item for item in page["Items"] if expression.holds(request["FilterExpression"], item)]
        return page

    def _readable(self, request: Wire) -> Iterable[tuple[Place, Wire]]:
        """What a query sees."""
        return self.items.items()

    def _paged(self, items: list[Wire], request: Wire, names: list[str], by: str = "") -> Wire:
        if "ExclusiveStartKey" in request:
            # What the last page ended with need not be there any more.
            start, forward = _order(request["ExclusiveStartKey"], by), request.get("ScanIndexForward", True)
            items = [item for item in items if (_order(item, by) > start if forward else _order(item, by) < start)]
        limit = min(request.get("Limit", self.page), self.page)
        answer: Wire = {"Items": self.copy(items[:limit])}
        if len(items) > limit:
            answer["LastEvaluatedKey"] = {name: items[limit - 1][name] for name in names}
        return answer

    def _evaluate(self, operation: str, request: Wire) -> tuple[Place, Wire | None, Any]:
        """Where the write goes, what stands there, and what would: an item, None (deleted), or `_FAILED`."""
        place = _place(request["TableName"], request.get("Item") or request["Key"])
        old = self.items.get(place)
        expression = _Expression(request)
        holds = (
            expression.holds(request["ConditionExpression"], old or {}) if "ConditionExpression" in request else True
        )
        new: Any = old
        if operation == "Put":
            new = request["Item"]
            _check_indexes(new)
        elif operation == "Update":
            new = expression.update(request["UpdateExpression"], old or request["Key"])
            _check_indexes(new)
        elif operation == "Delete":
            new = None
        else:
            _demand(operation == "ConditionCheck", f"operation {operation}")
        return place, old, new if holds else _FAILED

    def _apply(self, place: Place, new: Wire | None) -> None:
        if new is None:
            self.items.pop(place, None)
        else:
            self.items[place] = self.copy(new)


_FAILED = object()


def cancelled(reasons: list[Wire]) -> ClientError:
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return failure("TransactionCanceledException", "TransactWriteItems", message, CancellationReasons=reasons)


def _order(item: Wire, by: str) -> tuple[str, str, str]:
    """What a page is sorted by: an index's sort key and the item's own key; without an index the latter."""
    return (item[by]["S"] if by else "", item["pk"]["S"], item["sk"]["S"])


class _Expression:
    """Evaluates the expressions of one request, which must use every name and value that it brings."""

    def __init__(self, request: Wire) -> None:
        self.names = request.get("ExpressionAttributeNames", {})
        self.values = request.get("ExpressionAttributeValues", {})
        _demand(self.names != {} or "ExpressionAttributeNames" not in request, "no names")
        _demand(self.values != {} or "ExpressionAttributeValues" not in request, "no values")
        texts = " ".join(str(text) for name, text in request.items() if name.endswith("Expression"))
        unused = {*self.names, *self.values} - _labels(texts)
        _demand(not unused, f"unused in the expressions: {sorted(unused)}")

    def _name(self, label: str) -> str:
        return str(self.names[label])

    def _value(self, label: str) -> Wire:
        value: Wire = self.values[label]
        return value

    def holds(self, condition: str, item: Wire) -> bool:
        every, alternatives = _alternatives(condition)
        return all(self._part(part, item) for part in every) and (
            not alternatives or any(self.holds(each, item) for each in alternatives)
        )

    def _part(self, part: tuple[str, ...], item: Wire) -> bool:
        comparison, name, *labels = part
        there = item.get(self._name(name))
        if comparison in ("exists", "not_exists"):
            return (there is not None) is (comparison == "exists")
        value = self._value(labels[0])
        if comparison == "lacks":
            return there is None or value["B"] not in there["BS"]
        if there is None:
            return False
        if comparison == "=":
            return bool(there == value)
        if comparison == "begins_with":
            return bool(there["S"].startswith(value["S"]))
        if comparison == "<":
            return _less(there, value) and there != value
        if comparison == "between":
            return _less(value, there) and _less(there, self._value(labels[1]))
        return _less(value, there) if comparison == ">=" else _less(there, value)

    def update(self, expression: str, old: Wire) -> Wire:
        new = dict(old)
        clauses = re.split(r" ?\b(SET|REMOVE|ADD) ", expression)
        _demand(clauses[0] == "" and len(clauses) > 1, f"update {expression!r}")
        for verb, body in zip(clauses[1::2], clauses[2::2], strict=True):
            for action in body.split(", "):
                if verb == "REMOVE":
                    new.pop(self._name(action), None)
                elif verb == "SET":
                    label, value = action.split(" = ")
                    new[self._name(label)] = self._value(value)
                else:
                    label, value = action.split(" ")
                    name = self._name(label)
                    new[name] = _sum(new.get(name), self._value(value))
        return new


_FORMS = (
    (re.compile(r"attribute_((?:not_)?exists)\((#\w+)\)"), None),
    (re.compile(r"(begins_with)\((#\w+), (:\w+)\)"), None),
    (re.compile(r"NOT contains\((#\w+), (:\w+)\)"), "lacks"),
    (re.compile(r"(#\w+) BETWEEN (:\w+) TO (:\w+)"), "between"),
    (re.compile(r"(#\w+) (=|>=|<=|<) (:\w+)"), ""),
)


@lru_cache(maxsize=4096)
def _alternatives(condition: str) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """The parts of a condition that must all hold, and the conditions of which one must: `... AND ((...) OR (...))`."""
    if match := re.fullmatch(r"(?:(.*) AND )?\(\((.*)\)\)", condition):
        return _parts(match[1]) if match[1] else (), tuple(match[2].split(") OR ("))
    return _parts(condition), ()


@lru_cache(maxsize=4096)
def _parts(condition: str) -> tuple[tuple[str, ...], ...]:
    """The parts of a condition, each as comparison, name and values: all must hold."""
    condition = re.sub(r"BETWEEN (\S+) AND", r"BETWEEN \1 TO", condition)
    return tuple(_read_part(part) for part in condition.split(" AND "))


def _read_part(part: str) -> tuple[str, ...]:
    for form, named in _FORMS:
        if match := form.fullmatch(part):
            if named:
                return (named, *match.groups())
            return match.groups() if named is None else (match[2], match[1], match[3])
    raise failure("ValidationException", "DynamoDB", f"condition {part}")


@lru_cache(maxsize=4096)
def _labels(texts: str) -> frozenset[str]:
    return frozenset(re.findall(r"[#:]\w+", texts))


def _sum(there: Wire | None, more: Wire) -> Wire:
    """What ADD makes of an attribute: a number or a set of bytes."""
    if "BS" in more:
        return {"BS": sorted({*(there or {"BS": []})["BS"], *more["BS"]})}
    return {"N": str(int((there or {"N": "0"})["N"]) + int(more["N"]))}


def _less(one: Wire, other: Wire) -> bool:
    if "N" in one and "N" in other:
        return int(one["N"]) <= int(other["N"])
    return bool("S" in one and "S" in other and one["S"].encode() <= other["S"].encode())


def _place(table: str, key: Wire) -> Place:
    _demand(bool(key["pk"]["S"]) and bool(key["sk"]["S"]), "an empty key")
    return table, key["pk"]["S"], key["sk"]["S"]


def _check_indexes(item: Wire) -> None:
    for name in ("g1p", "g1s", "g2p", "g2s", "g3p", "g3s"):
        _demand(name not in item or bool(item[name].get("S")), f"an empty or wrong index key {name}")


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise failure("ValidationException", "DynamoDB", what)
