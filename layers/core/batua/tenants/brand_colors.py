"""The colours of a tenant that has chosen none."""

from typing import Final

PRIMARY: Final = "#5b3fd6"
ACCENT: Final = "#0f766e"
