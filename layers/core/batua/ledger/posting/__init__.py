"""The one path by which value moves: decide, write in one transaction, or refresh and try again."""
