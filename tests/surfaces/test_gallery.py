"""Nobody forgets a screen: every page that a face declares stands in the gallery, and every row of the gallery is a page that a face declares."""
import re

import pytest

from essc.surfaces.faces import FACES
from tests.surfaces.gallery import SCREENS

NO_SCREEN = {
    "/m": "leads to /m/", "/m/reveal": "JSON for the eye", "/m/photo": "a picture", "/m/sw.js": "the service worker", "/m/manifest.webmanifest": "the manifest",
    "/m/me/{purpose}": "stands in the gallery by each of its purposes", "/console/alive": "204, so that a session stays open",
    "/console/terminals/import/template": "a file", "/dev/quickstart/{file}": "a file",
    "/dev/home": "leads to the developer's app", "/dev/keys": "leads to the developer's app", "/dev/logs": "leads to the developer's app",
    **dict.fromkeys(("/dev/app/{app}/access", "/dev/app/{app}/reset", "/dev/app/{app}/keys/{key}/roll", "/dev/app/{app}/keys/{key}/revoke"),
                    "where a form leads that was sent before"),
}
"""Addresses that show no screen of their own, and what they are instead. Files (a suffix in the address) need no line here."""
DECLARED = sorted({page.path for face in FACES for page in face.pages.pages if page.method == "GET"})
SHOWN = {screen.path.split("?")[0] for screen in SCREENS}


def fits(declared: str, path: str) -> bool:
    """Whether an address is one of the declared ones."""
    return re.fullmatch("[^/]+".join(re.escape(part) for part in re.split(r"\{[a-z_]+\}", declared)), path) is not None


@pytest.mark.parametrize("declared", [path for path in DECLARED if path not in NO_SCREEN and not re.search(r"\.[a-z]+$", path)])
def test_a_declared_page_has_a_row_in_the_gallery(declared):
    assert [path for path in SHOWN if fits(declared, path)] != []


def test_every_row_of_the_gallery_is_a_page_of_a_face():
    forms = {page.path for face in FACES for page in face.pages.pages}
    assert sorted(path for path in SHOWN if not any(fits(declared, path) for declared in forms) and path != "/m/nothing") == []


def test_no_two_rows_have_the_same_name():
    names = [screen.name for screen in SCREENS]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_what_shows_no_screen_is_still_declared():
    assert set(NO_SCREEN) <= set(DECLARED)
