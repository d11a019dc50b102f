"""How well two names of a person or a company agree. Pure.

Scores and grades are Cashfree's: 100 is a direct match, from 85 good, from 70 moderate, from 38 poor. What Indian
names need: honorifics and company forms are left out, the order of the parts does not matter, an initial agrees with
a name that begins with it, parts that are written together agree with those written apart, and spellings of one sound
agree (Lakshmi and Laxmi, Chaudhary and Choudhury).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

NameGrade = Literal["DIRECT_MATCH", "GOOD_PARTIAL_MATCH", "MODERATE_PARTIAL_MATCH", "POOR_PARTIAL_MATCH", "NO_MATCH"]

_GRADES: Final[tuple[tuple[int, NameGrade], ...]] = (
    (100, "DIRECT_MATCH"),
    (85, "GOOD_PARTIAL_MATCH"),
    (70, "MODERATE_PARTIAL_MATCH"),
    (38, "POOR_PARTIAL_MATCH"),
)

_HONORIFICS: Final = frozenset(
    {
        "mr",
        "mrs",
        "ms",
        "miss",
        "master",
        "dr",
        "prof",
        "adv",
        "ca",
        "er",
        "shri",
        "sri",
        "shree",
        "smt",
        "smti",
        "sushri",
    }
    | {"kumari", "km", "late", "lt", "col", "maj", "capt", "m/s", "messrs", "ji"}
)
"""Titles; not `Md` and `Mohd`, which are given names."""

_RELATIONS: Final = re.compile(r"\b(?:s/o|d/o|w/o|c/o)\b.*$")
"""What follows `son of` is another person's name."""

_COMPANY_FORMS: Final[dict[str, str]] = {
    "pvt": "private",
    "p": "private",
    "ltd": "limited",
    "co": "company",
    "corpn": "corporation",
    "corp": "corporation",
    "bros": "brothers",
    "intl": "international",
    "inds": "industries",
    "&": "and",
}

_ALIASES: Final[dict[str, str]] = {"md": "mohammad", "mohd": "mohammad", "muhd": "mohammad"}

_SOUNDS: Final = (
    (r"ksh|x", "ks"),
    (r"sh|sch", "s"),
    (r"ph", "f"),
    (r"th|dh|t", "d"),
    (r"bh", "b"),
    (r"gh|kh|ck|q", "k"),
    (r"jh|z", "j"),
    (r"chh|cch", "ch"),
    (r"w", "v"),
    (r"ee|ii|ie", "i"),
    (r"oo|uu|ou|au|o", "u"),
    (r"aa|ah\b", "a"),
    (r"y\b", "i"),
    (r"e", "a"),
    (r"(.)\1+", r"\1"),
    (r"(?<=[bcdfghjklmnpqrstvxyz])a\b", ""),
    (r"ai|ay", "i"),
    (r"h", ""),
)
"""Spellings that stand for one sound in transliterations, in the order in which they are replaced."""


@dataclass(frozen=True, slots=True)
class NameMatch:
    score: int
    grade: NameGrade


def match_names(given: str, registered: str) -> NameMatch:
    """How well a given name agrees with a registered one: the score is 0 to 100 and the same in both directions."""
    first, second = _name_parts(given), _name_parts(registered)
    if not first or not second:
        return grade_score(0)
    if sorted(first) == sorted(second) or "".join(first) == "".join(second):
        return grade_score(100)
    if "".join(map(_sound, first)) == "".join(map(_sound, second)):
        return grade_score(95)
    return grade_score(min(99, max(_paired(first, second), _paired(second, first))))


def grade_score(score: int) -> NameMatch:
    """The grade that Cashfree gives to a score of 0 to 100."""
    return NameMatch(score, next((grade for least, grade in _GRADES if score >= least), "NO_MATCH"))


def _name_parts(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    plain = _RELATIONS.sub("", plain).replace("'", "").replace("\u2019", "")
    words = re.findall(r"m/s|[^\W_]+|&", plain)
    words = [_ALIASES.get(word, word) for word in words if word not in _HONORIFICS]
    company = any(word in ("ltd", "limited", "llp", "pvt", "private") for word in words)
    return [_COMPANY_FORMS.get(word, word) for word in words] if company else words


def _sound(word: str) -> str:
    for spelling, sound in _SOUNDS:
        word = re.sub(spelling, sound, word)
    return word


def _paired(first: list[str], second: list[str]) -> int:
    """The best pairing of parts, greedily from the strongest; what is left over on either side costs."""
    pairs = sorted(
        ((_agreement(a, b), -abs(i - j), i, j) for i, a in enumerate(first) for j, b in enumerate(second)),
        reverse=True,
    )
    used_first: set[int] = set()
    used_second: set[int] = set()
    total = strong = 0.0
    for agreement, _, i, j in pairs:
        if i in used_first or j in used_second or agreement < 0.6:
            continue
        used_first.add(i)
        used_second.add(j)
        total += agreement
        strong += len(first[i]) > 1 and len(second[j]) > 1
    if not strong:
        return round(30 * total / max(len(first), len(second)))
    fewer, more = sorted((len(first), len(second)))
    # A middle name that is left out costs little; a part that contradicts costs all that it could have given.
    missing, contradicting = more - fewer, fewer - len(used_first)
    return max(0, round(100 * total / fewer) - 12 * missing - 15 * contradicting)


def _agreement(a: str, b: str) -> float:
    if a == b:
        return 1.0
    shorter, longer = sorted((a, b), key=len)
    if len(shorter) == 1:
        return 0.9 if longer.startswith(shorter) else 0.0
    if _sound(a) == _sound(b):
        return 0.95
    skeletons = {re.sub("[aeiou]", "", _sound(word)) for word in (a, b)}
    if len(skeletons) == 1 and len(skeletons.pop()) >= 3:
        return 0.85  # Chaudhary and Choudhury: vowels are what transliterations disagree on
    ratio = SequenceMatcher(None, shorter, longer, autojunk=False).ratio()
    return ratio * 0.9 if ratio >= 0.8 else 0.0
