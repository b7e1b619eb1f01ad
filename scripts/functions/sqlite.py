#!/usr/bin/env python3
"""Prints src/classify/functions/sqlite.rs from SQLite's list of its functions.

    scripts/functions/sqlite.py sqlite3 > src/classify/functions/sqlite.rs

The argument is the command-line shell. Functions that only the shell has are left out: no application
can call them. What newer versions and the usual extensions add is listed here.
"""

import re
import subprocess
import sys

from table import names, write

HEADER = """SQLite's own functions, by effect.

Made by `scripts/functions/sqlite.py` from SQLite {version}, with the newer functions of that script: do
not edit."""

LISTED = "SELECT DISTINCT lower(name) FROM pragma_function_list WHERE builtin"

# Up to SQLite 3.50, FTS, R-Tree and JSON included.
NEWER_READS = names("""
    acos acosh asin asinh atan atan2 atanh bm25 cast ceil ceiling concat concat_ws cos cosh degrees exp
    floor fts5 generate_series geopoly_area geopoly_bbox geopoly_blob geopoly_ccw geopoly_contains_point
    geopoly_debug geopoly_json geopoly_overlap geopoly_regular geopoly_svg geopoly_within geopoly_xform
    highlight if json_array_insert json_each json_error_position json_pretty json_tree jsonb jsonb_array
    jsonb_each jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch
    jsonb_remove jsonb_replace jsonb_set jsonb_tree ln log log10 log2 match matchinfo median mod
    octet_length offsets percentile percentile_cont percentile_disc pi pow power radians raise regexp
    rtreecheck rtreedepth rtreenode sign sin sinh snippet sqlite_offset sqrt string_agg tan tanh
    timediff trunc unhex unistr unistr_quote fts5_source_id fts5_locale fts5_insttoken fts5_get_locale
    sqlite_compileoption_get sqlite_compileoption_used bytecode tables_used fts5vocab dbstat
""")

# Pragmas as tables: those that list something.
PRAGMAS = names("""
    collation_list compile_options database_list foreign_key_check foreign_key_list freelist_count
    function_list index_info index_list index_xinfo integrity_check module_list page_count pragma_list
    quick_check table_info table_list table_xinfo
""")

# They load code, write the log or rewrite an index.
WRITES = names("edit fts3_tokenizer load_extension optimize sqlite_log writefile")

# What the connection's last statements did.
SESSION = names("changes last_insert_rowid total_changes")


def query(shell, sql):
    done = subprocess.run([*shell, ":memory:", sql], check=True, capture_output=True, text=True)
    return done.stdout.split()


def main(shell):
    listed = {name for name in query(shell, LISTED) if re.fullmatch(r"\w+", name)}
    reads = listed | NEWER_READS | {f"pragma_{name}" for name in PRAGMAS}
    (version,) = query(shell, "SELECT sqlite_version()")
    write(HEADER.format(version=version), reads, WRITES, SESSION)


if __name__ == "__main__":
    main(sys.argv[1:])
