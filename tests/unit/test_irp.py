"""NIC's portal, held to its documented shapes against a stand-in that also misbehaves."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from batua.billing.einvoice import einvoice_content
from batua.billing.irp import (
    IrpAccount,
    IrpFault,
    IrpRefusal,
    IrpSession,
    IrpSessionEnded,
    NicPortal,
    expected_irn,
)
from local.irp import CLIENT, CLIENT_SECRET, PASSWORD, PATH, InvoicePortalPage
from local.server import Request, Response
from tests.unit.billing_documents import BUYERS, THING, document

NIC = NicPortal()
CONTENT = einvoice_content(document("tax_invoice", 1, BUYERS[1], THING))
OTHER = einvoice_content(document("tax_invoice", 2, BUYERS[1], THING))


class Portal:
    """The stand-in, served, with what it was sent."""

    def __init__(self) -> None:
        self.stand_in = InvoicePortalPage()
        self.seen: list[Request] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["content-length"])))

            def do_GET(self) -> None:
                self._answer(b"")

            def _answer(self, body: bytes) -> None:
                request = Request(self.command, self.path, list(self.headers.items()), body, "127.0.0.1")
                outer.seen.append(request)
                answer = outer.stand_in.page(request) or Response.message(404, "Not Found")
                self.send_response(answer.status)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.account = IrpAccount(
            url=f"http://127.0.0.1:{self._server.server_port}{PATH}",
            gstin="29AAGCB7383J1Z4",
            user_name="sharma_api",
            password=PASSWORD,
            client_id=CLIENT,
            client_secret=CLIENT_SECRET,
            public_key=self.stand_in.public_key,
        )

    def answers(self, *others: Any) -> None:
        """Gives these instead of the next answers, then its own again: a Response, a change of its answer, or None."""
        left = list(others)

        def misbehave(name: str, answer: dict[str, Any]) -> Response | dict[str, Any]:
            other = left.pop(0) if left else None
            if other is None:
                return answer
            return other if isinstance(other, Response) else {**answer, **other}

        self.stand_in.misbehave = misbehave

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def served() -> Iterator[Portal]:
    portal = Portal()
    yield portal
    portal.close()


@pytest.fixture
def portal(served: Portal) -> Portal:
    served.stand_in.forget()
    served.answers()
    served.seen.clear()
    return served


@pytest.fixture
def session(portal: Portal) -> IrpSession:
    return NIC.sign_in(portal.account)


def test_an_irn_is_the_hash_of_supplier_year_kind_and_number() -> None:
    # The example that NIC publishes: 01AAAAB1234C1Z02019-20INVAB1234.
    content = {
        "SellerDtls": {"Gstin": "01AAAAB1234C1Z0"},
        "DocDtls": {"Typ": "INV", "No": "AB1234", "Dt": "31/03/2020"},
    }
    assert expected_irn(content) == "35054cc24d97033afc24f49ec4444dbab81f542c555f9d30359dc75794e06bbe"
    first = {**content, "DocDtls": {"Typ": "INV", "No": "AB1234", "Dt": "01/04/2020"}}
    assert expected_irn(first) == hashlib.sha256(b"01AAAAB1234C1Z02020-21INVAB1234").hexdigest()


def test_signing_in_sends_credentials_under_the_portals_key_alone(portal: Portal) -> None:
    session = NIC.sign_in(portal.account)
    (request,) = portal.seen
    assert request.path.endswith("/eivital/v1.04/auth")
    assert PASSWORD not in request.body.decode()
    assert len(base64.b64decode(json.loads(request.body)["Data"])) == 256
    assert (request.header("client_id"), request.header("gstin")) == (CLIENT, "29AAGCB7383J1Z4")
    assert len(session.key) == 32
    for secret in (PASSWORD, session.token, CLIENT_SECRET):
        assert secret not in f"{session!r} {portal.account!r}"


def test_an_invoice_is_registered_and_its_qr_code_is_of_it(portal: Portal, session: IrpSession) -> None:
    found = NIC.register(portal.account, session, CONTENT)
    assert (found.irn, found.active) == (expected_irn(CONTENT), True)
    request = portal.seen[-1]
    assert request.path.endswith("/eicore/v1.03/Invoice")
    assert (request.header("user_name"), request.header("authtoken")) == ("sharma_api", session.token)
    assert b"Shree Traders" not in request.body
    assert NIC.find(portal.account, session, CONTENT) == found
    assert NIC.find(portal.account, session, OTHER) is None
    asked = portal.seen[-2].query
    assert asked == "doctype=INV&docnum=INV%2F2627%2F000001&docdate=05%2F11%2F2026"


def test_a_document_whose_answer_was_lost_is_found_when_it_is_sent_again(portal: Portal, session: IrpSession) -> None:
    portal.answers(Response(504, [], b"<html>Gateway Time-out</html>"))
    with pytest.raises(IrpFault):
        NIC.register(portal.account, session, CONTENT)
    found = NIC.register(portal.account, session, CONTENT)
    assert found.irn == expected_irn(CONTENT)
    assert "irnbydocdetails" in portal.seen[-1].path


def test_a_cancelled_irn_is_found_cancelled_however_often(portal: Portal, session: IrpSession) -> None:
    NIC.register(portal.account, session, CONTENT)
    portal.answers(Response(502, [], b"Bad Gateway"))
    with pytest.raises(IrpFault):
        NIC.cancel(portal.account, session, CONTENT, "duplicate", "Twice")
    NIC.cancel(portal.account, session, CONTENT, "duplicate", "Twice")
    found = NIC.find(portal.account, session, CONTENT)
    assert found
    assert not found.active
    with pytest.raises(IrpRefusal, match="2148"):
        NIC.cancel(portal.account, session, OTHER, "other", "Never was")


def test_an_ended_session_is_told_from_a_refusal(portal: Portal, session: IrpSession) -> None:
    portal.stand_in.end_sessions()
    with pytest.raises(IrpSessionEnded):
        NIC.register(portal.account, session, CONTENT)


def encoded(*errors: dict[str, str]) -> str:
    return base64.b64encode(json.dumps(errors).encode()).decode()


@pytest.mark.parametrize(
    "details",
    [
        [{"ErrorCode": "3029", "ErrorMessage": "GSTIN is inactive or cancelled"}],
        encoded({"ErrorCode": "3029", "ErrorMessage": "GSTIN is inactive or cancelled"}),
        '[{"ErrorCode": "3029", "ErrorMessage": "GSTIN is inactive or cancelled"}]',
    ],
)
@pytest.mark.parametrize("status", [0, "0"])
def test_a_refusal_is_read_in_each_form_that_the_portal_sends(
    portal: Portal, session: IrpSession, details: Any, status: Any
) -> None:
    portal.answers({"Status": status, "Data": None, "ErrorDetails": details})
    with pytest.raises(IrpRefusal, match="3029: GSTIN is inactive or cancelled"):
        NIC.register(portal.account, session, CONTENT)


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, [], b"not JSON"),
        Response(200, [], b"[]"),
        Response(200, [], b"{}"),
        Response(500, [], b'{"Status": 7}'),
        {"Data": None},
        {"Data": "not base64!"},
        {"Data": base64.b64encode(b"0123456789abcdef" * 3).decode()},
        {"Status": 0, "ErrorDetails": None},
        {"Status": 0, "ErrorDetails": "%%%"},
        {"Status": 0, "ErrorDetails": [{}]},
    ],
)
def test_what_cannot_be_read_is_a_fault_and_never_a_registration(
    portal: Portal, session: IrpSession, answer: Any
) -> None:
    portal.answers(answer)
    with pytest.raises(IrpFault):
        NIC.register(portal.account, session, CONTENT)


@pytest.mark.parametrize("change", [{"Data": {}}, {"Data": {"Sek": "x", "AuthToken": "t"}}, {"Data": "text"}])
def test_a_session_that_cannot_be_read_is_a_fault(portal: Portal, change: dict[str, Any]) -> None:
    portal.answers(change)
    with pytest.raises(IrpFault):
        NIC.sign_in(portal.account)


def test_wrong_credentials_are_refused_with_the_portals_words(portal: Portal) -> None:
    from dataclasses import replace

    with pytest.raises(IrpRefusal, match="1019: Incorrect Password"):
        NIC.sign_in(replace(portal.account, password="other"))
    with pytest.raises(IrpRefusal, match="1010"):
        NIC.sign_in(replace(portal.account, client_secret="other"))


@pytest.mark.parametrize(
    "change",
    [
        {"Irn": "0" * 64},
        {"SignedQRCode": "no.token"},
        {"SignedQRCode": ""},
        {"AckDt": "yesterday"},
    ],
)
def test_an_answer_about_another_document_is_not_believed(
    portal: Portal, session: IrpSession, change: dict[str, Any]
) -> None:
    portal.stand_in.lie = change
    with pytest.raises(IrpFault):
        NIC.register(portal.account, session, CONTENT)


def test_a_number_that_another_content_was_registered_under_is_a_fault(portal: Portal, session: IrpSession) -> None:
    NIC.register(portal.account, session, CONTENT)
    dearer = {**CONTENT, "ValDtls": {**CONTENT["ValDtls"], "TotInvVal": CONTENT["ValDtls"]["TotInvVal"] + 1}}
    with pytest.raises(IrpFault, match="another document"):
        NIC.register(portal.account, session, dearer)
