"""The embedded AWS: one test for each trap that the adapter closes, on both engines where both can show it."""
