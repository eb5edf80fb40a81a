"""From a template and its context to the text of a page: Jinja2 with escaping always on, and a name that is missing is an error."""
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from essc.kit.http.static import Static
from essc.surfaces.shared import looks

HERE: Final = Path(__file__).resolve().parent.parent
FACES: Final = ("shared", "wallet", "elder", "counter", "signin", "portal", "console")
"""The faces that exist. Templates are named `<face>/<file>.html`; static files of `shared` stand at the root, those of others under the face's name."""


def static_files() -> Static:
    """The static files of all faces, read once."""
    return Static({"" if face == "shared" else face: HERE / face / "static" for face in FACES})


def environment() -> Environment:
    """The templates of all faces."""
    loader = PrefixLoader({face: FileSystemLoader(HERE / face / "templates") for face in FACES})
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


class Renderer:
    """What `PageCall.render` calls. `demonstration` puts the ribbon on every page."""

    def __init__(self, static: Static, *, demonstration: bool) -> None:
        self._templates = environment()
        self._templates.globals.update(static=static.url, demonstration=demonstration, look=looks.attributes, is_elder=looks.is_elder)

    def __call__(self, template: str, context: Mapping[str, Any]) -> str:
        """The page as text. Raises jinja2's errors when the template is missing or names something that is not given."""
        return self._templates.get_template(template).render(context)
