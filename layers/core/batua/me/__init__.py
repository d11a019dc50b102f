"""A customer's own page: what it shows, and what a customer may do there."""
