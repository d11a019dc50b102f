"""A tenant's sealed months as a chain: from the tip in the directory back to the first."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..ledger.findings import Finding
from ..store import archive_keys
from ..store.store import Record, Store
from .bucket import SEALED, ArchiveBucket, manifest_key, part_key
from .lines import ContentDamaged, content_digest, from_line, unpack
from .manifest import Manifest, ManifestPart, read_manifest


@dataclass(slots=True)
class ManifestChain:
    """Manifests, the oldest first, and what is wrong with them."""

    months: list[Manifest] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    purged_to: int = 0

    def find(self, subject: str, invariant: str, expected: object, found: object) -> None:
        self.findings.append(Finding(subject, invariant, str(expected), str(found)))

    @property
    def head(self) -> int:
        """The last sealed month; 0 where none is."""
        return self.months[-1].month if self.months else 0


def follow_chain(store: Store, vault: ArchiveBucket, tenant: str) -> ManifestChain:
    """Reads all manifests from the tip back, each checked against the hash by which its successor names it."""
    chain, key = ManifestChain(), archive_keys.sealed_month_key(tenant)
    head = store.read([key])[key]
    there = _months_there(vault, tenant)
    if head is None:
        if there:
            chain.find(tenant, "the directory names the last sealed month", max(there), "none")
        return chain
    chain.purged_to = head.get("purged", 0)
    wanted: tuple[int, str] | None = (head["month"], head["sha"])
    while wanted is not None:
        month, sha256 = wanted
        subject = f"{tenant} {month}"
        body = vault.read(manifest_key(tenant, month))
        if body is None or content_digest(body) != sha256:
            chain.find(
                subject, "a manifest is what its successor names", sha256, content_digest(body) if body else "missing"
            )
        try:
            manifest = read_manifest(body or b"")
        except ContentDamaged as fault:
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
        # After the head: sealed by a run that has not moved it yet, or by somebody else.
        chain.find(f"{tenant} {month}", "every sealed month is in the chain", "in it", "not in it")
    return chain


def _months_there(vault: ArchiveBucket, tenant: str) -> set[int]:
    names = vault.names(f"{SEALED}/{tenant}/")
    return {int(name.split("/")[2]) for name in names if name.endswith("/manifest.json")}


def entries_of(vault: ArchiveBucket, manifest: Manifest, part: ManifestPart) -> list[Record]:
    """The entries of a part. Raises ContentDamaged where it is not what the manifest names."""
    body = vault.read(part_key(manifest.tenant, manifest.month, part.sha256))
    if body is None:
        raise ContentDamaged("missing")
    if content_digest(body) != part.sha256:
        raise ContentDamaged(content_digest(body))
    return [from_line(line) for line in unpack(body)]
