"""A platform without sample data: the operator, and its first administrator with a link that sets the password.

For a server that others reach. The samples of `plant` have passwords and secrets that everybody can read.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

from local.model import Platform
from local.seeds.plant import make_secrets, write_credentials


def plant(platform: Platform, email: str, path: Path) -> None:
    """Makes what is missing. The link is printed and kept in the file until the password is set."""
    make_secrets(platform, pepper=secrets.token_hex(32))
    from batua import clock
    from batua.settings import settings
    from batua.store.store import store
    from batua.tenants.bootstrap import bootstrap_deployment

    begun = bootstrap_deployment(
        store(), email=email, name="Administrator", operator_name="Operator", now=clock.system()
    )
    content = {"url": settings().public_url, "operator": begun.operator.id, "administrator": email}
    if begun.link:
        content["link"] = begun.link
        print(f"Set the password of {email}: {begun.link}", file=sys.stderr)
    write_credentials(path, content)
