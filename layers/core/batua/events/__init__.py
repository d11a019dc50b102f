"""Events: what happens to value, told to the bus and to those who asked for it."""
