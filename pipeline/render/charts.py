"""Charts that come as a specification (Vega-Lite, as Altair makes it): drawn here, by vl-convert, without a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_KIND = re.compile(r"application/vnd\.(vega|vegalite)\.v\d+(?:\.\d+)*\+json")
_FONT = "DejaVu Sans"  # which the PDF has too


class UndrawnChart(Exception):
    """A chart that could not be drawn; its text says why, and what to do."""


def is_chart(kind: str) -> bool:
    """Whether a MIME type is that of a Vega or Vega-Lite specification."""
    return _KIND.fullmatch(kind) is not None


def draw_chart(kind: str, specification: Any) -> tuple[str, str]:
    """Draw a chart as SVG and give it with the description in its specification, which the drawing loses.

    It fetches nothing. Raises UndrawnChart where vl-convert is not installed or cannot draw it.
    """
    if not isinstance(specification, Mapping):
        raise UndrawnChart("its output is a chart that cannot be read. Show the Altair chart itself")
    try:
        svg = _convert(kind, dict(specification))
    except ImportError:
        raise UndrawnChart(
            "its output is an Altair chart, which vl-convert-python draws, and that is not installed here. "
            "Run `make edit` once, or `python -m pip install vl-convert-python`; or draw it with matplotlib"
        ) from None
    except ValueError as error:
        said = str(error).partition("\n    at ")[0].rpartition("\n")[2].strip()
        raise UndrawnChart(f"its chart cannot be drawn: {said[:200]}") from None
    return svg, " ".join(dict.fromkeys(_list_descriptions(specification)))


_HELD = ("layer", "hconcat", "vconcat", "concat", "spec")  # where a chart holds the charts it is made of


def _list_descriptions(specification: Mapping[str, Any]) -> list[str]:
    """The chart's own description; where it has none, those of the charts it is made of, in order."""
    if own := str(specification.get("description") or "").strip():
        return [own]
    held = [specification[name] for name in _HELD if name in specification]
    charts = [chart for one in held for chart in (one if isinstance(one, list) else [one])]
    return [said for chart in charts if isinstance(chart, Mapping) for said in _list_descriptions(chart)]


def _convert(kind: str, specification: dict[str, Any]) -> str:
    drawing = _load()
    svg: str
    if "vegalite" not in kind:
        svg = drawing.vega_to_svg(specification, allowed_base_urls=[])
        return svg
    named = re.search(r"/v(\d+)(?:\.(\d+))?", str(specification.get("$schema", "")))
    known = drawing.get_vegalite_versions()
    asked = f"{named[1]}.{named[2]}" if named else ""
    version = asked if asked in known else _find_newest(known, named[1] if named else "")
    svg = drawing.vegalite_to_svg(specification, vl_version=version, allowed_base_urls=[], config={"font": _FONT})
    return svg


def _find_newest(known: list[str], major: str) -> str | None:
    fit = [one for one in known if one.split(".")[0] == major]
    return max(fit, key=lambda one: [int(part) for part in one.split(".")]) if fit else None


@cache
def _load() -> Any:
    import matplotlib
    import vl_convert

    vl_convert.register_font_directory(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf"))
    return vl_convert
