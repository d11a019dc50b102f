"""JSON between processes: what the quick parser refuses goes through as well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.json_text import read_json, write_json


@pytest.mark.parametrize("value", [{"body": "\ud800"}, {"\udcff": ["x\ud800"]}, {"body": "₹ 5"}, [1, None, True, 2.5]])
def test_half_a_character_comes_back_as_it_was(value: Any) -> None:
    assert read_json(write_json(value)) == read_json(json.dumps(value)) == value


def test_what_python_writes_for_no_number_is_read() -> None:
    assert read_json('{"weight": Infinity}') == {"weight": float("inf")}
