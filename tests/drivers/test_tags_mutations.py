"""Tags changed at random."""

from __future__ import annotations

from drivers.tags.finding import Kind
from drivers.tags.identify import identify
from tests.drivers import library_tags as tags
from tests.drivers.mutations import look_at, mutated

COUNT, SEED = 20_000, 28560


def test_no_changed_tag_brings_about_another_error() -> None:
    """20,000 of them, with every codec, the finding and the table of bytes; all kinds of findings come up."""
    kinds = {look_at(*tag).kind for tag in mutated(SEED, COUNT)}
    assert kinds == set(Kind) - {Kind.BANK_CARD}


def test_the_same_seed_gives_the_same_tags() -> None:
    """So that what fails can be looked at again."""
    assert list(mutated(SEED, 100)) == list(mutated(SEED, 100))
    assert list(mutated(SEED, 100)) != list(mutated(SEED + 1, 100))


def test_no_single_changed_byte_of_a_block_gives_another_number() -> None:
    """Every byte of a pass changed to every other value: another number is never accepted, by any model."""
    for place in range(len(tags.PASS_18)):
        for byte in range(256):
            changed = tags.PASS_18[:place] + bytes((byte,)) + tags.PASS_18[place + 1 :]
            assert identify(changed).number in ("", "29350000036490")
