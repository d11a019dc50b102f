"""How property tests run anywhere but in tests/properties, which has more examples: see its own conftest."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The speed of the machine is no property.
settings.register_profile("batua", max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("batua")
