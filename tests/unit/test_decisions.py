"""Decision records are complete, numbered without a gap and listed in their index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))


def test_numbers_have_neither_gap_nor_double() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name[:4])
def test_a_record_says_what_was_decided_when_and_why(record: Path) -> None:
    text = record.read_text()
    number = int(record.name[:4])
    title = re.match(rf"# {number}\. (.+)\n", text)
    assert title, "the first line is '# <number>. <title>'"
    assert re.search(r"^- Date: 20\d\d-\d\d-\d\d$", text, re.MULTILINE)
    assert re.search(r"^- Status: (proposed|accepted|superseded by \[\d+\]\(\S+\))$", text, re.MULTILINE)
    assert "\n## Context\n" in text
    assert "\n## Decision\n" in text
    assert f"- {number}. [{title[1]}]({record.name})\n" in (FOLDER / "README.md").read_text()
