"""Every page looks as it was agreed: drawn anew and compared with the picture in `gallery/`.

Tolerance, on pictures half as large as a page: at most 0.15 % of the pixels may differ by more than 24 of 255 in any colour, and the mean difference may
be at most 0.25. Shapes and letters are drawn by Pillow, so drivers hardly differ; a button that moves by one pixel differs in 0.4 %.

A new look is agreed by drawing the gallery anew: KIOSK_UPDATE_GALLERY=1 pytest tests/ui/test_gallery.py. A picture that differs is left in
out/gallery/, with what differs in red.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.ui.pages import every_page

GALLERY = Path(__file__).parent / "gallery"
OUT = Path(__file__).parents[2] / "out" / "gallery"
ORIENTATIONS = ("portrait", "landscape")
UPDATE = os.environ.get("KIOSK_UPDATE_GALLERY") == "1"

FAR = 24
MOST_FAR = 0.0015
MOST_MEAN = 0.25


@dataclass(frozen=True)
class Difference:
    """Between two pictures of one size."""

    mean: float
    far: float
    where: Image.Image

    @property
    def tolerable(self) -> bool:
        return self.mean <= MOST_MEAN and self.far <= MOST_FAR


def difference(one: Image.Image, other: Image.Image) -> Difference:
    red, green, blue = ImageChops.difference(one, other).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    far = most.point(lambda value: 255 if value > FAR else 0)
    return Difference(ImageStat.Stat(most).mean[0], far.histogram()[255] / (one.width * one.height), far)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every page drawn now."""
    folder = tmp_path_factory.mktemp("gallery")
    program = Path(__file__).parent / "draw_gallery.py"
    for orientation in ORIENTATIONS:
        subprocess.run([sys.executable, str(program), orientation, str(folder)], check=True, timeout=100)
    if UPDATE:
        GALLERY.mkdir(exist_ok=True)
        for old in GALLERY.glob("*.png"):
            old.unlink()
        for path in folder.glob("*.png"):
            with Image.open(path) as picture:
                picture.save(GALLERY / path.name, optimize=True)
    return folder


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("name", every_page())
def test_a_page_looks_as_agreed(drawn: Path, name: str, orientation: str) -> None:
    """Within the tolerance stated above."""
    file = f"{name}-{orientation}.png"
    with Image.open(drawn / file) as now, Image.open(GALLERY / file) as agreed:
        assert now.size == agreed.size
        seen = difference(now.convert("RGB"), agreed.convert("RGB"))
        if not seen.tolerable:
            OUT.mkdir(parents=True, exist_ok=True)
            now.save(OUT / file)
            red = Image.new("RGB", now.size, (230, 0, 0))
            Image.composite(red, agreed.convert("L").convert("RGB"), seen.where).save(OUT / f"differs-{file}")
    assert seen.tolerable, f"{file}: mean {seen.mean:.3f}, {seen.far:.2%} of the pixels differ; see {OUT}"


def test_the_gallery_has_no_picture_of_a_page_that_is_gone() -> None:
    """One picture for each page and orientation."""
    assert {path.name for path in GALLERY.glob("*.png")} == {f"{name}-{shape}.png" for name in every_page() for shape in ORIENTATIONS}


def test_a_button_that_moved_by_two_pixels_is_seen() -> None:
    """The tolerance is not so wide that a change of layout passes."""
    with Image.open(GALLERY / "nl-refused-portrait.png") as picture:
        agreed = picture.convert("RGB")
    moved = agreed.copy()
    moved.paste(agreed.crop((20, 840, 520, 940)), (20, 842))
    assert not difference(agreed, moved).tolerable


def test_a_word_that_changed_is_seen() -> None:
    """Nor that another heading passes."""
    with Image.open(GALLERY / "nl-desk-portrait.png") as desk, Image.open(GALLERY / "nl-refused-portrait.png") as refused:
        assert not difference(desk.convert("RGB"), refused.convert("RGB")).tolerable


def test_antialiasing_of_another_driver_is_not_seen() -> None:
    """A few steps of grey at every edge are the same look."""
    with Image.open(GALLERY / "nl-attract-portrait.png") as picture:
        agreed = picture.convert("RGB")
    edges = ImageChops.difference(agreed, ImageChops.offset(agreed, 1, 0)).convert("L").point(lambda value: 8 if value > FAR else 0)
    assert difference(agreed, ImageChops.add(agreed, Image.merge("RGB", (edges,) * 3))).tolerable
