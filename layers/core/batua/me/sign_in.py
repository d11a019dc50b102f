"""A customer signs in with a code sent to their phone, stays signed in, and signs out.

The same answer and the same work for every number: a code is made and a message handed in also where nobody has that
number here, and only the sender of messages, whom nobody waits for, leaves that one out. A session belongs to the
customer of one network's books, so a number that is known to two merchants that share nothing needs two codes, and
neither page tells of the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from .. import audit_trail, clock, errors, ids, phone
from ..api.cookies import set_cookie
from ..api.endpoint import Call
from ..api.styles import Reply
from ..customers import model as customers
from ..identity import csrf, otp, sessions, step_up, throttle
from ..identity.credentials import CUSTOMER_COOKIE, customer_cookie
from ..identity.tenant import Tenant, read_tenant
from ..ledger.model import Program
from ..messages import outbound
from ..messages.model import CUSTOMER_CODE, NOBODY, Message
from ..settings import settings
from ..store import keys
from ..store.keys import Mode, Scope
from ..store.store import Cancelled, Record, Store
from ..store.writes import EXISTS, Update, Write
from .models import CustomerMerchant
from .session_models import (
    CodeSent,
    CustomerSignedIn,
    PhoneProof,
    ProveMyPhone,
    RequestSignInCode,
    SignedOut,
    SignInCustomer,
    SignOutCustomer,
)
from .signed_in import signed_in_customer

SIGN_IN_ERRORS: Final = (errors.NOT_FOUND, errors.OTP_INVALID, errors.TOO_MANY_ATTEMPTS, errors.CSRF_FAILED)
PHONE_PROOF_SECONDS: Final = 15 * 60
MAX_COOKIES: Final = 8
"""Merchants at which one browser is signed in at the same time: cookies travel with every request."""


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """The page of a merchant, and the books of its customers."""

    tenant: Tenant
    program: Program
    slug: str
    mode: Mode

    @property
    def scope(self) -> Scope:
        return keys.scope(self.mode, self.program.owner)

    def customer_id(self, number: str) -> str:
        return customers.customer_id_by_phone(self.scope, self.program.owner, number)


def find_page(store: Store, slug: str, mode: Mode) -> CustomerPage:
    """The page under a slug. One of a merchant that is stopped, or has no coins, is not there."""
    slug = slug.lower()
    if not keys.is_slug(slug):
        raise errors.NOT_FOUND()
    entry = store.read([keys.slug_key(slug)])[keys.slug_key(slug)]
    if entry is None:
        raise errors.NOT_FOUND()
    tenant_key = keys.tenant_key(entry["tenant"])
    record = store.read([tenant_key])[tenant_key]
    tenant = read_tenant(record) if record else None
    if tenant is None or not tenant.active or tenant.program is None:
        raise errors.NOT_FOUND()
    return CustomerPage(tenant, tenant.program, slug, mode)


def request_sign_in_code(call: Call[RequestSignInCode]) -> CodeSent:
    """Sends a code, where the number is a customer's. Says the same either way."""
    given, now = call.input, clock.system()
    page = find_page(call.store, given.merchant, given.mode)
    number = _number(given.phone, page.tenant.region)
    throttle.take_attempt_by_name(
        call.store, throttle.CUSTOMER_ADDRESS, throttle.address_name(call.request.address), now
    )
    subject = page.customer_id(number)
    throttle.take_attempt_by_name(call.store, throttle.CODE_TO_CUSTOMER, f"{page.scope}:{subject}", now)
    known = _known_customer(call.store, page, subject) is not None
    otp_id, code = otp.store_new_code(call.store, subject, "customer_sign_in", page.scope, now)
    send_code(number, page.tenant.id, code, given.language, known=known)
    return CodeSent(otp_id=otp_id, sent_to=phone.masked(number), expires_at=clock.iso(now + otp.OTP_LIFETIME_MS))


def send_code(number: str, tenant: str, code: str, language: str, *, known: bool = True) -> None:
    host = urlsplit(settings().public_url).hostname or "localhost"
    kind = f"{CUSTOMER_CODE}_hi" if language == "hi" else CUSTOMER_CODE
    values = {"code": code, "host": host, **({} if known else {NOBODY: "1"})}
    outbound.enqueue(Message(kind, number, "sms", tenant, values))


def sign_in_customer(call: Call[SignInCustomer]) -> Reply:
    """Opens a session for who has the code. A browser has to send `X-Merchant`, which no other site can make it do."""
    given, now = call.input, clock.system()
    page = find_page(call.store, given.merchant, given.mode)
    if given.kind == "cookie" and call.request.headers.get("x-merchant", "").lower() != page.slug:
        raise errors.CSRF_FAILED("Send the header X-Merchant with the merchant's slug.")
    number = _number(given.phone, page.tenant.region)
    subject = page.customer_id(number)
    spent = otp.check_otp(call.store, subject, given.otp_id, digits(given.code), "customer_sign_in", page.scope, now)
    record = _known_customer(call.store, page, subject)
    if record is None:
        raise errors.OTP_INVALID()
    epoch, ended = customers.read_customer(record).epoch, _ended_by_silence(call.store, page, subject, record, now)
    session = sessions.begin_customer_session(
        subject, page.tenant.id, epoch + ended.get("epoch", 0), given.kind, given.mode, ids.new_id("dev", now), now
    )
    seen: dict[str, Any] = {"seen": now, "phone": number}
    if given.language is not None:
        seen["lang"] = given.language
    back = Update(keys.customer_key(page.scope, subject), set=seen, add=ended, remove=("erased",), when=EXISTS)
    writes: list[Write] = [spent, sessions.session_put(session), back, _signed_in_entry(call, page, session)]
    try:
        call.store.commit(writes, caller=call.request.id)
    except Cancelled:
        raise errors.OTP_INVALID() from None  # another request was quicker with the same code
    return _session_reply(call, page, session, number)


def _session_reply(call: Call[Any], page: CustomerPage, session: sessions.Session, number: str) -> Reply:
    by_cookie = session.kind == "cookie"
    issued = None if by_cookie else sessions.tokens_of(session, page.tenant, session.started_at)
    seconds = (session.ends_at - session.started_at) // 1000
    cookies: tuple[str, ...] = ()
    if by_cookie:
        cookie = sessions.cookie_of(session, page.tenant, session.started_at)
        name = customer_cookie(page.slug)
        others = [one for one in call.request.cookies if one.startswith(CUSTOMER_COOKIE) and one != name]
        ended = [set_cookie(one, "", 0) for one in others[: max(0, len(others) - MAX_COOKIES + 1)]]
        cookies = (set_cookie(name, cookie, seconds), *ended)
    signed_in = CustomerSignedIn(
        customer_id=session.user,
        phone=phone.masked(number),
        merchant=CustomerMerchant(id=page.tenant.id, slug=page.slug, name=page.tenant.name),
        csrf_token=csrf.csrf_token(session.id) if by_cookie else None,
        access_token=issued.access if issued else None,
        refresh_token=issued.refresh if issued else None,
        expires_in=issued.access_seconds if issued else seconds,
        proof=step_up.issue_proof(session.user, session.id, seconds=PHONE_PROOF_SECONDS),
    )
    return Reply(signed_in, "Signed in", cookies=cookies)


def request_proof_code(call: Call[None]) -> CodeSent:
    """Sends a code to the customer's own number, for what a session alone is not enough for."""
    caller, now = call.caller, clock.system()
    customer = signed_in_customer(call)
    throttle.take_attempt_by_name(call.store, throttle.CODE_TO_CUSTOMER, f"{caller.scope}:{caller.id}", now)
    number = str(customer.phone)
    otp_id, code = otp.store_new_code(call.store, caller.id, "customer_proof", str(caller.claims.session), now)
    send_code(number, caller.tenant.id, code, str(customer.preferences.get("language", "en")))
    audit_trail.record_act(call.store, call.act("customer requested code", otp_id))
    return CodeSent(otp_id=otp_id, sent_to=phone.masked(number), expires_at=clock.iso(now + otp.OTP_LIFETIME_MS))


def prove_phone(call: Call[ProveMyPhone]) -> PhoneProof:
    """A fresh proof for this session, for who has the code."""
    caller, given = call.caller, call.input
    session = str(caller.claims.session)
    spent = otp.check_otp(
        call.store, caller.id, given.otp_id, digits(given.code), "customer_proof", session, clock.system()
    )
    try:
        call.store.commit([spent, call.act("customer proved phone", session)], caller=call.request.id)
    except Cancelled:
        raise errors.OTP_INVALID() from None
    proof = step_up.issue_proof(caller.id, session, seconds=PHONE_PROOF_SECONDS)
    return PhoneProof(proof=proof, expires_in=PHONE_PROOF_SECONDS)


def sign_out_customer(call: Call[SignOutCustomer]) -> Reply:
    """Ends this session, or with `everywhere` all of the customer's, and takes the cookie away."""
    caller, everywhere, now = call.caller, call.input.everywhere, clock.system()
    writes: list[Write] = [Update(keys.session_key(str(caller.claims.session)), set={"ended": now}, when=EXISTS)]
    if everywhere:
        writes.append(Update(keys.customer_key(caller.scope, caller.id), add={"epoch": 1}, when=EXISTS))
    what = "customer signed out everywhere" if everywhere else "customer signed out"
    call.store.commit([*writes, call.act(what, caller.claims.session)], caller=call.request.id)
    slug = call.request.headers.get("x-merchant", "").lower()
    cookies = (set_cookie(customer_cookie(slug), "", 0),) if keys.is_slug(slug) else ()
    return Reply(SignedOut(everywhere=everywhere), "Signed out", cookies=cookies)


def _ended_by_silence(store: Store, page: CustomerPage, subject: str, record: Record, now: int) -> dict[str, int]:
    """What a sign-in ends where the number was silent since the one before, and may have been somebody else's: their
    sessions, and the codes that their cards and passes show, which would spend what the customer of now collects."""
    before = record.get("seen") or record["made"]
    if now - before <= customers.SILENCE_MS:
        return {}
    from ..customers.silence import held_since  # few sign-ins come so long after the one before

    since = held_since(store, page.scope, page.program, subject, back_to=before, now=now)
    return {"epoch": 1, "qr": 1} if since > before else {}


def _known_customer(store: Store, page: CustomerPage, subject: str) -> Record | None:
    """The customer, if the number is one's here. One who had their data deleted is again, once they came back."""
    about = keys.customer_key(page.scope, subject)
    wallet = keys.wallet_key(page.scope, customers.customer_wallet_id(page.scope, page.program.id, subject))
    found = store.read([about, wallet])
    record, coins = found[about], found[wallet]
    if record is None:
        return None
    customer = customers.read_customer(record)
    last = coins["at"] if coins else 0
    return None if customer.erased_at is not None and last <= customer.erased_at else record


def digits(code: str) -> str:
    """A code as it was sent: people type it with a space in the middle."""
    return code.replace(" ", "")


def _number(text: str, region: str) -> str:
    try:
        return phone.to_e164(text, region)
    except phone.PhoneError as refusal:
        raise errors.invalid("phone", str(refusal)) from refusal


def _signed_in_entry(call: Call[Any], page: CustomerPage, session: sessions.Session) -> Write:
    return audit_trail.audit_entry(
        page.mode,
        page.tenant.id,
        session.started_at,
        what="customer signed in",
        who=session.user,
        address=call.request.address,
        reference=session.id,
        request_id=call.request.id,
        details={"kind": session.kind},
    )
