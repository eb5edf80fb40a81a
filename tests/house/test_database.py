"""The schema also runs distributed: keys start with the bucket, nothing hides in the database; roles refuse."""
import re

import pytest

from tests.house.conftest import SOURCE

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
