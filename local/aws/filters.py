"""Filters of event source mappings, in EventBridge's pattern language, made ready once.

A record is walked along the pattern's own paths. moto's `EventPattern` reads the language and judges the rarer rules.
It copies and flattens the whole record for each question, which took an eighth of an issue's time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from moto.events.models import EventPattern

Matches = Callable[[Any], bool]

_ABSENT: Final = object()


class RecordFilter:
    """One filter of a mapping. A pattern that can't be read raises what moto raises."""

    def __init__(self, pattern: str | Mapping[str, Any]) -> None:
        text = pattern if isinstance(pattern, str) else json.dumps(pattern)
        parsed = EventPattern.load(text).get_pattern()
        head = _head_of(parsed)
        self.matches: Matches = _matcher(parsed)
        self.may_match: Matches = _matcher(head)
        """Whether a record may match, told by the event's name and the item's keys alone."""
        self.needs_images = head != parsed


def _head_of(pattern: Mapping[str, Any]) -> dict[str, Any]:
    head = {name: pattern[name] for name in ("eventName",) if name in pattern}
    keys = (pattern.get("dynamodb") or {}).get("Keys")
    return {**head, "dynamodb": {"Keys": keys}} if keys else head


def _matcher(pattern: Mapping[str, Any]) -> Matches:
    checks = [_check(name, wanted) for name, wanted in pattern.items()]
    return lambda node: all(check(node) for check in checks)


def _check(name: str, wanted: Any) -> Matches:
    if name == "$or":
        alternatives = [_matcher(each) for each in wanted]
        return lambda node: any(matches(node) for matches in alternatives)
    if isinstance(wanted, dict):
        below = _matcher(wanted)
        return lambda node: below(found if isinstance(found := node.get(name), dict) else {})
    rule = _rule(wanted)

    def leaf(node: Any) -> bool:
        value = node.get(name, _ABSENT)
        # A rule is for a leaf: to a rule, an object with content is not there.
        return rule(_ABSENT if isinstance(value, dict) and value else value)

    return leaf


def _rule(rules: list[Any]) -> Matches:
    exact = frozenset(each for each in rules if isinstance(each, str))
    named = [each for each in rules if isinstance(each, dict)]
    prefixes = tuple(each["prefix"] for each in named if isinstance(each.get("prefix"), str))
    exists = [each["exists"] for each in named if "exists" in each]
    if len(exact) + len(prefixes) + len(exists) != len(rules):
        return _any_rule(rules)

    def matches(value: Any) -> bool:
        if (value is not _ABSENT) in exists:
            return True
        if isinstance(value, list):
            return any(map(matches, value))
        return isinstance(value, str) and (value in exact or value.startswith(prefixes))

    return matches


def _any_rule(rules: list[Any]) -> Matches:
    pattern = EventPattern.load(json.dumps({"value": rules}))

    def matches(value: Any) -> bool:
        return pattern.matches_event(cast(Any, {} if value is _ABSENT else {"value": value}))

    return matches
