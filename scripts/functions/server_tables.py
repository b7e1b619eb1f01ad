#!/usr/bin/env python3
"""Prints src/classify/server_tables.rs: the tables and views of PostgreSQL's pg_catalog.

    scripts/functions/server_tables.py psql -h /tmp/socket -U postgres > src/classify/server_tables.rs

They are named without their schema, and `pg_` alone would take an application's tables for the server's.
"""

import sys

from postgres import query
from table import constant, names

RELATIONS = """
SELECT relname FROM pg_class
WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') AND relname ~ '^pg_'
"""

# New in PostgreSQL 16 to 18.
NEWER = names("""
    pg_aios pg_shmem_allocations_numa pg_stat_checkpointer pg_stat_io pg_stat_progress_copy
    pg_wait_events
""")


def main(psql):
    ((version,),) = query(psql, "SHOW server_version")
    relations = NEWER | {name for (name,) in query(psql, RELATIONS)}
    print("//! Made by `scripts/functions/server_tables.py` from PostgreSQL", version.split()[0], end="")
    print(" and the newer names in it: do not\n//! edit.")
    text = "".join(constant("POSTGRES", "The tables and views of `pg_catalog`, sorted.", relations))
    print(text.replace("const POSTGRES", "pub(super) const POSTGRES"), end="")


if __name__ == "__main__":
    main(sys.argv[1:])
