"""Our public keys, as a partner fetches them."""
import httpx

from essc.keys import api
from essc.kit.http.api import Api, ApiSettings
from essc.kit.i18n import Texts
from essc.names import PREFIXES


async def test_the_keys_that_sign_to_partners_are_published(db):
    edge = Api([api.operations], db=db, authenticators={}, texts=Texts.load(), settings=ApiSettings(prefixes=PREFIXES))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://essc.test") as anybody:
        told = (await anybody.get("/v1/house-keys")).json()["keys"]
    assert [one["kid"] for one in told] == [one.key_id for one in db.keys.public("partners")]
    assert not any("d" in one for one in told)
