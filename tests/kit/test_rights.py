"""What the application's role cannot do, whatever SQL somebody smuggles in: read secrets, make things, or change whose something is."""
import asyncpg
import pytest

FIXED = (
    ("cards.card", "holder_id"), ("cards.card", "region"), ("cards.region_key", "public_key"), ("cards.region_key", "region"), ("cards.request", "card_id"),
    ("ecards.ecard", "holder_id"), ("ecards.ecard", "card_id"), ("ecards.link", "slot"), ("ecards.link", "ecard_id"), ("ecards.link", "channel_id"),
    ("passwords.password", "ecard_id"), ("holders.holder", "id"), ("holders.salt", "salt"), ("channels.key", "public"), ("channels.channel", "sandbox"),
    ("venues.terminal", "venue_id"), ("venues.activation", "code_hash"), ("identity.evidence", "number_hash"), ("identity.used", "evidence_id"),
    ("kit.event", "body"), ("kit.event", "blind"), ("notices.message", "sealed"), ("audit.leaf", "entry"), ("codes.horizon", "pruned_before"),
)


@pytest.mark.parametrize(("table", "column"), FIXED)
async def test_whose_something_is_cannot_be_changed(tx, table, column):
    assert not await tx.value("SELECT has_column_privilege('essc_app', $1, $2, 'UPDATE')", table, column)


async def test_no_table_can_be_emptied_and_nothing_can_be_made(tx):
    emptied = await tx.rows("""SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                                WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg_%' AND has_table_privilege('essc_app', c.oid, 'TRUNCATE, TRIGGER, REFERENCES')
                                  AND n.nspname <> 'information_schema'""")
    made = await tx.rows("SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_temp%' AND has_schema_privilege('essc_app', oid, 'CREATE')")
    assert ([row["name"] for row in emptied], [row["nspname"] for row in made]) == ([], [])


async def test_the_only_function_with_more_rights_than_its_caller_finds_no_table_but_ours(tx):
    rows = await tx.rows("""SELECT p.oid::regprocedure::text AS name, p.proconfig, has_function_privilege('public', p.oid, 'EXECUTE') AS anybody
                              FROM pg_proc p WHERE p.prosecdef""")
    assert [(row["name"], row["proconfig"], row["anybody"]) for row in rows] == [("codes.prune(integer)", ["search_path=pg_catalog"], False)]


@pytest.mark.parametrize("sql", [
    "SELECT rolpassword FROM pg_authid", "SELECT pg_read_file('/etc/passwd')", "COPY kit.event TO PROGRAM 'cat'", "SET ROLE essc_owner",
    "SET session_replication_role = replica", "CREATE FUNCTION kit.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", "DROP TABLE kit.throttle",
])
async def test_the_application_reads_no_secret_and_reaches_nothing_outside(tx, sql):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with tx.conn.transaction():
            await tx.run(sql)


@pytest.mark.parametrize(("hours_ago", "may"), [(1, True), (2, True), (0, False), (3, False), (400_000, False)])
async def test_no_burn_of_a_living_code_can_be_dropped(tx, hours_ago, may):
    hour = "extract(epoch FROM now())::int / 3600 - $1"
    if may:
        assert await tx.value(f"SELECT codes.prune({hour})", hours_ago) > 0
        return
    with pytest.raises(asyncpg.InvalidParameterValueError):
        async with tx.conn.transaction():
            await tx.run(f"SELECT codes.prune({hour})", hours_ago)
