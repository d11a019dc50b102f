"""The building blocks of request and response models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar, overload

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from .. import clock, errors, money


class Model(BaseModel):
    """Unknown fields are ignored; what was read is not changed.

    Validators are built at first use: a function imports its domain's models and needs two or three of them.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True, defer_build=True)


Amount = Annotated[
    Decimal,
    BeforeValidator(money.parse),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "string", "pattern": r"^[0-9]{1,16}(\.[0-9]{1,16})?$"},
            ],
            "description": "A positive decimal, as a number or as a string of one.",
            "examples": [250, "250.50"],
        }
    ),
]
"""An amount in a request: exact, positive, at most as many decimals as its asset has."""


def _at_most_100(percent: Decimal) -> Decimal:
    if percent > 100:
        raise ValueError("must be 100 or less")
    return percent


Percent = Annotated[Amount, AfterValidator(_at_most_100)]

Hour = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of the day, HH:MM."""

Number = Annotated[int | Decimal, WithJsonSchema({"type": "number"})]
"""An amount in an answer: a JSON number with exactly the digits that it has."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A line of text: 1 to 128 characters, none of them a control character."""

_NOT_PLAIN: Final = re.compile(
    r"[<>]|://|www\.|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\w-]{2,}\.[a-z]{2,24}(?![\w.])", re.IGNORECASE
)


def plain(text: str) -> str:
    """Refuses what a mail program makes a link of, markup, and characters that can't be seen."""
    if _NOT_PLAIN.search(text):
        raise ValueError("must be plain text without links or markup; put a space after a dot")
    return text


_UNSEEN: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def visible(text: str) -> str:
    """Refuses characters that can't be seen or turn text around: with one, `fdp.hta` reads as `ath.pdf`."""
    if _UNSEEN.search(text):
        raise ValueError("must not contain characters that can't be seen or that change the direction of text")
    return text


FileName = Annotated[Text, AfterValidator(visible)]

PlainText = Annotated[Text, AfterValidator(plain)]
"""A name that appears in mails that we send."""

Note = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$")]

IdempotencyKey = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[!-~]+$")]
"""What tells a request sent again from a new one; in the body, for callers that cannot set headers."""

Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


class FieldsWrong(ValueError):
    """Raised by a validator of a whole model: says which of its fields are meant, by the names that callers send."""

    def __init__(self, message: str, *fields: str) -> None:
        super().__init__(message)
        self.fields = fields


ModelType = TypeVar("ModelType", bound=BaseModel)


def validated(model: type[ModelType], content: Mapping[str, Any]) -> ModelType:
    """The content as a model. Raises a 400 that names every field that is wrong, and what was expected."""
    try:
        return model.model_validate(content)
    except ValidationError as refusal:
        raise validation_problem(refusal) from refusal


def require_known(model: type[BaseModel] | None, query: Mapping[str, Any]) -> None:
    """Refuses query parameters that the route does not have: a misspelled filter must not return everything."""
    known = {info.alias or name for name, info in model.model_fields.items()} if model else set()
    unknown = sorted(set(query) - known)
    if unknown:
        takes = f"this request takes {', '.join(sorted(known))}" if known else "this request takes none"
        raise errors.VALIDATION_ERROR(fields={name: [f"is not a query parameter; {takes}"] for name in unknown})


def minor_units(value: Decimal, scale: int, field: str) -> int:
    """An amount in minor units; a digit below them is a 400 that names the field."""
    try:
        return money.to_minor(value, scale)
    except money.AmountError as refusal:
        raise errors.invalid(field, str(refusal)) from refusal


@overload
def parse_instant(text: str, field: str) -> int: ...
@overload
def parse_instant(text: str | None, field: str) -> int | None: ...
def parse_instant(text: str | None, field: str) -> int | None:
    """A time from a query or a body. Raises a 400 that names the field."""
    if text is None:
        return None
    try:
        return clock.parse_iso(text)
    except (ValueError, OverflowError) as error:
        raise errors.invalid(field, "must be an ISO 8601 time such as 2026-11-01T00:00:00Z") from error


def validation_problem(refusal: ValidationError) -> errors.Problem:
    """What pydantic found, field by field."""
    from .expected import wording  # most requests are valid

    fields: dict[str, list[str]] = {}
    for error in refusal.errors(include_url=False, include_input=False):
        place = [str(part) for part in error["loc"]]
        raised = (error.get("ctx") or {}).get("error")
        wrong = raised.fields if isinstance(raised, FieldsWrong) else ()
        text = wording(error["type"], error["msg"], error.get("ctx") or {})
        for path in [[*place, name] for name in wrong] or [place]:
            fields.setdefault(".".join(path) or "body", []).append(text)
    return errors.VALIDATION_ERROR(fields=fields)
