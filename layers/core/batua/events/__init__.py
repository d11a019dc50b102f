"""Events: what happens to value, published to the bus and delivered to subscribers."""
