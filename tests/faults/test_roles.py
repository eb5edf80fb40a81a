"""S16: what the application's role may not do, tried with its own login on the live database."""
from collections.abc import Iterator

import asyncpg
import pytest

from essc.audit import queries as audit
from essc.audit.jobs import denied
from essc.kit.db.checks import prove_all
from essc.kit.db.pool import Database
from tests.faults.facts import FACTS
from tests.running import House
from tests.town import Town

pytestmark = pytest.mark.fault
STATEMENTS = {"update": "UPDATE {table} SET {column} = {column}", "delete": "DELETE FROM {table}", "truncate": "TRUNCATE {table}"}


@pytest.fixture(scope="module")
def used(house: House, town: Town) -> Iterator[House]:
    """The house after somebody has used a card, so that there are facts; checked when everything has been tried."""
    assert town.terminal().verdict(town.resident().phone.code()) == "PASS"
    yield house
    house.check()


async def tried(db: Database, statement: str) -> str:
    """What the database says to a statement of the application; "" when it does it."""
    try:
        async with db.tx() as tx:
            await tx.run(statement)
    except asyncpg.PostgresError as error:
        return type(error).__name__
    return ""


@pytest.mark.parametrize("verb", STATEMENTS)
@pytest.mark.parametrize(("table", "column"), FACTS.items(), ids=FACTS)
def test_the_application_cannot_rewrite_a_fact(used: House, table: str, column: str, verb: str) -> None:
    statement = STATEMENTS[verb].format(table=table, column=column)
    assert used.operate(lambda db: tried(db, statement)) == "InsufficientPrivilegeError"


@pytest.mark.parametrize("statement", [
    "ALTER TABLE audit.leaf ADD COLUMN other text", "DROP TABLE codes.burn", "CREATE TABLE audit.other ()", "SET ROLE essc_owner",
    "ALTER ROLE essc_app SUPERUSER", "COPY audit.alarm TO PROGRAM 'true'", "SELECT pg_read_file('/etc/hostname')",
    "SET session_replication_role = replica", "ALTER DATABASE essc OWNER TO essc_serve",
])
def test_the_application_cannot_help_itself_to_more(used: House, statement: str) -> None:
    assert used.operate(lambda db: tried(db, statement)) == "InsufficientPrivilegeError"


@pytest.mark.anyio
async def test_who_tries_sounds_the_alarm_and_the_check_says_so(db: Database) -> None:
    db.denied = denied
    assert await tried(db, "DELETE FROM audit.leaf") == "InsufficientPrivilegeError"
    async with db.read_tx() as tx:
        assert [row["what"] for row in await audit.alarms(tx)] == ["permission_denied"]
    assert "audit.alarms" in [finding.check.name for finding in await prove_all(db, audit.CHECKS) if not finding.holds]
