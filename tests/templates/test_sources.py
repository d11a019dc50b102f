"""House rules of the source files."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.templates.stacks import ROOT, obey, relative

MOST_LINES = 400
MOST_LINES_OF_TESTS = 600
SAYS_NOTHING = frozenset({"common", "helper", "helpers", "manager", "managers", "util", "utils"})

# Written in parts, so that this file keeps its own rule.
_FOREIGN = re.compile(r"(?<![\w./-])(?:" + "shared" + r"/|/(?:work|root|home|Users)/\w)")
_TEXT = frozenset(
    {".py", ".md", ".toml", ".txt", ".in", ".yaml", ".yml", ".json", ".mk", ".ini", ".cfg", ".sh", ".html", ".js"}
)
_NAMED_TEXT = frozenset({"Makefile", "run", ".gitignore", ".cfnlintrc"})
_VENDORED = re.compile(r"\.min\.(?:js|css)$|package-lock\.json$")


@cache
def _files() -> tuple[Path, ...]:
    """What git tracks or would track."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as fault:
        pytest.skip(f"the rules of the source files need git and a checkout: {fault}")
    return tuple(file for name in sorted(set(listing.split("\0"))) if name and (file := ROOT / name).is_file())


def test_a_python_file_has_at_most_400_lines() -> None:
    lengths = {file: len(file.read_text().splitlines()) for file in _files() if file.suffix == ".py"}
    obey(
        f"a Python file has at most {MOST_LINES} lines, one of the tests {MOST_LINES_OF_TESTS}",
        (
            f"{relative(file)}: {length} lines"
            for file, length in lengths.items()
            if length > (MOST_LINES_OF_TESTS if relative(file).startswith("tests/") else MOST_LINES)
        ),
    )


def test_no_file_has_a_name_that_says_nothing() -> None:
    obey(
        f"no Python file or package is named {', '.join(sorted(SAYS_NOTHING))}",
        (
            f"{relative(file)}: what is in it?"
            for file in _files()
            if file.suffix == ".py" and SAYS_NOTHING & {file.stem, *file.relative_to(ROOT).parts[:-1]}
        ),
    )


def test_no_file_mentions_a_place_outside_the_repository() -> None:
    texts = (
        file
        for file in _files()
        if (file.suffix in _TEXT or file.name in _NAMED_TEXT) and not _VENDORED.search(file.name)
    )
    obey(
        "no file mentions a folder outside the repository or a path of somebody's machine",
        (
            f"{relative(file)}:{number}: {line.strip()[:100]}"
            for file in texts
            for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1)
            if _FOREIGN.search(line)
        ),
    )
