"""The sandbox's partners in this process, introduced to the house, and the house's own clients to them."""
import base64
from pathlib import Path

import httpx

from essc.kit.crypto import Keys
from essc.kit.http.signature import PublicKey
from essc.partners import wire
from essc.partners.person import PersonOverHttp
from essc.partners.province import ProvinceOverHttp
from essc.partners.sms import GatewayOverHttp
from essc_sandbox.app import build

HOME = "http://sandbox.localhost"


class Partners:
    """`person`, `province`, `sms` are the house's clients; `door` is a browser for the management doors."""

    def __init__(self, data: Path, keys: Keys) -> None:
        self.app = build(data)
        self.door = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=HOME, trust_env=False)
        self.key = wire.HouseKey(keys)
        public = keys.public("partners")[0].value
        for partner in self.app.state.partners.values():
            partner.state.keyring.introduce(base64.b64encode(public).decode())
        self.person = PersonOverHttp(self.partner("person"))
        self.province = ProvinceOverHttp(self.partner("province"))
        self.sms = GatewayOverHttp(self.partner("sms"))

    def partner(self, name: str) -> wire.Partner:
        keyring = self.app.state.partners[name].state.keyring
        peers = {keyring.key_id: PublicKey("ed25519", base64.b64decode(keyring.public_text()))}
        return wire.Partner(name, f"{HOME}/{name}", wire.open_client(httpx.ASGITransport(self.app)), self.key, peers)

    async def be_honest(self) -> None:
        """No more lies are told."""
        await self.door.post("/person/_control/forget")

    async def lie(self, *answers: str) -> None:
        """The face service tells these lies next."""
        assert (await self.door.post("/person/_control/next", json={"answers": list(answers)})).is_success

    async def last_code(self, mobile: str) -> str:
        """The six digits of the newest message to a mobile."""
        text = (await self.door.get("/sms/_control/messages", params={"mobile": mobile})).json()[0]["text"]
        return next(word for word in text.replace("，", " ").split() if word.isdigit() and len(word) == 6)
