"""What the store asks of DynamoDB, how patiently, and what it makes of the answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from batua import ids
from batua.store import keys, store
from batua.store.codec import decode, encode
from batua.store.store import Cancelled, ConditionFailed, Contended, Reason, Store
from batua.store.writes import ABSENT, ALWAYS, EXISTS, Check, Condition, Delete, Put, Update, Write, render_write
from tests.fakes.dynamodb import cancelled, failure

SCOPE = keys.scope("live", ids.derived_id("ten", "owner"))
KEY, OTHER = keys.wallet_key(SCOPE, ids.derived_id("wal", "a")), keys.Key("directory", "P", "S")
CONTENDED = [
    "TransactionConflictException",
    "TransactionInProgressException",
    "ThrottlingException",
    "ThrottlingError",
    "TransactionConflict",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
]


class Client:
    """Answers as it is told, and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            self.asked.append((name, request))
            answer = self.answers.pop(0) if self.answers else {}
            if isinstance(answer, BaseException):
                raise answer
            return answer

        return call


@pytest.fixture(autouse=True)
def whole_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance draws the longest pause, so that its bound is seen."""
    monkeypatch.setattr(random, "uniform", lambda low, high: high - low)


def over(client: Client, slept: list[float] | None = None) -> Store:
    pauses: list[float] = [] if slept is None else slept
    return Store(client, "ledger-table", "directory-table", sleep=pauses.append)


PAGE = {"Items": [encode({"pk": "a", "n": 1})], "LastEvaluatedKey": encode({"pk": "a", "sk": "b"})}
BOUNDED = [0.025, 0.05, 0.1, 0.2, 0.4, 0.8]


# Requests


def test_a_query_asks_for_no_more_than_it_was_told() -> None:
    client = Client({"Items": []})
    assert over(client).query("directory", "p") == store.Page([], None)
    assert client.asked == [
        (
            "query",
            {
                "TableName": "directory-table",
                "KeyConditionExpression": "#pk = :v0",
                "ScanIndexForward": True,
                "ExpressionAttributeNames": {"#pk": "pk"},
                "ExpressionAttributeValues": {":v0": {"S": "p"}},
            },
        )
    ]


def test_a_query_asks_for_all_that_it_was_told() -> None:
    client = Client(PAGE)
    page = over(client).query(
        "ledger", "p", since="1", until="2", descending=True, limit=5, after={"pk": "x", "n": 1}, consistent=True
    )
    assert page == store.Page([{"pk": "a", "n": 1}], {"pk": "a", "sk": "b"})
    ((_, request),) = client.asked
    assert request == {
        "TableName": "ledger-table",
        "KeyConditionExpression": "#pk = :v0 AND #sk BETWEEN :v1 AND :v2",
        "ScanIndexForward": False,
        "Limit": 5,
        "ExclusiveStartKey": {"pk": {"S": "x"}, "n": {"N": "1"}},
        "ConsistentRead": True,
        "ExpressionAttributeNames": {"#pk": "pk", "#sk": "sk"},
        "ExpressionAttributeValues": {":v0": {"S": "p"}, ":v1": {"S": "1"}, ":v2": {"S": "2"}},
    }


@pytest.mark.parametrize(
    ("index", "partition", "sort"),
    [
        ("statement", "g1p", "g1s"),
        ("activity", "g2p", "g2s"),
        ("due", "g3p", "g3s"),
        ("by_parent", "g1p", "g1s"),
        ("by_name", "g2p", "g2s"),
    ],
)
def test_each_index_is_asked_by_its_own_names(index: str, partition: str, sort: str) -> None:
    client = Client({"Items": []})
    over(client).query("ledger", "p", index=index, beginning="x")
    ((_, request),) = client.asked
    assert request["IndexName"] == index
    assert request["KeyConditionExpression"] == f"#{partition} = :v0 AND begins_with(#{sort}, :v1)"


def test_a_scan_reads_strongly_page_by_page() -> None:
    client = Client(PAGE, {"Items": [encode({"pk": "b", "n": 2})]})
    assert [record["n"] for record in over(client).scan_all("ledger", beginning="L#")] == [1, 2]
    first, second = (request for _, request in client.asked)
    assert first == {
        "TableName": "ledger-table",
        "FilterExpression": "begins_with(#pk, :v0)",
        "ConsistentRead": True,
        "ExpressionAttributeNames": {"#pk": "pk"},
        "ExpressionAttributeValues": {":v0": {"S": "L#"}},
    }
    assert second == {**first, "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"S": "b"}}}


@pytest.mark.parametrize("consistent", [True, False])
def test_both_tables_are_read_in_one_request_strongly_unless_told_otherwise(consistent: bool) -> None:
    answer = {
        "Responses": {
            "directory-table": [encode({"pk": "P", "sk": "S", "n": 1})],
            "ledger-table": [encode({"pk": KEY.pk, "sk": KEY.sk, "n": 2})],
        }
    }
    client = Client(answer)
    found = over(client).read([KEY, OTHER], **({} if consistent else {"consistent": False}))
    assert [record and record["n"] for record in found.values()] == [2, 1]
    wire = [{"pk": {"S": key.pk}, "sk": {"S": key.sk}} for key in (KEY, OTHER)]
    assert client.asked[0][1] == {
        "RequestItems": {
            "ledger-table": {"Keys": [wire[0]], "ConsistentRead": consistent},
            "directory-table": {"Keys": [wire[1]], "ConsistentRead": consistent},
        }
    }


def test_the_token_of_a_transaction_comes_from_its_content_and_its_caller() -> None:
    def token(writes: list[Write], **caller: str) -> Any:
        client = Client()
        over(client).commit(writes, **caller)
        return client.asked[0][1]["ClientRequestToken"]

    one, same = {"a": 1, "b": b"\x00"}, {"b": b"\x00", "a": 1}
    assert token([Put(KEY, one)]) == token([Put(KEY, same)]) == token([Put(KEY, one)], caller="")
    assert len(token([Put(KEY, one)])) == 36
    assert len({token([Put(KEY, one)]), token([Put(KEY, one)], caller="x"), token([Put(KEY, {"a": 2})])}) == 3


# Patience


@pytest.mark.parametrize("code", CONTENDED)
def test_what_is_contended_is_asked_six_times_ever_slower(code: str) -> None:
    calls: list[Callable[[Store], object]] = [
        lambda table: table.query("ledger", "p"),
        lambda table: table.read([KEY]),
        lambda table: table.write(Put(KEY, {})),
    ]
    for call in calls:
        slept: list[float] = []
        client = Client(*[failure(code, "x")] * 9)
        with pytest.raises(Contended):
            call(over(client, slept))
        assert (len(client.asked), slept) == (6, BOUNDED)
    with pytest.raises(Contended):
        over(Client(failure(code, "x"))).commit([Put(KEY, {})])
    with pytest.raises(Contended) as busy:
        over(Client(cancelled([{"Code": code}, {"Code": ""}]))).commit([Put(KEY, {})])
    assert str(busy.value) == f"{code}, None"
    assert busy.value.reasons == (Reason(code, None), Reason("None", None))


def test_what_is_wrong_is_not_asked_again() -> None:
    calls: list[Callable[[Store], object]] = [
        lambda table: table.query("ledger", "p"),
        lambda table: table.read([KEY]),
        lambda table: table.write(Put(KEY, {})),
        lambda table: table.commit([Put(KEY, {})]),
    ]
    for call in calls:
        client = Client(failure("ValidationException", "x"), {"Items": [], "Responses": {}})
        with pytest.raises(ClientError, match="ValidationException"):
            call(over(client))
        assert len(client.asked) == 1


def test_items_left_out_are_asked_for_again_alone() -> None:
    left = {"ledger-table": {"Keys": [{"pk": {"S": KEY.pk}, "sk": {"S": KEY.sk}}], "ConsistentRead": True}}
    there = {"Responses": {"ledger-table": [encode({"pk": KEY.pk, "sk": KEY.sk, "n": 2})]}, "UnprocessedKeys": {}}
    slept: list[float] = []
    client = Client({"Responses": {}, "UnprocessedKeys": left}, there)
    found = over(client, slept).read([KEY, OTHER])
    assert (found[KEY] or {})["n"] == 2
    assert [request["RequestItems"] for _, request in client.asked][1] == left
    assert slept == [0.025]
    with pytest.raises(Contended):
        over(Client(*[{"Responses": {}, "UnprocessedKeys": left}] * 6)).read([KEY])


def test_silence_is_contended_at_once() -> None:
    silence = ConnectTimeoutError(endpoint_url="x")
    calls: list[Callable[[Store], object]] = [
        lambda table: table.query("ledger", "p"),
        lambda table: table.write(Put(KEY, {})),
        lambda table: table.commit([Put(KEY, {})]),
    ]
    for call in calls:
        client = Client(silence)
        with pytest.raises(Contended):
            call(over(client))
        assert len(client.asked) == 1


# Answers


def test_a_condition_that_failed_hands_over_what_stands_there() -> None:
    stands = encode({"pk": "a", "n": 1})
    with pytest.raises(ConditionFailed) as refused:
        over(Client(failure("ConditionalCheckFailedException", "x", Item=stands))).write(Put(KEY, {}))
    assert refused.value.item == {"pk": "a", "n": 1}
    with pytest.raises(Cancelled) as gone:
        over(Client(cancelled([{"Code": ""}, {"Code": "ConditionalCheckFailed", "Item": stands}]))).commit(
            [Put(KEY, {})]
        )
    assert gone.value.reasons == (Reason("None", None), Reason("ConditionalCheckFailed", {"pk": "a", "n": 1}))
    assert str(gone.value) == "None, ConditionalCheckFailed"


# The function's own store


def test_a_function_has_one_store_of_its_tables_until_it_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def client(name: str) -> Client:
        made.append(name)
        return Client({"Items": []})

    class Settings:
        ledger_table, directory_table = "mine", "theirs"

    monkeypatch.setattr(store, "client", client)
    monkeypatch.setattr(store, "settings", Settings)
    store.reset_store()
    try:
        first = store.store()
        assert store.store() is first
        assert first._tables == {"ledger": "mine", "directory": "theirs"}
        store.reset_store()
        assert store.store() is not first
        assert made == ["dynamodb", "dynamodb"]
    finally:
        store.reset_store()


# Writes


def test_conditions_name_the_key_and_hold_of_everything_by_default() -> None:
    assert (Condition(missing=("pk",)), Condition(present=("pk",)), Condition()) == (ABSENT, EXISTS, ALWAYS)
    assert render_write(Check(KEY, EXISTS), "t")["ConditionExpression"] == "attribute_exists(#pk)"
    assert "ConditionExpression" not in render_write(Delete(KEY), "t")


@pytest.mark.parametrize("returned", [True, False])
def test_what_stands_there_is_handed_over_unless_it_is_not_wanted(returned: bool) -> None:
    asked = render_write(Put(KEY, {}, when=ABSENT), "t", return_old_on_failure=returned)
    assert asked.get("ReturnValuesOnConditionCheckFailure") == ("ALL_OLD" if returned else None)


def test_one_of_several_conditions_is_enough_beside_what_must_hold_anyway() -> None:
    either = (Condition(missing=("turn",)), Condition(at_least={"room": 0, "new": 5}))
    rendered = render_write(Update(KEY, add={"n": 1}, when=Condition(present=("pk",), any_of=either)), "t")
    alone = "(attribute_not_exists(#turn)) OR (#room >= :v0 AND #new >= :v1)"
    assert rendered["ConditionExpression"] == f"attribute_exists(#pk) AND ({alone})"
    assert rendered["ExpressionAttributeValues"] == {":v0": {"N": "0"}, ":v1": {"N": "5"}, ":v2": {"N": "1"}}


def test_several_parts_of_a_clause_are_listed() -> None:
    rendered = render_write(Update(KEY, add={"a": 1, "b": -2}, set={"c": 3, "d": "e"}), "t")
    assert rendered["UpdateExpression"] == "SET #c = :v0, #d = :v1 ADD #a :v2, #b :v3"
    assert render_write(Update(KEY, set={"c": 3}), "t")["UpdateExpression"] == "SET #c = :v0"


def test_bytes_and_nothing_have_their_own_marks_on_the_wire() -> None:
    assert encode({"b": b"x", "l": [1]}) == {"b": {"B": b"x"}, "l": {"L": [{"N": "1"}]}}
    assert decode({"n": {"NULL": True}, "f": {"BOOL": False}}) == {"n": None, "f": False}


def test_a_conflict_is_one_of_items_and_what_is_not_wanted_is_not_asked_for() -> None:
    assert [Reason(code, None).conflict for code in ("TransactionConflict", "ThrottlingError")] == [True, False]
    client = Client()
    over(client).write(Put(KEY, {}, when=ABSENT), return_old_on_failure=False)
    over(client).write(Put(KEY, {}, when=ABSENT))
    assert ["ReturnValuesOnConditionCheckFailure" in request for _, request in client.asked] == [False, True]
