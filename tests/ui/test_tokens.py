"""Colours that everybody can tell apart."""

from __future__ import annotations

import pytest

from kiosk.ui.page import Tone
from kiosk.ui.tokens import THEMES, Theme, contrast, graphic_pairs, text_pairs


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_text_has_the_contrast_of_wcag_aa(theme: Theme) -> None:
    """Every text colour stands on every ground it is used on with at least 4.5 to 1."""
    assert {pair: contrast(*pair) for pair in text_pairs(theme) if contrast(*pair) < 4.5} == {}


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_signs_and_outlines_have_the_contrast_of_wcag_aa(theme: Theme) -> None:
    """Every icon and every outline of something to touch has at least 3 to 1."""
    assert {pair: contrast(*pair) for pair in graphic_pairs(theme) if contrast(*pair) < 3} == {}


def test_the_contrast_is_that_of_wcag() -> None:
    """Black on white is 21 to 1, and #767676 on white the well-known 4.54."""
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#FFFFFF", "#767676") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_tone_has_colours(theme: Theme) -> None:
    """No tone is forgotten in a theme."""
    assert set(theme.moods) == set(Tone)


def test_high_contrast_is_higher() -> None:
    """The theme for high contrast reaches 7 to 1 for all text."""
    assert min(contrast(*pair) for pair in text_pairs(THEMES["high_contrast"])) >= 7
