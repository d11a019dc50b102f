"""What is new in a mail: without quoted text and markup, whatever program wrote it, and in bounded time."""

from __future__ import annotations

import time
from email.message import EmailMessage

import pytest

from batua.support.mail_html import html_text
from batua.support.mail_text import MOST_WRITTEN, reply_text


def written(text: str, html: str | None = None) -> str:
    mail = EmailMessage()
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    return reply_text(mail)


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Order 1001.\n\nOn Sat, Nov 28, 2026 at 10:15 AM Batua <w@x.example>\nwrote:\n\n> Which?\n", "Order 1001."),
        (
            "Order 1001\n\n________________________________\nFrom: B <w@x>\nSent: today\nTo: A\nSubject: B\n\nOld",
            "Order 1001",
        ),
        ("OK\n\n-----Original Message-----\nFrom: Batua\nSent: today\nTo: A\nSubject: B\n\nold", "OK"),
        ("यह ऑर्डर 1001 है।\n\nशनि, 28 नव॰ 2026 को Batua ने लिखा:\n> कौन सा?\n", "यह ऑर्डर 1001 है।"),
        ("Order 1001\n##- Write your reply above this line -##\nHello Asha,\nWhich?", "Order 1001"),
        ("1001\n\n> ##- अपना जवाब इस लाइन के ऊपर लिखें -##\n> कौन सा?", "1001"),
        ("First\n> you asked this\nand I answer here", "First\n> you asked this\nand I answer here"),
        ("From: the market we bought ten.\nThanks", "From: the market we bought ten.\nThanks"),
        ("> only\n> quoted", ""),
        ("", ""),
        ("zero\u200bwidth \u202eturned\x07", "zerowidth turned"),
    ],
)
def test_quoted_text_is_left_out_and_what_was_written_stays(text: str, new: str) -> None:
    assert written(text) == new


def test_html_alone_is_read_as_text_without_scripts_and_styles() -> None:
    mail = EmailMessage()
    mail.set_content(
        "<html><head><style>p{}</style></head><body><p>Order&nbsp;<b>1001</b></p><script>alert(1)</script>"
        "<div>Thanks &lt;3</div></body></html>",
        subtype="html",
    )
    assert reply_text(mail).split() == ["Order", "1001", "Thanks", "<3"]
    assert html_text("<p>a<p>b") == "a\nb"


def test_the_plain_part_counts_where_there_are_both() -> None:
    assert written("plain", "<p>html</p>") == "plain"


def test_a_long_mail_is_cut_to_a_comment() -> None:
    assert len(written("word " * 10_000)) <= MOST_WRITTEN


def test_an_unknown_character_set_is_read_as_far_as_it_goes() -> None:
    mail = EmailMessage()
    mail["Content-Type"] = 'text/plain; charset="x-nobody-knows"'
    mail.set_payload("hello")
    assert reply_text(mail) == "hello"


@pytest.mark.parametrize(
    "text", ["\n" * 200_000, "> \n" * 60_000, "On x\n" * 30_000, "From: a\n" * 30_000, "_" * 200_000, "--\n\n" * 9_000]
)
def test_text_that_no_person_writes_costs_no_more_than_other_text(text: str) -> None:
    """Unbounded, the first of these takes minutes; the bound is far above a busy machine's noise."""
    begun = time.process_time()
    written(text)
    assert time.process_time() - begun < 5
