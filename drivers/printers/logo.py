"""Makes dots of a library's logo: a PNG, dithered to black and white, no wider than the paper. Not for words (brush)."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from PIL import Image

from drivers.errors import SettingWrong
from drivers.printers.dots import Dots, harmless

HIGHEST = 320  # dots, four centimetres: a logo is above every receipt
_MOST_PIXELS = 25_000_000
_WRONG = (
    OSError,
    SyntaxError,  # what Pillow raises for a broken PNG
    ValueError,
    EOFError,
    zlib.error,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def logo(path: Path, dots: int) -> Dots:
    """Read a logo and fit it on paper `dots` wide: made smaller where it must, never bigger; what is transparent stays white. Raises SettingWrong."""
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise SettingWrong(
                    f"The logo {path} has {picture.width} x {picture.height} dots; {dots} x {HIGHEST} is all that paper can show."
                )
            seen = picture.convert("RGBA")
    except _WRONG as error:
        raise SettingWrong(f"The logo {path} cannot be read as a PNG: {error}.") from error
    white = Image.new("RGBA", seen.size, "white")
    grey = Image.alpha_composite(white, seen).convert("L")
    factor = min(dots / grey.width, HIGHEST / grey.height)
    if factor < 1:
        grey = grey.resize((max(1, int(grey.width * factor)), max(1, int(grey.height * factor))), Image.Resampling.LANCZOS)
    paper = Image.new("L", ((grey.width + 7) // 8 * 8, grey.height), 255)
    paper.paste(grey, ((paper.width - grey.width) // 2, 0))
    ink = paper.point(lambda shade: 255 - shade).convert("1", dither=Image.Dither.FLOYDSTEINBERG)
    return Dots(ink.width // 8, ink.height, harmless(ink.tobytes()))
