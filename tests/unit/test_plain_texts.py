"""Texts that people of other tenants see: names without links, files whose extension is their type, cells that compute
nothing."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from batua.api import cursor
from batua.api.models import plain, visible
from batua.api.spreadsheet import escape_formula
from batua.files import download_name
from batua.notifications.customer_texts import unlinked
from batua.rewards.program_models import CoinNames
from batua.tenants.branding import _is_page

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "media", "shown"),
    [
        ("proof.pdf", "application/pdf", "proof.pdf"),
        ("proof.hta", "application/pdf", "proof.pdf"),
        ("proof.pdf.exe", "application/pdf", "proof.pdf.pdf"),
        ("proof\u202efdp.hta", "application/pdf", "prooffdp.pdf"),
        ("../../etc/passwd", "image/png", "....etcpasswd.png"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        (".hta", "image/png", "document.png"),
        ("no extension", "application/x-unknown", "no extension.bin"),
    ],
)
def test_the_extension_of_a_download_follows_its_checked_type(name: str, media: str, shown: str) -> None:
    assert download_name(name, media).lstrip(".") == shown.lstrip(".")


@pytest.mark.parametrize(
    "text", ["evil.example", "see https://x", "WWW.x", "<b>Ravi</b>", "Ravi\u202e", "pay at xy.co/1"]
)
def test_names_in_our_mails_carry_no_links_and_no_markup(text: str) -> None:
    with pytest.raises(ValueError, match="plain text"):
        plain(text)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Amazon.in gift card, 2.5 % off", "Amazon. in gift card, 2.5 % off"),
        ("https://evil.example/pay", "https: evil. example/pay"),
        ("www.evil.co", "www. evil. co"),
        ("Call 192.0.2.7/x", "Call 192 0 2 7/x"),
        ("Steel mug (350 ml). Free refill", "Steel mug (350 ml). Free refill"),
        ("पीतल.भारत का दीया", "पीतल. भारत का दीया"),
    ],
)
def test_a_merchants_words_are_no_link_in_our_text_messages(text: str, sent: str) -> None:
    assert unlinked(text) == sent


@pytest.mark.parametrize("word", ["https://evil.co", "evil.co"])
def test_a_word_for_coins_is_no_link(word: str) -> None:
    with pytest.raises(ValueError, match="plain text"):
        CoinNames(singular="coin", plural=word)


@pytest.mark.parametrize("text", ["Asha Rao", "A.K.Rao", "Kaveri Stores, 12 MG Road", "मीरा जोशी", "D'Souza & Sons"])
def test_names_of_people_and_shops_are_plain(text: str) -> None:
    assert plain(text) == text


def test_characters_that_turn_text_around_are_refused_in_names_of_files() -> None:
    with pytest.raises(ValueError, match="direction"):
        visible("proof\u202efdp.hta")


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://kaveri.example.com/help", True),
        ("http://kaveri.example.com", False),
        ("https://localhost/", False),
        ("https://10.0.0.1/", False),
        ("https://intranet/", False),
        ("https://shop.internal", False),
        ("https://kaveri.example.com@evil.example/", False),
        ("javascript:alert(1)", False),
        ('https://x.example.com/"onclick=', True),
    ],
)
def test_a_support_page_is_one_under_a_public_name(url: str, good: bool) -> None:
    assert _is_page(url) is good


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ("a; @SUM(1)", "a;' @SUM(1)"),
        ("\t=1", "'\t=1"),
        ("plain; text", "plain; text"),
        (None, ""),
        (-5, -5),
    ],
)
def test_no_cell_is_a_formula(cell: Any, shown: Any) -> None:
    assert escape_formula(cell) == shown


def test_whatever_writes_csv_keeps_its_cells_from_being_computed() -> None:
    writers = [file for file in (ROOT / "layers/core/batua").rglob("*.py") if "csv.writer(" in file.read_text()]
    assert len(writers) >= 5
    unguarded = [
        file.name for file in writers if "escape" not in file.read_text() and "csv_cell" not in file.read_text()
    ]
    assert unguarded == []


def test_a_cursor_that_is_bound_to_no_list_is_not_made() -> None:
    with pytest.raises(ValueError, match="bound to a list"):
        cursor.seal_cursor("ten_" + "0" * 26, {"mode": "live"}, "x")


def test_the_client_sends_its_key_to_no_look_alike_of_this_machine() -> None:
    spec = importlib.util.spec_from_file_location("kit", ROOT / "integrations/python/batua.py")
    assert spec
    assert spec.loader
    kit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kit)
    for good in ("https://wallet.example.com", "http://localhost:3000", "http://127.0.0.1/", "http://localhost"):
        kit.Batua(good, "key")
    for bad in ("http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://localhost:80@evil.example"):
        with pytest.raises(ValueError, match="https"):
            kit.Batua(bad, "key")
