"""Puts off what libraries import or make while they load and no function needs then: `python lean.py <packages>`

Each edit is of one place, written out below with its reason. It ends the build where the place is not there exactly
once, so that a new version of a library is looked at anew; `tests/startup` holds that nothing else
changes by them.
"""

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edit:
    file: str
    before: str
    after: str
    """What replaces it in the file."""


EDITS = (
    # Certificates are looked at where an HMAC secret is checked for being one by mistake. ES256 has none.
    Edit("jwt/algorithms.py", "    from cryptography import x509\n", ""),
    Edit(
        "jwt/algorithms.py",
        "            x509.load_der_x509_certificate(key_bytes)\n",
        "            from cryptography import x509\n\n            x509.load_der_x509_certificate(key_bytes)\n",
    ),
    # The version of a package that HTTP/2 would need; nobody turns HTTP/2 on.
    Edit("urllib3/http2/__init__.py", "from importlib.metadata import version\n", ""),
    Edit(
        "urllib3/http2/__init__.py",
        "    # First check if h2 version is valid\n",
        "    from importlib.metadata import version\n\n    # First check if h2 version is valid\n",
    ),
    # Documentation is written when somebody asks a client's method for help. Its parts import each other at their top.
    Edit("botocore/docs/__init__.py", "from botocore.docs.service import ServiceDocumenter\n", ""),
    Edit(
        "botocore/docs/__init__.py",
        "    # Create the root directory where all service docs live.\n",
        "    from botocore.docs.service import ServiceDocumenter\n\n"
        "    # Create the root directory where all service docs live.\n",
    ),
    Edit(
        "botocore/docs/docstring.py",
        "from botocore.docs.bcdoc.restdoc import DocumentStructure\n"
        "from botocore.docs.method import document_model_driven_method\n"
        "from botocore.docs.paginator import document_paginate_method\n"
        "from botocore.docs.waiter import document_wait_method\n",
        "",
    ),
    Edit(
        "botocore/docs/docstring.py",
        "        docstring_structure = DocumentStructure(",
        "        from botocore.docs.bcdoc.restdoc import DocumentStructure\n\n"
        "        docstring_structure = DocumentStructure(",
    ),
    *(
        Edit(
            "botocore/docs/docstring.py",
            f"        {name}(*args, **kwargs)\n",
            f"        from {module} import {name}\n\n        {name}(*args, **kwargs)\n",
        )
        for module, name in (
            ("botocore.docs.method", "document_model_driven_method"),
            ("botocore.docs.waiter", "document_wait_method"),
            ("botocore.docs.paginator", "document_paginate_method"),
        )
    ),
    # Asked of 132 event handlers whenever a session is made; a function's flags say the same as its whole signature.
    Edit(
        "botocore/compat.py",
        "    return inspect.getfullargspec(func)[2]\n",
        "    if inspect.isfunction(func) or inspect.ismethod(func):\n"
        "        return func.__code__.co_flags & inspect.CO_VARKEYWORDS\n"
        "    return inspect.getfullargspec(func)[2]\n",
    ),
    # Each name of an event is looked up in 45 old names of services, by way of an exception where it is none of them.
    Edit(
        "botocore/hooks.py",
        "            event_parts = event_name.split('.')\n            if '.' not in old_part:\n",
        "            if old_part not in event_name:\n                continue\n"
        "            event_parts = event_name.split('.')\n            if '.' not in old_part:\n",
    ),
    # Plugins of validators are looked for among all installed packages; `batua/startup.py` says that there are none.
    Edit("pydantic/plugin/_loader.py", "import importlib.metadata as importlib_metadata\n", ""),
    Edit(
        "pydantic/plugin/_loader.py",
        "        _plugins = {}\n",
        "        import importlib.metadata as importlib_metadata\n\n        _plugins = {}\n",
    ),
    # Types of the dictionaries that validators are built from: some hundred classes whose annotations are compiled one
    # by one, for type checkers alone.
    Edit(
        "pydantic_core/core_schema.py",
        "if sys.version_info < (3, 12):\n"
        "    from typing_extensions import TypedDict\n"
        "else:\n"
        "    from typing import TypedDict\n",
        "class TypedDict(dict):\n    def __init_subclass__(cls, total=True):\n        super().__init_subclass__()\n",
    ),
)


def main(packages: Path) -> None:
    for edit in EDITS:
        file = packages / edit.file
        text = file.read_text(encoding="utf-8")
        if text.count(edit.before) != 1:
            raise SystemExit(f"{edit.file} has changed: look at its edits in {Path(__file__).name} anew")
        file.write_text(text.replace(edit.before, edit.after), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
