"""The archive: closed months of the ledger in S3, sealed for good, and what may then leave the table.

    collect   reads the whole table once, and sorts what it finds by tenant into the bucket's staging area
    prove     shows that nothing is missing: numbers without gaps, totals that agree
    seal      writes a month's entries in parts, and the manifest that names them and the month before
    purge     leaves tombstones of what has been sealed for long
    anchor    once a day, the hashes of all entries under a lock in compliance mode, signed
    check     finds whatever differs from what was sealed (`python -m batua.audit.verify --archive`)

Live books alone: a sandbox has no history to keep.
"""
