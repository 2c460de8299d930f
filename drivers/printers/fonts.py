"""Where fonts are on this machine, for what is drawn on paper. Not for drawing (brush, picture)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

# One font for nearly everything comes with Kivy (Latin, Cyrillic, Greek, Arabic, Hebrew, Armenian, Georgian); the others as Debian installs them.
_EVERYTHING = "DejaVuSans.ttf"
_INSTALLED = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",  # fonts-dejavu-core
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",  # fonts-noto-cjk
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",  # fonts-droid-fallback
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",  # fonts-wqy-microhei
)


def of_kivy(name: str) -> Path | None:
    """Find a font that comes with Kivy, without importing Kivy, which would start it."""
    kivy = importlib.util.find_spec("kivy")
    for place in (kivy.submodule_search_locations or ()) if kivy else ():
        path = Path(place) / "data" / "fonts" / name
        if path.is_file():
            return path
    return None


def for_other_scripts() -> tuple[Path, ...]:
    """Find the fonts that have letters of other scripts than Latin, best first; none where there is none."""
    first = of_kivy(_EVERYTHING)
    return (*((first,) if first else ()), *(path for path in map(Path, _INSTALLED) if path.is_file()))
