"""From events to flags: each movement is held against the rules, and what looks like fraud is put before somebody.

Events come twice and out of order. What was seen is one item an event, so a second coming changes nothing; and each of
them is named by one flag at most, in the transaction that writes the flag. Two functions that find the same burst at
once so make one flag: the second meets the first one's mark, and looks again. What is usual at a merchant is one item,
which names the movements that it counted last: one that comes again later than those counts twice in a mean. Where
hundreds have been counted, it is written for one movement of eight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from .. import clock, ids
from ..events.consuming import consume_queue, each_by_itself
from ..events.event import Event
from ..identity.tenant import read_tenant
from ..store import fraud_keys, keys
from ..store.keys import Key
from ..store.store import Cancelled, ConditionFailed, Contended, Store
from ..store.writes import ABSENT, Condition, Put, Update, Write
from .model import (
    MAX_ENTRIES,
    FraudFlag,
    UsualRecord,
    flag_item,
    name_of,
    read_flag,
    read_sighting,
    read_usual,
    sighting_item,
)
from .rules import (
    BURSTS,
    OUTLIERS,
    Baseline,
    BurstRule,
    FraudRule,
    OutlierRule,
    WatchedMovement,
    burst_around,
    burst_figures,
    outlier_figures,
    read_movement,
)

_MAX_ROUNDS: Final = 8
"""How often a burst is looked at again because others write the same flag."""
_MAX_SCANNED: Final = 200
"""Movements on either side of one in time. More than that in a window have been flagged long before."""


def consume_movements(store: Store, batch: Mapping[str, Any]) -> dict[str, Any]:
    """Looks at a batch of the queue. Answers which messages are to come again."""
    return consume_queue(batch, lambda events: check_movements(store, events, clock.system()))


def check_movements(store: Store, events: Sequence[Event], now: int) -> list[Event]:
    """Holds events against the rules. Returns those that are to be looked at again."""
    usual = _UsualValues(store)
    failed = each_by_itself(events, lambda each: _watch_event(store, each, now, usual), "a movement was not checked")
    usual.save()
    return failed


def is_watched(event: Event) -> bool:
    """Whether a rule is about events of this type."""
    return any(event.type in rule.types for rule in BURSTS)


def check_movement(store: Store, event: Event, now: int) -> None:
    """Holds an event against every rule. Raises Contended: to be tried again."""
    usual = _UsualValues(store)
    _watch_event(store, event, now, usual)
    usual.save()


def _watch_event(store: Store, event: Event, now: int, usual: _UsualValues) -> None:
    movement = read_movement(event)
    if movement is None:
        return
    watcher = _Watcher(store, event, movement, now)
    for burst in BURSTS:
        watcher.look_for_burst(burst)
    for unusual in OUTLIERS:
        watcher.look_for_unusual(unusual, usual)


@dataclass(slots=True)
class _UsualValues:
    """What is usual at merchants, read once for a batch, with what the batch adds, written once."""

    store: Store
    stored: dict[Key, UsualRecord] = field(default_factory=dict)
    added: dict[Key, dict[bytes, Baseline]] = field(default_factory=dict)
    """By place, what each movement adds."""

    def at(self, place: Key) -> Baseline:
        return self._stored(place).baseline.plus(_sum_of(self.added.get(place, {})))

    def has(self, place: Key, event: str) -> bool:
        """Whether a movement is among those counted last."""
        return self._stored(place).counted(event) or name_of(event) in self.added.get(place, {})

    def add(self, place: Key, event: str, more: Baseline) -> None:
        self.added.setdefault(place, {})[name_of(event)] = more

    def save(self) -> None:
        """Adds what came, where nobody else has since it was read; else without what others have counted meanwhile."""
        for place, added in self.added.items():
            stored = self.stored[place]
            for _ in range(_MAX_ROUNDS):
                fresh = {name: more for name, more in added.items() if name not in stored.names}
                if not fresh:
                    break
                try:
                    self.store.write(stored.adding(place, fresh, _sum_of(fresh)))
                    break
                except ConditionFailed as changed:
                    stored = read_usual(changed.item or self.store.read([place])[place])

    def _stored(self, place: Key) -> UsualRecord:
        """Perhaps as it was a moment ago, which costs half: what is written asks whether it still is so."""
        if place not in self.stored:
            self.stored[place] = read_usual(self.store.read([place], consistent=False)[place])
        return self.stored[place]


def _sum_of(added: Mapping[bytes, Baseline]) -> Baseline:
    total = Baseline()
    for more in added.values():
        total = total.plus(more)
    return total


@dataclass(frozen=True, slots=True)
class _Watcher:
    store: Store
    event: Event
    movement: WatchedMovement
    now: int

    def look_for_burst(self, rule: BurstRule) -> None:
        subject = rule.subject_of(self.movement)
        if subject is None:
            return
        place = fraud_keys.sightings_partition(self.event.mode, self.event.tenant, rule.id, subject)
        seen = self._sighting(place, self.movement)
        with suppress(ConditionFailed):  # it came before, perhaps to a function that died after this
            self.store.write(Put(seen, sighting_item(self.movement, self.now), when=ABSENT))
        for tries in range(_MAX_ROUNDS):
            writes = self._burst_writes(rule, place)
            if not writes:
                return
            try:
                self.store.commit(writes)
                return
            except (Cancelled, Contended):
                self.store.sleep(0.02 * 2**tries)
        raise Contended("the flag could not be written")

    def _burst_writes(self, rule: BurstRule, place: str) -> list[Write]:
        """The flag of the burst that this movement is part of, with what it names; nothing where all is named."""
        known = self._seen_around(rule, place)
        if known[self.movement.event][1] is not None:
            return []
        run = burst_around(rule, [each for each, _ in known.values()], self.movement)
        flags = self._flags({name for each in run if (name := known[each.event][1])})
        opened = min((each for each in flags if each.takes_more), key=lambda each: each.id, default=None)
        fresh = [each for each in run if known[each.event][1] is None]
        if opened is None and flags:
            # Somebody has looked at what came before, or its flag is full: what goes on has to be enough by itself.
            fresh = burst_around(rule, fresh, self.movement)
        if not fresh:
            return []
        if opened is None:
            fresh = fresh[:MAX_ENTRIES]
            flag = self._raised(rule, fresh, burst_figures(rule, fresh))
            put = Put(flag.key, flag_item(flag), when=ABSENT)
        else:
            fresh = fresh[: MAX_ENTRIES - len(opened.movements)]
            named = sorted((*opened.movements, *fresh), key=lambda each: (each.at, each.event))
            flag = replace(
                opened,
                movements=tuple(named),
                figures=burst_figures(rule, named),
                version=opened.version + 1,
            )
            put = Put(flag.key, flag_item(flag), when=Condition(equal={"version": opened.version}))
        marks = [
            Update(self._sighting(place, each), set={"flag": flag.id}, when=Condition(missing=("flag",)))
            for each in fresh
        ]
        return [put, *marks] if marks else []

    def _seen_around(self, rule: BurstRule, place: str) -> dict[str, tuple[WatchedMovement, str | None]]:
        """Event -> what was seen and its flag, on either side of this movement as far as a window reaches."""
        here = self.movement.at
        before = self.store.query(
            "directory",
            place,
            since=clock.iso(max(0, here - rule.window_ms)),
            until=f"{clock.iso(here)}$",
            descending=True,
            limit=_MAX_SCANNED,
            consistent=True,
        )
        after = self.store.query(
            "directory",
            place,
            since=f"{clock.iso(here)}$",
            until=f"{clock.iso(here + rule.window_ms)}$",
            limit=_MAX_SCANNED,
            consistent=True,
        )
        found = map(read_sighting, [*before.items, *after.items])
        return {movement.event: (movement, flag) for movement, flag in found}

    def look_for_unusual(self, rule: OutlierRule, usual_values: _UsualValues) -> None:
        value = rule.value_of(self.movement)
        if value is None:
            return
        mode, tenant = self.event.mode, self.event.tenant
        place = fraud_keys.baseline_key(mode, tenant, rule.place_of(self.movement))
        if usual_values.has(place, self.movement.event):
            return  # it came before, when it may have been usual
        usual = usual_values.at(place)
        highest = usual.highest(rule)
        if highest is not None and value > highest:
            flag = self._raised(rule, [self.movement], outlier_figures(rule, usual, value))
            with suppress(ConditionFailed):
                self.store.write(Put(flag.key, flag_item(flag), when=ABSENT))
        if weight := usual.weight_of(name_of(self.movement.event)):
            usual_values.add(place, self.movement.event, usual.with_value(rule, value).times(weight))

    def _raised(self, rule: FraudRule, movements: Sequence[WatchedMovement], figures: Mapping[str, Any]) -> FraudFlag:
        """A flag that this event has raised; the same one whenever it does so again."""
        key = keys.tenant_key(self.event.tenant)
        record = self.store.read([key])[key]
        tenant = read_tenant(record) if record else None
        return FraudFlag(
            id=ids.dated_id("flag", self.movement.at, self.event.tenant, rule.id, self.movement.event),
            tenant=self.event.tenant,
            mode=self.event.mode,
            parent=tenant.parent if tenant else None,
            rule=rule.id,
            rule_version=rule.version,
            says=rule.says,
            figures=figures,
            movements=tuple(movements),
            raised_at=self.now,
        )

    def _flags(self, named: set[str]) -> list[FraudFlag]:
        places = [fraud_keys.flag_key(self.event.mode, self.event.tenant, id) for id in sorted(named)]
        return [read_flag(record) for record in self.store.read(places).values() if record]

    def _sighting(self, place: str, movement: WatchedMovement) -> Key:
        return fraud_keys.sighting_key(place, movement.at, movement.event)
