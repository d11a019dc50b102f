"""`make rehearse`: a deployment as far as it goes without an account. See `__main__`."""
