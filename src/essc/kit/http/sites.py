"""Where a request comes from: forms and cookie-carrying writes are taken from our own pages only."""
from collections.abc import Mapping
from typing import Final

from essc.kit.http import refusals

_OWN: Final = frozenset({b"same-origin", b"none"})


def same_site(headers: Mapping[bytes, bytes], scheme: str) -> None:
    """Raise CrossSite unless the browser says that the request was made by a page of this very site.

    Sec-Fetch-Site where it is sent (https and localhost); else Origin against Host. A request with neither is refused: every
    browser sends Origin with a form.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        if site not in _OWN:
            raise refusals.CrossSite(f"Sec-Fetch-Site: {site.decode('latin-1')}")
        return
    origin, host = headers.get(b"origin", b""), headers.get(b"host", b"")
    if not host or origin not in (b"http://" + host, b"https://" + host):
        raise refusals.CrossSite("Origin is not ours")
