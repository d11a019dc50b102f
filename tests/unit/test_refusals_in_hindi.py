"""Whatever the server refuses with, a person who chose Hindi reads in Hindi: each code, each sentence with figures, and
each wording of a field's fault has its translation in `portal/messages/hi/refused`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from batua import errors
from batua.openapi.inventory import endpoint_inventory
from tests.refusal_texts import field_texts, message_texts

ROOT = Path(__file__).parents[2]
REFUSED = ROOT / "portal/messages/hi/refused"

OF_MACHINES = {
    # A page of ours sends JSON, takes JSON, and stands at the platform's own address.
    *("unsupported_media_type", "not_acceptable", "origin_not_allowed"),
    # The points API in Rehook's style has its own envelope, which no page calls.
    *("resource_not_found", "invalid_payload", "type_required", "insufficient_points"),
}
"""Codes that only programs meet."""

SENTENCES_OF_MACHINES = {
    # Signatures of deliveries, which shops, billing systems and vendors send.
    "This connection is of {}; the delivery is of another shop.",
    "`webhook-timestamp` is over five minutes off. Sign each attempt anew.",
    "`svix-timestamp` is over five minutes off. Sign each attempt anew.",
    "Sign with the Standard Webhooks headers, or set the connection to `legacy`.",
    # Pages of other origins, and headers that our pages always send.
    "No tenant has listed {}. Add it under allowed origins (PUT /api/v1/tenant/origins).",
    "Send the header X-Merchant with the merchant's slug.",
}

OF_FILES = ("imports/rows.py",)
"""Said of the lines of an uploaded file, in the file with its faults; a form has no such field."""

COMPOSED = {"{} {}", "{}: {}"}
"""A field and what another sentence says of it."""

CHOICES = "must be {choices}"
_PLACE = re.compile(r"\{\w*\}")
_ENTRY = re.compile(r"""^  (?:'((?:[^'\\]|\\.)+)'|"((?:[^"\\]|\\.)+)"|(\w+)): '((?:[^'\\]|\\.)*)',$""")


@cache
def catalogue(*names: str) -> dict[str, str]:
    """English, or a code -> Hindi."""
    found: dict[str, str] = {}
    for name in names:
        for line in (REFUSED / f"{name}.js").read_text(encoding="utf-8").splitlines():
            if not line.strip() or line.lstrip().startswith("//") or line in ("export default {", "};"):
                continue
            entry = _ENTRY.match(line)
            assert entry, f"{name}.js: {line}"
            key = entry[1] or entry[2] or entry[3]
            assert key not in found, f"{name}.js: {key} stands twice"
            found[key.replace("\\'", "'")] = entry[4]
    return found


def translated(text: str, known: dict[str, str]) -> str | None:
    """The sentence of the catalogue that a page finds for this text, as `index.js` looks for it."""
    said = _PLACE.sub("⟨7⟩", text)
    for english in sorted(known, key=lambda each: -len(_PLACE.sub("", each))):
        shape = "(.+?)".join(re.escape(part) for part in _PLACE.split(english))
        if re.fullmatch(shape, said, re.DOTALL):
            return english
    return None


def test_every_code_that_a_page_can_meet_has_a_hindi_sentence() -> None:
    list(endpoint_inventory(ROOT))  # imports every module that defines a code
    known = catalogue("codes")
    assert set(errors.CATALOGUE) - OF_MACHINES == set(known)
    assert [code for code, text in known.items() if not re.search("[ऀ-ॿ]", text)] == []


def test_every_sentence_that_says_more_than_its_code_has_its_hindi() -> None:
    known = catalogue("sentences")
    lacking = {
        text: where
        for text, where in message_texts().items()
        if text not in SENTENCES_OF_MACHINES and translated(text, known) is None
    }
    assert lacking == {}


def test_every_wording_of_a_fields_fault_has_its_hindi() -> None:
    known = catalogue("fields", "more-fields")
    lacking = {}
    for text, where in field_texts().items():
        found = translated(text, known)
        of_choices = any("literal_error" in each or "enum" in each for each in where)
        of_a_file = all(each.startswith(OF_FILES) for each in where)
        if text in COMPOSED or of_a_file:
            continue
        if found is None or (found == CHOICES and not of_choices and text != "must be {}"):
            lacking[text] = where
    assert lacking == {}
    assert len(known) > 300


def test_a_translation_fills_in_nothing_that_the_english_does_not_have() -> None:
    for english, hindi in {**catalogue("sentences"), **catalogue("fields", "more-fields")}.items():
        assert set(_PLACE.findall(hindi)) <= set(_PLACE.findall(english)), english


def test_figures_are_kept() -> None:
    """What stands in the English sentence as an amount or a count stands in the Hindi one too."""
    figures = {"{available}", "{requested}", "{left}", "{held}", "{limit}", "{count}", "{value}", "{bill}", "{funds}"}
    for english, hindi in {**catalogue("sentences"), **catalogue("fields", "more-fields")}.items():
        assert figures & set(_PLACE.findall(english)) <= set(_PLACE.findall(hindi)), english
