"""Writes the OpenAPI document, docs/endpoints.md, docs/errors.md and the tables of docs/events.md.

With --check it tells which of them are stale."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .document import openapi_document
from .events import with_tables
from .inventory import endpoint_inventory
from .pages import endpoints_page, errors_page

ROOT = Path(__file__).resolve().parents[4]


def contents(root: Path) -> dict[Path, str]:
    """File -> what it has to hold."""
    found = endpoint_inventory(root)
    about_events = root / "docs/events.md"
    return {
        root / "functions/platform/openapi.json": json.dumps(openapi_document(found), indent=1, ensure_ascii=False)
        + "\n",
        root / "docs/endpoints.md": endpoints_page(found),
        root / "docs/errors.md": errors_page(),
        about_events: with_tables(about_events.read_text(encoding="utf-8")),
    }


def openapi_main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m batua.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file is stale")
    check = parser.parse_args(arguments).check
    stale = [
        (file, content)
        for file, content in contents(ROOT).items()
        if not file.exists() or file.read_text(encoding="utf-8") != content
    ]
    for file, content in stale:
        if not check:
            file.write_text(content, encoding="utf-8")
        sys.stdout.write(f"{'stale' if check else 'written'}: {file.relative_to(ROOT)}\n")
    if check and stale:
        sys.stdout.write("run: make docs\n")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(openapi_main(sys.argv[1:]))
