"""Support tickets: from the people of a tenant to the operator's staff, and back."""
