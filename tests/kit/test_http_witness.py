"""Whoever watches the calls of one kind of caller: sees what was asked and answered, and can spoil nothing."""
import pytest

from essc.kit.db.pool import Database
from essc.kit.http.api import NOBODY, Api, ApiSettings, Seen
from tests.kit import toys
from tests.kit.test_http_api import GOOD, keyed


class Watch:
    """Sees what was answered, and may fail at it."""

    def __init__(self, *, fails: bool = False) -> None:
        self.seen: list[Seen] = []
        self.fails = fails

    def __call__(self, seen: Seen) -> None:
        self.seen.append(seen)
        if self.fails:
            raise ValueError("a witness in trouble")


def watched(db: Database, watch: Watch, by: str = "holder") -> Api:
    return Api([toys.operations], db=db, authenticators={"holder": toys.authenticate}, texts=toys.TEXTS, witnesses={by: watch},
               settings=ApiSettings(prefixes={"ToyId": "toy"}, rates=toys.MANY))


async def test_a_witness_sees_what_was_done_and_what_was_refused(swept: Database) -> None:
    watch = Watch()
    async with toys.client(watched(swept, watch)) as client:
        done = await client.post("/v1/toys", content=GOOD, headers=keyed())
        await client.post("/v1/toys", content=b"{", headers=keyed("k2"))
        client.headers.pop("authorization")
        await client.post("/v1/toys", content=GOOD, headers=keyed("k3"))
        await client.get("/v1/nothing-here")
    first, second, third = watch.seen
    assert (first.operation.name, first.status, first.refused, first.request.request_id) == ("toys.make", 201, None, done.headers["x-request-id"])
    assert first.answer == done.content and first.request.body == GOOD and first.seconds > 0
    assert (second.refused.code, second.status) == ("malformed_json", 400) and second.principal.actor.kind == "holder"
    assert third.principal is NOBODY and third.status == 401


@pytest.mark.parametrize(("watch", "by", "seen"), [(Watch(fails=True), "holder", 1), (Watch(), "channel", 0)])
async def test_a_witness_spoils_nothing_and_sees_its_own_kind_of_caller_only(swept: Database, watch: Watch, by: str, seen: int) -> None:
    async with toys.client(watched(swept, watch, by)) as client:
        assert (await client.post("/v1/toys", content=GOOD, headers=keyed())).status_code == 201
    assert len(watch.seen) == seen
