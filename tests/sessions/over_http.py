"""A channel's back end and a phone, over HTTP without a network."""
import base64

import httpx
import msgspec

from essc.channels import actions as channels
from essc.channels import api as channels_api
from essc.ecards import api as ecards_api
from essc.ecards.model import Link
from essc.holders import actions as holders
from essc.identity import api as identity_api
from essc.kit.crypto import Algorithm, PrivateKey, jwk
from essc.kit.crypto.signing import new_secret
from essc.kit.db.pool import Database
from essc.kit.http.api import Api, ApiSettings
from essc.kit.http.signing import PartnerKey, signed
from essc.kit.i18n import Texts
from essc.names import PREFIXES, ChannelId
from essc.passwords import calls as passwords
from essc.sessions import actions as sessions
from essc.sessions import api as sessions_api
from essc.sessions.model import Device, written
from tests.channels.applications import registered
from tests.ecards.house import applied, carded
from tests.sandbox.connected import Partners
from tests.sandbox.people import Somebody, somebody

TEXTS = Texts.load()
FRAMES = [base64.b64encode(b"\xff\xd8\xff" + text).decode() for text in (b"one", b"two")]
PASSWORD = "738146"


class Channel:
    """An app: its back end signs, the phone carries a token."""

    def __init__(self, db: Database, partners: Partners) -> None:
        self.db, self.partners, self.count = db, partners, 0
        edge = Api([channels_api.operations, identity_api.operations, ecards_api.operations, sessions_api.operations], db=db, texts=TEXTS,
                   authenticators={"channel": channels_api.authenticate, "holder": sessions_api.authenticate_holder}, settings=ApiSettings(prefixes=PREFIXES))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://essc.test")
        self.key: PartnerKey
        self.id: ChannelId

    async def open(self) -> "Channel":
        private = PrivateKey(Algorithm.ES256, new_secret(Algorithm.ES256))
        async with self.db.tx() as tx:
            channel = await registered(tx)
            key = await channels.add_key(tx, channel.id, jwk.written(Algorithm.ES256, private.public))
        self.key, self.id = PartnerKey(key.key_id, private), channel.id
        return self

    async def post(self, path: str, body: object, *, token: str | None = None, key: str | None = None, language: str = "zh-CN") -> httpx.Response:
        """As the phone with a token, else as the back end; a fresh Idempotency-Key unless one is given."""
        self.count += 1
        raw, name = msgspec.json.encode(body), key or f"k{self.count}"
        if token is None:
            headers = signed("POST", path, raw, key=self.key, idempotency_key=name)
        else:
            headers = {"content-type": "application/json", "idempotency-key": name, "authorization": f"Bearer {token}"}
        return await self.http.post(path, content=raw, headers=headers | {"accept-language": language})

    async def get(self, path: str, token: str) -> httpx.Response:
        return await self.http.get(path, headers={"cookie": f"other=1; essc_session={token}"})

    async def face(self, who: Somebody, purpose: str) -> dict[str, str]:
        check = (await self.post("/v1/identity-checks", {"name": who.name, "number": who.number, "purpose": purpose})).json()
        passed = await self.post(f"/v1/identity-checks/{check['id']}/frames", {"frames": FRAMES})
        assert passed.json()["state"] == "passed", passed.text
        return {"check_id": check["id"]}

    async def sms(self, who: Somebody, purpose: str) -> dict[str, str]:
        async with self.db.tx() as tx:
            await tx.run("DELETE FROM kit.throttle")
        to = {"mobile": who.mobile} if purpose == "apply" else {"number": who.number}
        sent = (await self.post("/v1/sms-codes", {"purpose": purpose} | to)).json()
        return {"check_id": sent["id"], "code": await self.partners.last_code(who.mobile)}

    async def applied(self) -> tuple[Somebody, dict[str, object]]:
        """Somebody applies here; gives the answer."""
        who = somebody()
        async with self.db.tx() as tx:
            await carded(tx, who)
        mobile = {"number": who.mobile, "proof": await self.sms(who, "apply")}
        answer = await self.post("/v1/ecards", {
            "name": who.name, "number": who.number, "proof": await self.face(who, "apply"), "password": PASSWORD, "mobile": mobile})
        assert answer.status_code == 201, answer.text
        return who, answer.json()

    async def holder(self) -> tuple[Somebody, Link, str]:
        """Somebody with an e-card here and a telephone in hand, without the waiting; gives the token too."""
        who = somebody()
        async with self.db.tx() as tx:
            await carded(tx, who)
            ecard, link = await applied(tx, who, self.id)
            hashed = await passwords.hashed(tx.keys, ecard.id, PASSWORD)
            await tx.run("UPDATE passwords.password SET hashed = $2 WHERE ecard_id = $1", ecard.id, hashed.encoded)
            await holders.prove_mobile(tx, ecard.holder_id, who.mobile)
        return who, link, await self.opened(link)

    async def opened(self, link: Link, device: str = "device-one") -> str:
        """A token, without the waiting."""
        async with self.db.tx() as tx:
            return written((await sessions.open(tx, link.id, Device(device, "手机"), "face"))[1])

    async def signed_in(self, who: Somebody, device: str = "device-one") -> str:
        """A token."""
        answer = await self.post("/v1/sessions", {
            "number": who.number, "proof": await self.sms(who, "sign_in"), "password": PASSWORD, "device": {"key": device, "name": "手机"}})
        assert answer.status_code == 201, answer.text
        return answer.json()["token"]
