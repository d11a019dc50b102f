"""Answers to mails about tickets, handed in as SES would: what they become, and what never becomes anything.

The function: ReceiveMail.
"""

from __future__ import annotations

import time
from email.message import EmailMessage
from typing import Any

import pytest
import requests

from batua import clock
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Update
from batua.support import mail_files, mail_in
from batua.support.links import reply_address
from batua.support.mail_in import receive_mail
from local.host import LocalPlatform
from tests.prefunds import PDF, Actor, actor
from tests.support_desk import TICKETS, SupportDesk, data, support_desk
from tests.waiting import until

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 32


@pytest.fixture(scope="module")
def desk(platform: LocalPlatform) -> SupportDesk:
    return support_desk(platform)


@pytest.fixture(autouse=True)
def _at_any_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_in, "MAILS_PER_MINUTE", 1_000_000)
    monkeypatch.setattr(mail_in, "_SENDER_LIMIT", type(mail_in._SENDER_LIMIT)(allowance=1_000_000))


def letter(ticket: str, who: Actor, text: str = "It is order 1001.", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Asha Rao <{who.email}>", str(reply_address(ticket, who.id))
    mail["Subject"], mail["Message-ID"] = "Re: Reply to your ticket", f"<{time.monotonic_ns()}@example.com>"
    for name, value in headers.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def taken_in(mail: EmailMessage) -> str:
    return receive_mail(store(), bytes(mail), clock.system())


def comments(who: Actor, ticket: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(who.get(f"{TICKETS}/{ticket}/comments-list"))
    return found


def test_an_answer_to_the_mail_becomes_a_comment_by_the_gateways_inbox(
    desk: SupportDesk, platform: LocalPlatform
) -> None:
    customer = actor(platform, "Sitara Network", "viewer")
    ticket = desk.ticket(customer, subject="By mail please")
    desk.comment(desk.agent, ticket, "Which order?", status="pending")
    mail = customer.mail("By mail please")
    assert "##- Write your reply above this line -##" in mail["body"]
    quoted = "\n".join(f"> {line}" for line in mail["body"].splitlines())
    body = {
        "from": customer.email,
        "to": reply_address(ticket, customer.id),
        "subject": f"Re: {mail['subject']}",
        "text": f"It is order 1001.\n\nOn Sat, 28 Nov 2026 at 10:15, Batua wrote:\n{quoted}\n",
    }
    assert requests.post(f"{platform.url}/local/inbox", json=body, timeout=30).status_code == 202
    until(lambda: len(comments(customer, ticket)) >= 2, otherwise="the mail taken in")
    added = comments(customer, ticket)[-1]
    assert (added["body"], added["author_type"], added["author_id"]) == ("It is order 1001.", "customer", customer.id)
    assert desk.status(ticket) == "open", "a reply reopens what waits for the customer"
    assert requests.post(f"{platform.url}/local/inbox", data=b"{", timeout=30).status_code == 400


def test_staff_answer_by_mail_too_and_the_comment_is_public(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    assert taken_in(letter(ticket, desk.agent, "We are looking into it.")) == "commented"
    (added,) = comments(desk.customer, ticket)
    assert (added["author_type"], added["visibility"]) == ("staff", "public")
    assert desk.status(ticket) == "open"


def test_the_same_mail_again_changes_nothing(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    mail = letter(ticket, desk.customer)
    assert [taken_in(mail), taken_in(mail)] == ["commented", "repeated"]
    assert len(comments(desk.customer, ticket)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner-email=x"},
        {"Precedence": "bulk"},
        {"Subject": "Out of Office: Re: Reply to your ticket"},
        {"Subject": "Automatic reply: your ticket"},
        {"Return_Path": "<>"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<people.example.com>"},
        {"From": "Mail Delivery Subsystem <MAILER-DAEMON@example.com>"},
        {"From": "wallet@local.example"},
    ],
)
def test_what_a_machine_sends_ends_here_so_no_loop_begins(desk: SupportDesk, headers: dict[str, str]) -> None:
    ticket = desk.ticket()
    assert taken_in(letter(ticket, desk.customer, **headers)) == "automatic"
    assert comments(desk.agent, ticket) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X_SES_Spam_Verdict": "FAIL"},
        {"X_SES_Virus_Verdict": "FAIL"},
        {"Authentication_Results": "amazonses.com; spf=fail; dkim=none; dmarc=fail header.from=example.com;"},
    ],
)
def test_what_ses_finds_fault_with_is_not_taken_in(desk: SupportDesk, headers: dict[str, str]) -> None:
    ticket = desk.ticket()
    assert taken_in(letter(ticket, desk.customer, **headers)) == "unwanted"
    assert comments(desk.agent, ticket) == []


def test_a_verdict_that_the_sender_wrote_does_not_hide_that_of_ses(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    mail = letter(ticket, desk.customer)
    raw = b"X-SES-Virus-Verdict: FAIL\r\n" + b"X-SES-Virus-Verdict: PASS\r\n" + bytes(mail)
    assert receive_mail(store(), raw, clock.system()) == "unwanted"


def test_an_address_is_good_for_one_ticket_and_one_person(desk: SupportDesk, platform: LocalPlatform) -> None:
    ticket, other = desk.ticket(), desk.ticket()
    address = str(reply_address(ticket, desk.customer.id))
    tag = address.partition("@")[0][-20:]
    elsewhere = str(reply_address(other, desk.customer.id)).partition("@")[0][:-20] + tag + "@reply.local.example"
    assert taken_in(letter(ticket, desk.customer, To=elsewhere)) == "wrong_sender"
    assert taken_in(letter(ticket, desk.colleague, To=address)) == "wrong_sender", "passed on to a colleague"
    assert taken_in(letter(ticket, desk.stranger, To=address)) == "wrong_sender", "leaked to another tenant"
    assert taken_in(letter(ticket, desk.stranger)) == "wrong_sender", "nobody is sent such an address"
    assert taken_in(letter(ticket, desk.customer, To=f"reply+x{tag}@reply.local.example")) == "no_ticket"
    assert taken_in(letter(ticket, desk.customer, To=address.replace("reply.local", "evil"))) == "no_ticket"
    assert taken_in(letter(ticket, desk.customer, From=f"{desk.customer.email}, x@evil.example")) == "wrong_sender"
    assert comments(desk.agent, ticket) == comments(desk.agent, other) == []
    assert taken_in(letter(ticket, desk.customer, To=address.upper())) == "commented", "mailboxes ignore case"


def test_people_who_left_answer_no_more(desk: SupportDesk, platform: LocalPlatform) -> None:
    customer, agent = actor(platform, "Sitara Network", "viewer"), actor(platform, "Batua", "staff")
    ticket = desk.ticket(customer)
    for who in (customer, agent):
        store().write(Update(keys.user_key(who.tenant, who.id), set={"status": "suspended"}))
        assert taken_in(letter(ticket, who)) == "wrong_sender"
    former = actor(platform, "Batua", "viewer")
    assert taken_in(letter(ticket, former)) == "wrong_sender", "no longer one of the staff"


def test_attachments_are_kept_as_documents_and_what_is_unfit_is_named(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    mail = letter(ticket, desk.customer, "See the slip.")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="slip.pdf")
    mail.add_attachment(PNG, maintype="application", subtype="octet-stream", filename="photo.png")
    mail.add_attachment(b"MZ\x90\x00", maintype="application", subtype="pdf", filename="invoice.pdf")
    assert [taken_in(mail), taken_in(mail)] == ["commented", "repeated"]
    (added,) = comments(desk.agent, ticket)
    assert [(each["name"], each["media_type"]) for each in added["attachments"]] == [
        ("slip.pdf", "application/pdf"),
        ("photo.png", "image/png"),
    ]
    assert "Left out: invoice.pdf" in added["body"]
    assert requests.get(added["attachments"][0]["download_url"], timeout=30).content == PDF
    shown = data(desk.customer.get("/api/v1/tenant/documents", params={"limit": 100}))
    assert {"slip.pdf", "photo.png"} <= {each["name"] for each in shown}
    trail = store().query_all("directory", keys.audit_partition("live", desk.customer.tenant), consistent=True)
    received = [row for row in trail if row["what"] == "document received by mail"]
    assert {row["ref"] for row in received} >= {each["document_id"] for each in added["attachments"]}
    assert len(received) == len({row["ref"] for row in received}), "the same mail again is recorded once"
    assert {row["who"] for row in received} == {desk.customer.id}


def test_a_tenant_with_as_many_documents_as_it_may_have_gets_none_by_mail(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = data(desk.customer.get("/api/v1/tenant/documents", params={"limit": 100}))
    monkeypatch.setattr(mail_files, "MAX_DOCUMENTS", len(there) + 1)
    ticket = desk.ticket()
    mail = letter(ticket, desk.customer, "Two slips.")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="first.pdf")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="second.pdf")
    assert taken_in(mail) == "commented"
    (added,) = comments(desk.agent, ticket)
    assert [each["name"] for each in added["attachments"]] == ["first.pdf"]
    assert "Left out: second.pdf" in added["body"]


def test_a_reply_to_a_closed_ticket_opens_a_follow_up_once(desk: SupportDesk) -> None:
    ticket = desk.ticket(subject="Closed for now")
    desk.move(ticket, "resolved", "closed")
    mail = letter(ticket, desk.customer, "It is back.")
    assert [taken_in(mail), taken_in(mail)] == ["opened", "repeated"]
    rows = data(desk.customer.get(TICKETS, params={"limit": 5}))
    (follow_up,) = [row for row in rows if row["follow_up_of"] == ticket]
    assert (follow_up["subject"], follow_up["status"]) == ("Closed for now", "new")
    assert taken_in(letter(ticket, desk.agent, "Closed it is.")) == "closed"


def test_a_reply_to_a_merged_ticket_goes_where_that_went(desk: SupportDesk) -> None:
    first, second = desk.ticket(), desk.ticket()
    data(desk.agent.post(f"{TICKETS}/{second}/merge", {"into": first}))
    assert taken_in(letter(second, desk.customer, "Any news?")) == "commented"
    assert comments(desk.customer, first)[-1]["body"] == "Any news?"
    theirs = desk.ticket(desk.colleague)
    mine = desk.ticket()
    data(desk.agent.post(f"{TICKETS}/{mine}/merge", {"into": theirs}))
    assert taken_in(letter(mine, desk.customer, "Mine alone")) == "opened", "somebody else's ticket is not theirs"
    assert "Mine alone" not in str(comments(desk.colleague, theirs))


def test_a_mail_without_anything_new_and_one_that_cannot_be_read_change_nothing(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    assert taken_in(letter(ticket, desk.customer, "> Which order?\n")) == "empty"
    for raw in (b"", b"\x00\xff", b"To: reply+x@reply.local.example\r\n\r\nx", b"From: =?utf-8?q?=ff?=\r\n\r\n"):
        assert receive_mail(store(), raw, clock.system()) in ("no_ticket", "unreadable")


def test_a_storm_of_mails_on_one_ticket_is_cut_off(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_in, "MAILS_PER_MINUTE", 3)
    monkeypatch.setattr(mail_in, "_SENDER_LIMIT", type(mail_in._SENDER_LIMIT)(allowance=1))
    ticket, now = desk.ticket(), clock.system()
    found = [receive_mail(store(), bytes(letter(ticket, desk.customer)), now) for _ in range(5)]
    assert found == ["commented"] * 3 + ["too_many"] * 2


def test_an_internal_comment_gives_no_address_and_its_text_goes_into_no_mail(
    desk: SupportDesk, platform: LocalPlatform
) -> None:
    customer = actor(platform, "Sitara Network", "viewer")
    ticket = desk.ticket(customer, subject="Nothing internal in mails")
    desk.comment(desk.agent, ticket, "The secret canary is 7391", visibility="internal")
    desk.comment(desk.agent, ticket, "A public answer")
    customer.mail("Nothing internal in mails")
    until(lambda: "A public answer" in str(customer.mails()))
    assert "canary" not in str(customer.mails())
    assert "canary" not in str(comments(customer, ticket))


def test_our_own_mails_say_that_nobody_wrote_them(desk: SupportDesk, platform: LocalPlatform) -> None:
    from batua.messages import sender
    from batua.messages.branding import Branding
    from batua.messages.model import Message, RenderedMessage

    sent: list[dict[str, Any]] = []

    class Ses:
        def send_email(self, **request: Any) -> None:
            sent.append(request)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sender, "client", lambda name: Ses())
        message = Message("notification", "a@example.com", reply_to="reply+x@reply.local.example")
        sender.send_message(message, RenderedMessage("text", "subject", "<p>"), Branding("Batua"))
    headers = {each["Name"]: each["Value"] for each in sent[0]["Content"]["Simple"]["Headers"]}
    assert headers["Auto-Submitted"] == "auto-generated"
    assert sent[0]["ReplyToAddresses"] == ["reply+x@reply.local.example"]
