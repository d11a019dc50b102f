"""Messages: every template can be written, and what is filled in stays what it is."""

from __future__ import annotations

import string

import pytest

from batua.messages.branding import Branding, branding_from
from batua.messages.model import Message, MessageTemplate
from batua.messages.templates import TEMPLATES, render_message

BRAND = Branding("Lotus & Co", "#aa5500", "help@lotus.example", "Lotus & Co, Pune\nGSTIN 27AAAAA0000A1Z5")


def blanks(template: MessageTemplate) -> dict[str, str]:
    lines = [template.subject, *template.before, *template.after, template.sms or ""]
    names = {name for line in lines for _, name, _, _ in string.Formatter().parse(line) if name}
    filled = {name: f"<{name}>" for name in names - {"brand"}}
    return {**filled, **({"link": "https://x.example/#token=1"} if template.link else {})}


@pytest.mark.parametrize("kind", TEMPLATES)
def test_every_mail_says_the_same_in_text_and_html_in_the_tenants_name(kind: str) -> None:
    letter = render_message(Message(kind, "a@example.com", values=blanks(TEMPLATES[kind])), BRAND)
    assert "Lotus & Co" in letter.text
    assert "Lotus &amp; Co" in letter.html
    assert "#aa5500" in letter.html
    assert "Lotus &amp; Co, Pune<br>GSTIN 27AAAAA0000A1Z5" in letter.html
    assert letter.text.endswith("Lotus & Co\nhelp@lotus.example\nLotus & Co, Pune\nGSTIN 27AAAAA0000A1Z5\n")
    assert "\n" not in letter.subject
    for value in blanks(TEMPLATES[kind]).values():
        if value in letter.text and value.startswith("<"):
            assert value not in letter.html
            assert value.replace("<", "&lt;").replace(">", "&gt;") in letter.html
    assert "{" not in letter.text + letter.subject + letter.html


def test_a_name_can_neither_begin_a_header_nor_a_paragraph() -> None:
    values = {"name": "Eve\r\nBcc: all@example.com\n\nPay here", "link": "https://x.example"}
    letter = render_message(Message("password_reset", "a@example.com", values=values), Branding("A\nB"))
    assert "\n" not in letter.subject
    assert "Hello Eve Bcc: all@example.com Pay here," in letter.text


def test_braces_in_a_name_are_no_blanks() -> None:
    letter = render_message(Message("mfa_on", "a@example.com", values={"name": "{brand.__class__}"}), BRAND)
    assert "{brand.__class__}" in letter.text


def test_a_text_message_is_short_and_says_its_code() -> None:
    values = {"name": "Asha", "code": "123456", "what": "delete my account"}
    letter = render_message(Message("one_time_code", "+919876543210", "sms", values=values), BRAND)
    assert "123456" in letter.text
    assert len(letter.text) <= 160
    assert not letter.html


def test_a_kind_without_a_text_message_is_none() -> None:
    with pytest.raises(KeyError):
        render_message(Message("mfa_on", "+919876543210", "sms", values={"name": "A"}), BRAND)


def test_a_message_comes_through_the_queue_as_it_was() -> None:
    message = Message("invitation", "a@example.com", "email", "ten_1", {"name": "Asha"})
    assert Message.from_text(message.as_text()) == message


def test_a_message_bears_the_tenants_name_until_it_has_branding() -> None:
    tenant = {"name": "Lotus"}
    assert branding_from(None, None) == Branding()
    assert branding_from(tenant, None) == Branding("Lotus")
    style = {"name": "Lotus Sweets", "primary": "#112233", "page": "https://lotus.example", "footer": "Pune"}
    assert branding_from(tenant, style) == Branding("Lotus Sweets", "#112233", "https://lotus.example", "Pune")
