"""The OpenAPI document, made from the declarations of all endpoints; never a second place to write them down.

`python -m batua.openapi` writes the document and the pages made with it; `--check` fails where they are stale.
"""
