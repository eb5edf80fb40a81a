"""The developer portal's screens with sample content."""
from dataclasses import dataclass

from essc.surfaces.portal.pages.frame import frame
from tests.surfaces.screen import Screen


@dataclass(frozen=True)
class Developer:
    """Somebody who is signed in for an app."""

    wire_id: str = "chan_01kaq7xw3m2y8r5t6v9b0c1d2e"
    name: str = "便民通（演示）"


SCREENS: tuple[Screen, ...] = (
    Screen("d-landing", "/dev", "d-landing", "portal/landing.html", "desk", lambda say: frame(say, "landing", None)),
)
