"""A tenant's sealed months as a chain: from the tip in the directory back to the first."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..ledger.replay import Finding
from ..store import archive_keys
from ..store.store import Record, Store
from .lines import Damaged, digest, from_line, unpack
from .manifest import Manifest, Part, read_manifest
from .vault import SEALED, Vault, manifest_key, part_key


@dataclass(slots=True)
class Chain:
    """Manifests, the oldest first, and what is wrong with them."""

    months: list[Manifest] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    purged_to: int = 0

    def find(self, subject: str, law: str, expected: object, found: object) -> None:
        self.findings.append(Finding(subject, law, str(expected), str(found)))

    @property
    def tip(self) -> int:
        """The last sealed month; 0 where none is."""
        return self.months[-1].month if self.months else 0


def follow(store: Store, vault: Vault, tenant: str) -> Chain:
    """Reads all manifests from the tip back, each checked against the hash by which its successor names it."""
    chain, key = Chain(), archive_keys.sealed(tenant)
    tip = store.read([key])[key]
    there = _months_there(vault, tenant)
    if tip is None:
        if there:
            chain.find(tenant, "the directory names the last sealed month", max(there), "none")
        return chain
    chain.purged_to = tip.get("purged", 0)
    wanted: tuple[int, str] | None = (tip["month"], tip["sha"])
    while wanted is not None:
        month, sha256 = wanted
        subject = f"{tenant} {month}"
        body = vault.read(manifest_key(tenant, month))
        if body is None or digest(body) != sha256:
            chain.find(subject, "a manifest is what its successor names", sha256, digest(body) if body else "missing")
        try:
            manifest = read_manifest(body or b"")
        except Damaged as fault:
            chain.find(subject, "a manifest can be read", "a manifest", fault)
            break
        if (manifest.tenant, manifest.month) != (tenant, month):
            chain.find(subject, "a manifest is of its place", subject, f"{manifest.tenant} {manifest.month}")
            break
        chain.months.insert(0, manifest)
        wanted = manifest.previous
        if wanted is not None and wanted[0] >= month:
            chain.find(subject, "a month follows an earlier one", f"before {month}", wanted[0])
            break
    known = {manifest.month for manifest in chain.months}
    for month in sorted(there - known):
        # After the tip: sealed by a run that has not moved it yet, or by somebody else.
        chain.find(f"{tenant} {month}", "every sealed month is in the chain", "in it", "not in it")
    return chain


def _months_there(vault: Vault, tenant: str) -> set[int]:
    names = vault.names(f"{SEALED}/{tenant}/")
    return {int(name.split("/")[2]) for name in names if name.endswith("/manifest.json")}


def entries_of(vault: Vault, manifest: Manifest, part: Part) -> list[Record]:
    """The entries of a part. Raises Damaged where it is not what the manifest names."""
    body = vault.read(part_key(manifest.tenant, manifest.month, part.sha256))
    if body is None:
        raise Damaged("missing")
    if digest(body) != part.sha256:
        raise Damaged(digest(body))
    return [from_line(line) for line in unpack(body)]
