"""Every pattern of a request is told in words: no answer shows a regular expression."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, StringConstraints

from batua.api.expected import expected_of
from batua.api.models import Model, validated
from batua.errors import Problem
from batua.openapi.inventory import endpoint_inventory
from batua.prefund.models import Utr

ROOT = Path(__file__).parents[2]


class Sent(Model):
    utr: Utr
    unknown: Annotated[str, StringConstraints(pattern="^(no|such)[pattern]$")] = "nop"


def patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(pattern := schema.get("pattern"), str):
            yield pattern
        for name, part in schema.items():
            if name not in ("metadata", "cls"):
                yield from patterns(part)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from patterns(part)


def requests() -> Iterator[type[BaseModel]]:
    for endpoint in endpoint_inventory(ROOT):
        if (request := endpoint.declaration.request) is not None:
            request.model_rebuild()
            yield request


def test_every_pattern_of_a_request_is_told_in_words() -> None:
    found = {pattern for model in requests() for pattern in patterns(model.__pydantic_core_schema__)}
    assert len(found) > 40
    assert [pattern for pattern in found if expected_of(pattern) == expected_of("^(no|such)[pattern]$")] == []


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ({"utr": "HDFC R5202"}, {"utr": ["must be 10 to 22 letters and digits"]}),
        (
            {"utr": "HDFCR52026112100123456", "unknown": "x"},
            {"unknown": ["does not have the expected form"]},
        ),
    ],
)
def test_an_answer_shows_no_pattern(content: dict[str, str], fields: dict[str, list[str]]) -> None:
    with pytest.raises(Problem) as refused:
        validated(Sent, content)
    assert refused.value.fields == fields
