"""`make doctor`: a deployment examined from outside, as a merchant uses it. See `__main__`."""
