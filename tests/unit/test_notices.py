"""The texts of notifications: complete in every language, with values that the code knows."""

from __future__ import annotations

import json
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from batua.events.schemas import TYPES
from batua.money import written_rupees
from batua.notifications.audience import counted_cards, counted_codes
from batua.notifications.notices import NOTICES, STATUS_WORDS, Notice, NoticeAudience
from batua.notifications.preferences import CELLS

ROOT = Path(__file__).resolve().parents[2]
_ALL = [(event, notice) for event, notices in NOTICES.items() for notice in notices]


@pytest.mark.parametrize(("event", "notice"), _ALL, ids=[f"{event}-{notice.name}" for event, notice in _ALL])
def test_a_notice_is_about_an_event_that_exists_and_says_the_same_in_each_language(event: str, notice: Notice) -> None:
    assert event in {str(each) for each in TYPES}
    assert notice.audience in get_args(NoticeAudience)
    assert notice.category in CELLS
    assert set(notice.texts) == set(STATUS_WORDS)
    said = [f"{text.title} {text.body}" for text in notice.texts.values()]
    blanks = [{blank for _, blank, _, _ in Formatter().parse(text)} for text in said]
    assert blanks[0] == blanks[1]


def test_the_notices_of_one_event_have_names_of_their_own() -> None:
    for event, notices in NOTICES.items():
        names = [notice.name for notice in notices]
        assert len(names) == len(set(names)), event


def test_no_notice_shows_an_id_or_an_amount_without_its_unit() -> None:
    """People read a title, an amount and a date; the link and `reference` lead to the thing itself."""
    for event, notices in NOTICES.items():
        for notice in notices:
            for text in notice.texts.values():
                said = f"{text.title} {text.body}"
                blanks = {blank for _, blank, _, _ in Formatter().parse(said) if blank}
                ids = {each for each in blanks if each.endswith("_id") or each == "ticket"}
                assert not ids, (event, notice.name)
                assert not blanks & {"points", "left", "quantity"}, (event, notice.name)


def test_a_notice_leads_to_a_page_of_the_portal_and_names_rupees_as_people_write_them() -> None:
    pages = json.loads((ROOT / "portal/routes.json").read_text(encoding="utf-8"))
    for event, notices in NOTICES.items():
        for notice in notices:
            assert notice.link.split("/")[1] in pages.keys() - {""}, (event, notice.name)
            assert "INR" not in str(notice.texts), (event, notice.name)


def test_money_in_a_sentence_is_grouped_as_in_india() -> None:
    assert [written_rupees(text) for text in ("0.50", "1000.00", "1234567.05")] == [
        "₹0.50",
        "₹1,000.00",
        "₹12,34,567.05",
    ]


def test_one_thing_is_named_in_the_singular() -> None:
    assert [counted_codes(left, "en") for left in ("0", "1", "12")] == ["0 codes", "1 code", "12 codes"]
    assert [counted_cards("1", of, "en") for of in ("1", "2")] == ["1 of 1 card", "1 of 2 cards"]
    assert (counted_codes("1", "hi"), counted_cards("1", "2", "hi")) == ("1 कोड", "2 में से 1 कार्ड")
