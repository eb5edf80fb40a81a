"""The schema also runs distributed: keys start with the bucket, nothing hides in the database; roles refuse."""
import ast
import re

import pytest

from tests.house.conftest import SOURCE, python_files, syntax

BY_HOLDER = """SELECT c.table_schema || '.' || c.table_name FROM information_schema.columns c
                 JOIN pg_class k ON k.oid = (quote_ident(c.table_schema) || '.' || quote_ident(c.table_name))::regclass
                WHERE c.column_name = 'bucket' AND k.relkind IN ('r', 'p') AND NOT k.relispartition"""

APPEND_ONLY = ["kit.event", "audit.leaf", "records.use", "cards.move", "codes.burn"]


@pytest.mark.anyio
async def test_every_key_of_a_by_holder_table_starts_with_the_bucket_or_is_a_lookup(tx):
    rows = await tx.rows(f"""
        SELECT k.conrelid::regclass::text AS table, k.conname, a.attname FROM pg_constraint k
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
         WHERE k.contype IN ('p', 'u', 'f') AND k.conrelid::regclass::text IN ({BY_HOLDER})""")
    wrong = [(r["table"], r["conname"]) for r in rows if r["attname"] != "bucket" and not is_lookup(r["table"])]
    assert not wrong


def is_lookup(table: str) -> bool:
    """A look-up table maps a globally unique hash to holder and bucket; its README says so and its name starts with by_."""
    return table.partition(".")[2].startswith("by_")


@pytest.mark.anyio
async def test_the_database_holds_no_trigger_rule_sequence_or_inheritance(tx):
    ours = "n.nspname NOT LIKE 'pg_%' AND n.nspname <> 'information_schema'"
    found = await tx.rows(f"""
        SELECT 'trigger ' || t.tgname AS what FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE NOT t.tgisinternal AND {ours}
        UNION ALL SELECT 'rule ' || r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE r.rulename <> '_RETURN' AND {ours}
        UNION ALL SELECT 'sequence ' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND {ours}
        UNION ALL SELECT 'inherits ' || c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE NOT c.relispartition AND {ours}
        UNION ALL SELECT 'exclude ' || k.conname FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE k.contype = 'x' AND {ours}""")
    assert not [row["what"] for row in found]


@pytest.mark.anyio
@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE"])
async def test_the_application_may_not_change_what_was_recorded(tx, table, right):
    assert not await tx.value("SELECT has_table_privilege('essc_app', $1, $2)", table, right)


def statements() -> list[tuple[str, str]]:
    """Every SQL string of a store, by file."""
    return [(str(path.relative_to(SOURCE)), path.read_text(encoding="utf-8"))
            for path in [*SOURCE.glob("*/store.py"), *SOURCE.glob("*/store/*.py"), *SOURCE.glob("*/tables.sql")]]


def test_no_insert_hides_in_a_cte():
    assert not [name for name, text in statements() if re.search(r"\bAS (NOT )?(MATERIALIZED )?\(\s*INSERT\b", text, re.IGNORECASE)]


def test_no_update_uses_a_simple_case():
    assert not [name for name, text in statements() if re.search(r"UPDATE[^;\"]*\bCASE\s+(?!WHEN)\w+", text, re.IGNORECASE)]


def test_no_function_of_the_clock_or_of_chance_decides_in_sql():
    assert not [name for name, text in statements() if re.search(r"\b(clock_timestamp|gen_random_uuid|random)\s*\(", text)]


EVERY_BUCKET = {  # what walks all shards, and why that may be
    "audit/store/rows.py": "the sequencer claims and marks what is committed, whatever the bucket; it is one process, and no caller waits for it",
    "kit/outbox/store.py": "the worker claims, marks and counts deliveries of every bucket",
    "identity/store.py:forget": "old proofs of everybody are dropped at night",
    "identity/store.py:_decided_and_named": "an invariant is proved over everybody",
    "sessions/store.py:forget": "old sessions of everybody are dropped at night",
    "sessions/store.py:_too_long": "an invariant is proved over everybody",
    "passwords/store.py:_not_argon2id": "an invariant is proved over everybody",
    "risk/store.py:counts": "a desk sees how much waits, of everybody",
    "records/store.py:work": "a terminal counts its shift, of everybody who stood before it; an index by terminal in each shard, once a shift",
    "ecards/store.py:of_channel": "a developer begins anew in the sandbox, where few people are",
    "holders/store.py:conflicts": "a desk works through what is open, of everybody",
}


def by_holder_tables() -> set[str]:
    """Every table with a bucket, as the rooms' tables.sql make them."""
    return {found[1] for path in SOURCE.glob("*/tables.sql") for found in
            re.finditer(r"CREATE (?:UNLOGGED )?TABLE (\w+\.\w+) \((.*?)\n\)", path.read_text(encoding="utf-8"), re.DOTALL) if re.search(r"^\s*bucket\b", found[2], re.MULTILINE)}


def written(path):
    """Every SQL statement of one file with the name of the function or constant that it stands in."""
    for top in syntax(path).body:
        name = getattr(top, "name", None) or ast.unparse(getattr(top, "target", None) or getattr(top, "targets", [ast.Constant("")])[0])
        for node in ast.walk(top):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node) if isinstance(node, ast.JoinedStr) else ""
            if re.search(r"\b(SELECT|UPDATE|INSERT INTO|DELETE FROM)\b", text) and re.search(r"\b(WHERE|VALUES|INSERT)\b", text):
                yield name, text


def test_a_statement_on_a_by_holder_table_pins_the_bucket_or_says_why_it_walks_all():
    tables = re.compile(rf"\b({'|'.join(sorted(table for table in by_holder_tables() if not is_lookup(table)))})\b")
    files = [path for path in python_files(SOURCE) if path.stem == "store" or path.parent.name == "store"]
    found = {f"{path.relative_to(SOURCE)}:{name}" for path in files for name, text in written(path) if tables.search(text) and "bucket" not in text}
    assert not [name for name in sorted(found) if name not in EVERY_BUCKET and name.partition(":")[0] not in EVERY_BUCKET]
    assert not [name for name in EVERY_BUCKET if not any(one.startswith(name) for one in found)], "a reason without a statement"


def test_rows_of_many_places_are_found_pair_by_pair():
    """`bucket = ANY (…) AND id = ANY (…)` tries each bucket with each id: nothing in a small house, most of a redemption in one of five million cards."""
    crossed = re.compile(r"\bbucket = ANY ?\(\$\d+\)\s+AND\s+[\w.]+ = ANY\b")
    files = [path for path in python_files(SOURCE) if path.stem == "store" or path.parent.name == "store"]
    assert not [f"{path.relative_to(SOURCE)}:{name}" for path in files for name, text in written(path) if crossed.search(text)]
