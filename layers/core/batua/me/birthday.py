"""The customer's birthday, for the coins that a program gives for it: month and day, with consent, changed seldom."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field, model_validator

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import FieldsWrong, Instant, Model
from ..coins import counter
from ..customers.model import birthday_text
from ..customers.silence import held_since
from ..ledger.model import Program
from ..store import keys, referral_keys
from ..store.store import Record
from ..store.writes import EXISTS, Update

CHANGE_DAYS: Final = 365
"""Otherwise a customer could have a birthday every week."""

SAVE_BIRTHDAY_ERRORS: Final = (errors.BIRTHDAY_LOCKED,)


class SaveMyBirthday(Model):
    birthday: str | None = Field(
        description="Month and day, `MM-DD`, without the year. Null removes it.",
        pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        examples=["08-14"],
    )
    consent: Literal[True] | None = Field(
        None, description="That the day is kept and used for coins on it. Needed with a day."
    )

    @model_validator(mode="after")
    def _with_consent(self) -> SaveMyBirthday:
        if self.birthday is not None and not self.consent:
            raise FieldsWrong("must be true: the day is kept with the customer's consent alone", "consent")
        month, day = (int(part) for part in (self.birthday or "01-01").split("-"))
        if day > (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]:
            raise FieldsWrong("must be a day of the year", "birthday")
        return self


class MyBirthday(Model):
    birthday: str | None = Field(examples=["08-14"])
    may_change_at: Instant | None = Field(description="Before that, it can be taken away, and not be changed.")
    coins: Any = Field(
        None,
        description="What the program gives for a birthday now; null where it gives nothing.",
        json_schema_extra={"type": ["number", "null"]},
        examples=[50],
    )


def read_my_birthday(call: Call[None]) -> MyBirthday:
    return _birthday_response(call, _own_record(call))


def own_birthday(call: Call[Any]) -> str | None:
    """The customer's birthday, `MM-DD`, if it was certainly theirs."""
    return birthday_text(_own_record(call))


def save_my_birthday(call: Call[SaveMyBirthday]) -> MyBirthday:
    """Saves the day, or takes it away. Said again, it changes nothing."""
    record, text, now = _own_record(call), call.input.birthday, call.now
    before, day = record.get("bday"), None if text is None else int(text.replace("-", ""))
    if day == before:
        return _birthday_response(call, record)
    locked = record.get("bday_at", 0) + CHANGE_DAYS * clock.DAY_MS
    # Taken away and given again is a change too.
    if day is not None and "bday_at" in record and now < locked:
        raise errors.BIRTHDAY_LOCKED(figures={"may_change_at": clock.iso(locked)})
    about = keys.customer_key(call.caller.scope, call.caller.id)
    if day is None:
        change = Update(about, remove=("bday", "g2p", "g2s"), when=EXISTS)
    else:
        partition = referral_keys.birthdays_partition(call.caller.scope, day)
        found = {"bday": day, "bday_at": now, "g2p": partition, "g2s": call.caller.id}
        change = Update(about, set=found, when=EXISTS)
    what = "customer birthday saved" if day is not None else "customer birthday taken away"
    call.store.commit([change, call.act(what, call.caller.id)], caller=call.request.id)
    at = record.get("bday_at") if day is None else now
    return _birthday_response(call, {**record, "bday": day, **({"bday_at": at} if at else {})})


def _own_record(call: Call[Any]) -> Record:
    """The customer's record; without the birthday if it may be of a former owner of the number."""
    caller = call.caller
    record = call.loaded.get(keys.customer_key(caller.scope, caller.id))
    if record is None:
        raise errors.UNAUTHENTICATED()
    said = record.get("bday_at")
    if said is None:
        return record
    program = counter.program_of(caller)
    if said >= held_since(call.store, caller.scope, program, caller.id, back_to=said, now=call.now):
        return record
    return {name: value for name, value in record.items() if name not in ("bday", "bday_at")}


def _birthday_response(call: Call[Any], record: Record) -> MyBirthday:
    until = record.get("bday_at", 0) + CHANGE_DAYS * clock.DAY_MS
    return MyBirthday(
        birthday=birthday_text(record),
        may_change_at=clock.iso(until) if "bday_at" in record and until > call.now else None,
        coins=_birthday_coins(counter.program_of(call.caller), call.now),
    )


def _birthday_coins(program: Program, now: int) -> Any:
    given = [one.coins for one in program.campaigns if one.kind == "birthday" and one.starts_at <= now < one.ends_at]
    return counter.coins_wire(max(given), program) if given else None
