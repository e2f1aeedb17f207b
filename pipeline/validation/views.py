"""Page views that Great Expectations' site builder loads by name. Not imported otherwise: it imports the library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader

_TEMPLATES = Path(__file__).parent / "templates"
#: Great Expectations shows an outcome as an icon from a font; these words stand in its place.
_WORDS = {"✅": ("holds", "Holds"), "❌": ("fails", "Does not hold"), "❗": ("fails", "Could not be checked")}


class OfflinePage(DefaultJinjaPageView):
    """One suite, or one frame's results: our templates before the stock ones, and words for their icons."""

    def __init__(self, **directories: Any) -> None:
        super().__init__(**directories)
        stock = self.env.loader
        assert stock is not None
        self.env.loader = ChoiceLoader([FileSystemLoader(_TEMPLATES), stock])

    def render_string_template(self, template: Any) -> Any:
        icon = template.get("params", {}).get("markdown_status_icon") if isinstance(template, dict) else None
        if icon is None:
            return super().render_string_template(template)
        style, word = _WORDS[icon]
        return f'<span class="{style}">{word}</span>'


class OfflineIndexPage(OfflinePage):
    """The list of all results and suites."""

    _template = "index_page.j2"
