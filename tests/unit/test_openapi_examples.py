"""Every request and every success answer in the document has an example that fits its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from batua.openapi.examples import BY_NAME, UnknownExampleError, example_of

DOCUMENT: dict[str, Any] = json.loads(Path("functions/platform/openapi.json").read_text())


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield f"{method.upper()} {path}", operation


def _success(operation: dict[str, Any]) -> dict[str, Any] | None:
    response = next(response for status, response in operation["responses"].items() if status in ("200", "201", "202"))
    found: dict[str, Any] | None = response.get("content", {}).get("application/json")
    return found


def _texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _texts(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, field)
    elif isinstance(value, str):
        yield field, value


@pytest.mark.parametrize(("route", "operation"), [pytest.param(*each, id=each[0]) for each in _operations()])
def test_examples_fit_their_schemas_and_are_no_placeholders(route: str, operation: dict[str, Any]) -> None:
    shown = [_success(operation)]
    if "requestBody" in operation:
        shown.append(operation["requestBody"]["content"]["application/json"])
    for content in filter(None, shown):
        assert "example" in content, f"{route} has no example"
        validator = Draft202012Validator({**content["schema"], "components": DOCUMENT["components"]})
        assert [error.message for error in validator.iter_errors(content["example"])] == []
        assert [field for field, text in _texts(content["example"]) if text in ("string", field) or "${" in text] == []


def test_a_field_that_nobody_knows_is_named() -> None:
    with pytest.raises(UnknownExampleError, match="frobnication"):
        example_of({"type": "object", "properties": {"frobnication": {"type": "string"}}}, {})


def test_a_fields_own_example_wins_over_its_name() -> None:
    schema = {"type": "object", "properties": {"note": {"type": "string", "examples": ["Own"]}}}
    assert example_of(schema, {}) == {"note": "Own"}
    assert example_of({"type": "object", "properties": {"note": {"type": "string"}}}, {}) == {"note": BY_NAME["note"]}
