"""Keys of what is known of a program's customers for reports: made from the ledger by a job, and made anew at any time.

All are in the directory.
"""

from __future__ import annotations

from typing import Final

from .keys import Key
from .scope import Scope, require_id

SURVEYS_PARTITION: Final = "SURVEYS"
"""Programs whose report somebody reads, and when each is due."""

SURVEY_PAGES: Final = 1024
"""Customers of a program are spread over so many items: a million of them are about 50 kB in each."""


def surveyed_program_key(scope: str, program_id: str) -> Key:
    require_id(program_id, "prg", "waty")
    return Key("directory", SURVEYS_PARTITION, f"{Scope.of(scope)}#{program_id}")


def survey_partition(scope: str, program_id: str) -> str:
    require_id(program_id, "prg", "waty")
    return f"SURVEY#{Scope.of(scope)}#{program_id}"


def survey_state_key(scope: str, program_id: str) -> Key:
    """Up to when the ledger was gone through."""
    return Key("directory", survey_partition(scope, program_id), "STATE")


def survey_report_key(scope: str, program_id: str) -> Key:
    return Key("directory", survey_partition(scope, program_id), "REPORT")


SURVEY_PAGE: Final = "PAGE#"


def survey_page_key(scope: str, program_id: str, number: int) -> Key:
    return Key("directory", survey_partition(scope, program_id), f"{SURVEY_PAGE}{number:04d}")
