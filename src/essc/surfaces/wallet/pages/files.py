"""What a browser asks for on its own behalf: the service worker, the manifest, the page for when there is no network."""
import json
from typing import Final

from essc.kit.http.pages import PageAnswer, PageCall
from essc.surfaces.shared.rendering import HERE
from essc.surfaces.wallet.pages.declared import pages

WORKER: Final = (HERE / "wallet/static/sw.js").read_text(encoding="utf-8")


@pages.get("/m/offline")
async def offline(call: PageCall) -> PageAnswer:
    """What is shown without a network: kept by the service worker, never with a code."""
    return call.render("wallet/offline.html")


@pages.get("/m/sw.js")
async def worker(call: PageCall) -> PageAnswer:
    """The service worker, at the root of what it may serve."""
    return PageAnswer(200, WORKER.encode(), "text/javascript; charset=utf-8").header("cache-control", "no-cache")


@pages.get("/m/manifest.webmanifest")
async def manifest(call: PageCall) -> PageAnswer:
    """What makes the wallet an app on the home screen."""
    icons = [("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any"), ("icon-maskable-512.png", "512x512", "maskable")]
    said = {
        "name": call.say("shared.product"), "short_name": call.say("shared.product"), "lang": call.locale, "start_url": "/m/", "scope": "/m/",
        "display": "standalone", "background_color": "#1250bd", "theme_color": "#1250bd",
        "icons": [{"src": f"/static/{name}", "sizes": sizes, "type": "image/png", "purpose": purpose} for name, sizes, purpose in icons],
        "shortcuts": [{"name": call.say("wallet.home.code"), "url": "/m/code"}],
    }
    return PageAnswer(200, json.dumps(said, ensure_ascii=False).encode(), "application/manifest+json; charset=utf-8")
