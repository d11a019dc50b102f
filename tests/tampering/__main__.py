"""Writes docs/tamperings.md anew."""

from tests.tampering.page import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
