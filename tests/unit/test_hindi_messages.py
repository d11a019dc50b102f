"""Whoever chose Hindi is written to in Hindi: every kind, every word of ours that fills a blank, and dates."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator

import pytest

from batua.billing.document import TITLES
from batua.events.notifications import _WHY
from batua.identity.otp import PURPOSE_LABELS
from batua.identity.roles import ROLES
from batua.messages.branding import Branding
from batua.messages.customer_templates import CUSTOMER_TEMPLATES
from batua.messages.dates import written_date
from batua.messages.english import ENGLISH
from batua.messages.hindi import HINDI
from batua.messages.hindi_words import in_hindi
from batua.messages.model import Message, MessageTemplate
from batua.messages.templates import TEMPLATES, in_language, render_message
from tests.refusal_texts import LIBRARY, sentences_of

ZONE = "Asia/Kolkata"
BRAND = Branding("Lotus Sweets", time_zone=ZONE)
DEVANAGARI = re.compile(r"[\u0900-\u097f]")
ENGLISH_WORDS = {*("UTR", "API", "PIN", "OTP", "UPI", "Gone"), *("brand", "code", "host")}
TYPICAL = {
    "code": "482913",
    "host": "batua.example",
    "what": "delete my account",
    "title": "आपके टिकट पर जवाब: रिफ़ंड",
    "more": "इसके बारे में 2 और सूचनाएँ हैं।",
    "count": "12",
    "coins": "250 सिक्के",
    "balance": "1250 सिक्के",
    "date": "2026-11-30",
    "delivered": "1",
    "quantity": "3",
    "link": "https://batua.example/my/lotus",
}
"""What fills text messages on most days."""


def fixed_parts(template: MessageTemplate) -> dict[str, str]:
    lines = {"subject": template.subject, "before": " ".join(template.before), "after": " ".join(template.after)}
    return {**lines, "link": template.link or "", "sms": template.sms or ""}


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_kind_is_there_in_both_languages() -> None:
    assert list(HINDI) == list(ENGLISH)
    assert {kind for kind in TEMPLATES if not kind.endswith("_hi")} == {
        kind.removesuffix("_hi") for kind in TEMPLATES if kind.endswith("_hi")
    }


@pytest.mark.parametrize("kind", [kind for kind in TEMPLATES if not kind.endswith("_hi")])
def test_the_hindi_of_a_message_has_the_blanks_of_the_english_in_the_same_parts(kind: str) -> None:
    english, hindi = TEMPLATES[kind], TEMPLATES[in_language(kind, "hi")]
    assert (english.language, hindi.language) == ("en", "hi")
    assert (english.code, sorted(english.whatsapp)) == (hindi.code, sorted(hindi.whatsapp))
    for part, text in fixed_parts(english).items():
        said = fixed_parts(hindi)[part]
        assert blanks(said) == blanks(text), part
        assert bool(said) == bool(text), part
        assert sorted(re.findall(r"[₹@#]", said)) == sorted(re.findall(r"[₹@#]", text)), part
        left = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}", "", said)))
        assert not left - ENGLISH_WORDS, part


@pytest.mark.parametrize(
    "kind", [kind for kind, template in TEMPLATES.items() if template.sms and kind.endswith("_hi")]
)
def test_a_text_message_in_hindi_is_sent_in_few_parts(kind: str) -> None:
    """A phone takes 70 characters of Devanagari at once, or parts of 67. Each is paid for."""
    values = {name: TYPICAL[name] for name in blanks(TEMPLATES[kind].sms or "") - {"brand"}}
    said = render_message(Message(kind, "+919876543210", "sms", values=values), BRAND).text
    units = len(said.encode("utf-16-le")) // 2
    assert units <= (3 if "link" in values else 2) * 67, said


def said_by(node: ast.expr | None) -> Iterator[str]:
    for each in node.values if isinstance(node, ast.BoolOp) else [node]:
        yield from sentences_of(each, {})


def announcements(node: ast.AST) -> Iterator[ast.expr | None]:
    """What a part of the code announces: as an argument, kept in a variable, or in a function that makes it."""
    if isinstance(node, ast.keyword) and node.arg == "announce":
        yield node.value
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Name) and target.id.strip("_").lower() in ("announce", "announced"):
            yield from node.value.values if isinstance(node.value, ast.Dict) else [node.value]
    elif isinstance(node, ast.FunctionDef) and node.name == "_priced":
        yield from (each.value for each in ast.walk(node) if isinstance(each, ast.Return))
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_commit_with_audit":
        yield from (each for each in node.args if isinstance(each, ast.JoinedStr))


def announced() -> Iterator[str]:
    """The sentences with which changes are announced to administrators, from the code."""
    for path in sorted(LIBRARY.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for each in announcements(node):
                yield from said_by(each)


COMPOSED = {
    "{} {} directly to a wallet of {}: {}": "1000.00 INR were credited directly to a wallet of Lotus: cash",
    "{} from your wallet: the operator has accepted a dispute about it.": (
        "INR 5.00 of transaction txn_1 were taken back from your wallet: the operator has accepted a dispute about it."
    ),
    "{} {} {}, with the roles {}.": "Asha is proposed to be suspended, with the roles cashier.",
    "{} was {} as {}.": "Asha was invited as cashier.",
    "{} {}, from {}.": "Lotus is on the price plan plan_1, from 2026-12-01.",
    "A reward was added: “{}” {}.": "A reward was added: “Mug” costs 500 coins, stock unlimited.",
    "A reward was changed: “{}” {}; before, {} coins.": (
        "A reward was changed: “Mug” costs 500 coins, stock 3; before, 400 coins."
    ),
    "{} were credited to your wallet {}.": "1000.00 INR were credited to your wallet wal_1.",
}
"""Sentences that are made from others: as they are read."""


@pytest.mark.parametrize("sentence", sorted(set(announced())))
def test_what_is_announced_to_administrators_has_its_hindi(sentence: str) -> None:
    said = COMPOSED.get(sentence) or sentence.replace("{}", "X")
    assert DEVANAGARI.search(in_hindi(said, ZONE)), sentence


def test_the_announcements_were_found() -> None:
    assert len(set(announced())) > 40


def test_words_of_ours_that_fill_a_blank_have_their_hindi() -> None:
    for word in [*PURPOSE_LABELS.values(), *TITLES.values(), *_WHY.values(), *ROLES, "none"]:
        assert DEVANAGARI.search(in_hindi(word, ZONE)), word


def test_a_sentence_carries_names_and_figures_over() -> None:
    assert in_hindi("approve the prefund of ₹1,25,000.00, UTR HDFC1", ZONE) == (
        "₹1,25,000.00 का प्रीफ़ंड स्वीकार करें, UTR HDFC1"
    )
    assert in_hindi("Asha was invited as cashier, tenant_admin.", ZONE) == "Asha को इस भूमिका में बुलाया गया: कैशियर, एडमिन।"
    assert in_hindi("Lotus has no price plan any more, from 2026-10-01.", ZONE) == (
        "1 अक्टूबर 2026 से Lotus की कोई योजना नहीं है।"
    )
    assert in_hindi("A note that somebody wrote", ZONE) == "A note that somebody wrote"


@pytest.mark.parametrize(
    ("text", "english", "hindi"),
    [
        ("2026-11-21", "21 Nov 2026", "21 नवंबर 2026"),
        ("2026-11-21T20:00:00.000Z", "22 Nov 2026, 01:30 IST", "22 नवंबर 2026, 01:30 IST"),
        ("21 Nov 2026, 09:30 UTC", "21 Nov 2026, 09:30 UTC", "21 Nov 2026, 09:30 UTC"),
        ("2026-13-01", "2026-13-01", "2026-13-01"),
    ],
)
def test_dates_are_written_as_the_reader_writes_them(text: str, english: str, hindi: str) -> None:
    assert written_date(text, ZONE, "en") == english
    assert written_date(text, ZONE, "hi") == hindi


def test_a_zone_without_a_name_is_called_by_its_offset() -> None:
    assert written_date("2026-11-21T09:30:00.000Z", "Asia/Dubai", "en") == "21 Nov 2026, 13:30 UTC+04"


def test_a_mail_in_hindi_has_its_dates_amounts_and_our_words_in_hindi() -> None:
    values = {"name": "Asha", "title": "Tax Invoice", "number": "INV/1", "amount": "1,25,000.00", "due": "2026-12-05"}
    mail = render_message(Message("invoice_to_pay_hi", "a@example.com", values=values), BRAND)
    assert mail.subject == "Lotus Sweets से टैक्स इनवॉइस INV/1"
    assert "₹1,25,000.00 का टैक्स इनवॉइस INV/1" in mail.text
    assert "5 दिसंबर 2026 तक" in mail.text
    assert '<html lang="hi">' in mail.html


def test_customers_texts_have_both_languages() -> None:
    assert {f"{kind}_hi" for kind in CUSTOMER_TEMPLATES if not kind.endswith("_hi")} <= set(CUSTOMER_TEMPLATES)


def test_coins_without_a_name_of_their_own_are_called_in_hindi_too() -> None:
    values = {"coins": "1 coin", "balance": "250 coins"}
    said = render_message(Message("coins_issued_hi", "+919876543210", "sms", values=values), BRAND).text
    assert said == "Lotus Sweets पर आपकी कमाई: 1 सिक्का। आपका बैलेंस: 250 सिक्के।"
    named = render_message(
        Message("coins_issued_hi", "+919876543210", "sms", values={"coins": "5 petals", "balance": "9 petals"}), BRAND
    )
    assert named.text == "Lotus Sweets पर आपकी कमाई: 5 petals। आपका बैलेंस: 9 petals।"
