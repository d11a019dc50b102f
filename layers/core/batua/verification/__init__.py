"""Identity checks: identifiers, names, PIN codes, and the requests that verify them."""
