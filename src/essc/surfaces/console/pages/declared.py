"""The list that the console's page functions declare themselves in."""
from typing import Final

from essc.kit.http.pages import Pages

pages: Final = Pages("console")
