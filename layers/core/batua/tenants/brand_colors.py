"""The colours of a tenant that has chosen none."""

from typing import Final

PRIMARY: Final = "#0a6847"
ACCENT: Final = "#0f766e"
