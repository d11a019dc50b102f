"""What every model of a request's body holds, whichever endpoint reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batua.api.models import validated
from batua.errors import Problem
from batua.openapi.inventory import endpoint_inventory
from batua.tenants.sign_in_policy import SaveSignInPolicy

ROOT = Path(__file__).parents[2]


def lax_booleans(schema: Any, field: str = "") -> Iterator[str]:
    """Fields that also take 0, 1, "yes" or "off" as true or false, which the OpenAPI document does not say."""
    if isinstance(schema, dict):
        if schema.get("type") == "bool" and not schema.get("strict"):
            yield field
        for name, part in schema.items():
            if name == "fields" and isinstance(part, dict):
                for each, inner in part.items():
                    yield from lax_booleans(inner, each)
            elif name not in ("metadata", "cls"):
                yield from lax_booleans(part, field)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from lax_booleans(part, field)


def test_true_and_false_of_a_body_are_json_booleans() -> None:
    found: dict[str, list[str]] = {}
    read = 0
    for endpoint in endpoint_inventory(ROOT):
        model = endpoint.declaration.request
        if model is None or endpoint.declaration.reads_query:
            continue
        model.model_rebuild()
        read += 1
        if lax := sorted(set(lax_booleans(model.__pydantic_core_schema__))):
            found[endpoint.function] = lax
    assert read > 80
    assert found == {}


OF_EVERY_KIND: list[Any] = [
    *(None, True, 1, 1.5, -5, 10**20, "", "x", "a" * 9_999, "\x00", "2026-99-99"),
    *([], [1], [[1]], [{}], ["x"] * 500, {}, {"a": 1}),
]


def test_every_fault_of_a_field_is_told_in_our_words() -> None:
    told: set[str] = set()
    for endpoint in endpoint_inventory(ROOT):
        if (model := endpoint.declaration.request) is None:
            continue
        fields = [info.alias or name for name, info in model.model_fields.items()]
        for sent in [{}, *(dict.fromkeys(fields, value) for value in OF_EVERY_KIND)]:
            try:
                validated(model, sent)
            except Problem as refusal:
                told |= {text for texts in (refusal.fields or {}).values() for text in texts}
    assert {"is required", "must be true or false", "must be text", "must have at least 1 item"} <= told
    of_a_library = re.compile(r"(Input|Field|String|List|Dictionary|Value|Set|Number|Decimal)\b|True|'")
    assert [text for text in told if of_a_library.search(text)] == []


@pytest.mark.parametrize("value", [0, 1, "yes", "false", 0.0])
def test_a_number_or_a_word_is_no_boolean(value: object) -> None:
    with pytest.raises(Problem) as refused:
        validated(SaveSignInPolicy, {"admin_mfa": value})
    assert refused.value.fields == {"admin_mfa": ["must be true or false"]}
