"""Tries mutants against tests, each in a forked process of its own: nothing is collected or imported twice.

A fault inside a function is put in by exchanging the code of the function that is already there, so that whoever holds
it calls the mutant. A fault that is there from the import on is put in by a loader, before the tests are collected.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import pickle
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Final, Literal

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.mutants import Mutant, Source

Fate = Literal["killed", "endless", "survived", "unreached"]
"""`endless` used more than three times the processor time of its tests, and was ended by that. `unreached` has none."""

_KILLED: Final = 1
_BROKEN: Final = 3
"""The fault could not be put in: a mistake of this runner's, and no success."""
_PATIENCE: Final = 3
"""How many times as long as without the fault a mutant may take."""
_SPARE_SECONDS: Final = 0.5
_MOST_SECONDS: Final = 120
"""Of processor time, for all tests of a mutant together."""
_STUCK_SECONDS: Final = 240
_MEMORY: Final = 3 << 30
_OPTIONS: Final = [
    "-q",
    "-s",
    "-x",
    "--tb=no",
    "--no-header",
    "--no-summary",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
]


@dataclass(slots=True)
class Tried:
    """A mutant, what became of it, and how long that took (seconds, waiting included)."""

    mutant: Mutant
    fate: Fate
    seconds: float


@dataclass(slots=True)
class Crew:
    """So many processes at once."""

    size: int
    on_result: Callable[[Tried], None] = lambda tried: None
    _running: dict[int, tuple[Mutant, float]] = field(default_factory=dict)

    def send(self, mutant: Mutant, work: Callable[[], int]) -> None:
        """Lets a child do the work, which returns 0 where the mutant survived."""
        while len(self._running) >= self.size:
            self._hear()
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _alone(work)
        self._running[child] = mutant, time.monotonic()

    def finish(self) -> None:
        while self._running:
            self._hear()

    def _hear(self) -> None:
        child, status = os.wait()
        mutant, began = self._running.pop(child)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _BROKEN:
            raise RuntimeError(f"could not be put in: {mutant}")
        fate: Fate = "survived" if status == 0 else "killed"
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGPROF, signal.SIGALRM):
            fate = "endless"
        self.on_result(Tried(mutant, fate, time.monotonic() - began))


def _alone(work: Callable[[], int]) -> None:
    """The life of a child: silent, bounded, and ended without any clean-up of its parent's."""
    code = _BROKEN
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        signal.alarm(_STUCK_SECONDS)
        code = work()
    finally:
        os._exit(code)


# Faults inside functions


class Session:
    """A plugin of pytest that collects once, sees which test passes which line, and then tries mutants instead."""

    def __init__(self, sources: Sequence[Source], mutants: Sequence[Mutant], crew: Crew) -> None:
        self.sources = {source.module: source for source in sources}
        self.mutants = mutants
        self.crew = crew

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        for source in self.sources.values():
            __import__(source.name)
        seen = _observed(session.items, {str(source.path.resolve()) for source in self.sources.values()})
        for mutant in self.mutants:
            source = self.sources[mutant.module]
            path = str(source.path.resolve())
            passing = {number for line in range(mutant.first, mutant.last + 1) for number in seen.lines[path, line]}
            if not passing:
                self.crew.on_result(Tried(mutant, "unreached", 0.0))
                continue
            numbers = sorted(passing, key=lambda number: seen.seconds[number])
            tests = [(session.items[number], seen.seconds[number]) for number in numbers]
            self.crew.send(mutant, lambda m=mutant, s=source, t=tests: _try(m, s, t))  # type: ignore[misc]
        self.crew.finish()
        return True


def _try(mutant: Mutant, source: Source, tests: Sequence[tuple[pytest.Item, float]]) -> int:
    exchange(sys.modules[source.name], mutant.function, source.code(mutant))
    patience = [_SPARE_SECONDS + _PATIENCE * seconds for _, seconds in tests]
    return _judged(lambda: all(passes for _, passes in _results([item for item, _ in tests], patience)))


def _judged(passes: Callable[[], bool]) -> int:
    try:
        return 0 if passes() else _KILLED
    except BaseException:  # what no test could catch ended the tests
        return _KILLED


def _results(items: Sequence[pytest.Item], patience: Sequence[float] = ()) -> Iterator[tuple[pytest.Item, bool]]:
    """Runs tests. `patience` is processor time for each of them, after which the process is ended."""
    for item, following, seconds in zip_longest(items, items[1:], patience):
        signal.setitimer(signal.ITIMER_PROF, seconds or 0)
        reports = runtestprotocol(item, log=False, nextitem=following)
        yield item, not any(report.failed for report in reports)


def exchange(module: ModuleType, name: str, code: CodeType) -> None:
    """Gives a function of a module (`f`, `Class.method`) the code that it has in the compiled module."""
    function = _function(module, name)
    found = [one for one in _codes(code) if one.co_qualname == name]
    line = function.__code__.co_firstlineno
    function.__code__ = next(one for one in found if one.co_firstlineno == line)


def _function(module: ModuleType, name: str) -> FunctionType:
    there: Any = module
    for part in name.split("."):
        there = vars(there)[part]
    if hasattr(there, "cache_clear"):
        there.cache_clear()
    while not isinstance(there, FunctionType) or hasattr(there, "__wrapped__"):
        there = next(
            inner for way in ("fget", "__func__", "__wrapped__", "func") if (inner := getattr(there, way, None))
        )
    return there


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


@dataclass(slots=True)
class Observed:
    """Which tests (by number) pass which lines, and the processor time that each of them takes."""

    lines: dict[tuple[str, int], set[int]]
    seconds: dict[int, float]


def _observed(items: Sequence[pytest.Item], paths: set[str]) -> Observed:
    """Runs the tests in a child, so that they leave nothing behind here."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = _KILLED
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as answer:
                pickle.dump(_watch(items, paths), answer)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        said = answer.read()
    os.waitpid(child, 0)
    seen: Observed | list[str] = pickle.loads(said)  # noqa: S301 (written by our own child)
    if not isinstance(seen, Observed):
        raise pytest.UsageError(f"these tests fail without any mutant: {', '.join(seen)}")
    return seen


def _watch(items: Sequence[pytest.Item], paths: set[str]) -> Observed | list[str]:
    seen = Observed(defaultdict(set), {})
    failed: list[str] = []
    current = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        path = frame.f_code.co_filename
        if path not in paths:
            return None
        seen.lines[path, frame.f_lineno].add(current)
        return line

    def line(frame: FrameType, event: str, _: object) -> Any:
        seen.lines[frame.f_code.co_filename, frame.f_lineno].add(current)
        return line

    sys.settrace(trace)
    began = time.process_time()
    for number, (item, passed) in enumerate(_results(items)):
        now = time.process_time()
        seen.seconds[number] = now - began
        began, current = now, number + 1
        if not passed:
            failed.append(item.nodeid)
    sys.settrace(None)
    return failed or seen


def try_functions(sources: Sequence[Source], mutants: Sequence[Mutant], tests: Sequence[str], crew: Crew) -> None:
    """Tries faults inside functions. Raises where the tests fail without them."""
    code = pytest.main([*_OPTIONS, *tests], plugins=[Session(sources, mutants, crew)])
    if code != pytest.ExitCode.OK:
        raise SystemExit(f"pytest ended with {code!r}")


# Faults that are there from the import on


def try_imports(source: Source, mutants: Sequence[Mutant], tests: Sequence[str], crew: Crew) -> None:
    """Tries faults that are there from the import on. The module must not have been imported here."""
    assert source.name not in sys.modules
    for mutant in mutants:
        crew.send(mutant, lambda m=mutant: _import_and_test(m, source, tests))  # type: ignore[misc]
    crew.finish()


def _import_and_test(mutant: Mutant, source: Source, tests: Sequence[str]) -> int:
    sys.meta_path.insert(0, _Planting(source.name, source.code(mutant)))
    return _judged(lambda: pytest.main([*_OPTIONS, *tests]) == pytest.ExitCode.OK)


class _Planting(importlib.abc.MetaPathFinder):
    """Finds one module, and loads other code in its place."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name = name
        self.code = code

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name != self.name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = _Planted(name, spec.origin, self.code)
        return spec


class _Planted(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self.planted = code

    def get_code(self, fullname: str) -> CodeType:
        return self.planted


def warm(names: Iterable[str]) -> None:
    """Imports what every test needs and no mutant is in."""
    for name in names:
        __import__(name)
