"""The hands of the demo, on real simulated drivers that are watched as the kiosk watches them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.contract import Capabilities, Seen, sight, sight_items
from drivers.errors import Fault
from kiosk.bootstrap import DemoTags
from kiosk.kit import Kit, KitError
from tests.stories.devices import Hall, hall, props

BOOK, OTHER_BOOK, SET = "30000000000018", "30000000000026", "30000000000053"


@pytest.fixture
def hands() -> Iterator[Hall]:
    with hall() as found:
        yield found


@pytest.fixture
def no_hands() -> Kit:
    """The kit of a kiosk whose devices are real."""
    return Kit(props(), DemoTags())


# -- passes


@pytest.mark.parametrize("name", [name for name, prop in props().passes.items() if prop.chip])
def test_every_pass_of_the_demo_is_read(hands, name):
    """Its chip says its number and its owner; the reader has told of it when `hold` returns."""
    prop = hands.kit.named_pass(name)
    hands.kit.hold((hands.kit.pass_tag(prop),))
    event, tags = hands.passes.told[-1]
    sighting = sight(tags)

    assert event == "saw"
    assert (sighting.seen, sighting.number, sighting.owner) == (Seen.PASS, prop.number, prop.owner)


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("bank_card", Seen.BANK_CARD),
        ("phone", Seen.BANK_CARD),
        ("unreadable", Seen.UNREADABLE),
        ("book", Seen.ITEM),
        ("ov_chip", Seen.FOREIGN),
    ],
)
def test_other_cards(hands, kind, seen):
    hands.kit.hold((hands.kit.other_tag(kind),))

    hands.passes.wait_seen(seen)


def test_all_other_cards_exist(hands):
    """Each that lies ready in the demo can be held."""
    assert all(hands.kit.other_tag(kind) for kind in props().others)


def test_held_instead_of_what_was_there(hands):
    """One pass after the other, two at once, and none."""
    anna, joke = (hands.kit.pass_tag(hands.kit.named_pass(name)) for name in ("anna", "joke"))
    hands.kit.hold((anna,))
    hands.kit.hold((joke,))
    hands.kit.hold((anna, joke))
    hands.kit.take_pass()

    hands.passes.wait(lambda _: hands.passes.seen()[-4:] == [Seen.PASS, Seen.PASS, Seen.SEVERAL, Seen.NOTHING])


def test_same_pass_is_the_same_chip(hands):
    """Held again it has the same UID; another pass has another."""
    anna, joke = hands.kit.named_pass("anna"), hands.kit.named_pass("joke")

    assert hands.kit.pass_tag(anna) == hands.kit.pass_tag(anna)
    assert hands.kit.pass_tag(anna).uid != hands.kit.pass_tag(joke).uid
    assert hands.kit.pass_tag(anna).uid[:2] == b"\xe0\x04"


def test_pass_names_nobody_in_repr(hands):
    assert "20000000000011" not in repr(hands.kit.named_pass("anna"))


def test_bytes_by_hand(hands):
    memory = hands.kit.pass_tag(hands.kit.named_pass("anna")).memory
    tag = hands.kit.raw_tag(memory)

    assert sight((tag,)).number == "20000000000011"
    assert sight((hands.kit.raw_tag(b""),)).seen is Seen.FOREIGN


# -- items


def test_items_are_put_beside_what_lies_there(hands):
    """Armed, each part of a set with a tag of its own; an item that lies there already, or is named twice, lies there once."""
    hands.kit.place((BOOK,))
    hands.kit.place((OTHER_BOOK, BOOK, OTHER_BOOK))
    hands.kit.place((SET,))
    _, tags = hands.pad.told[-1]
    items, unreadable = sight_items(tags)

    assert unreadable == 0
    assert [(item.item, item.part, item.parts) for item in items] == [
        (BOOK, 1, 1),
        (OTHER_BOOK, 1, 1),
        (SET, 1, 3),
        (SET, 2, 3),
        (SET, 3, 3),
    ]
    assert len({item.uid for item in items}) == 5
    assert all(item.secured for item in items)


def test_items_are_taken_away(hands):
    hands.kit.place((BOOK, OTHER_BOOK, SET))
    hands.kit.take_items((BOOK, SET))
    assert [item.item for item in sight_items(hands.pad.told[-1][1])[0]] == [OTHER_BOOK]
    assert hands.kit.on_pad(OTHER_BOOK)
    assert not hands.kit.on_pad(SET)

    hands.kit.clear_pad()
    assert hands.pad.told[-1] == ("saw", ())


def test_taking_what_does_not_lie_there(hands):
    """Nothing is taken then, and the sentence names what was missing."""
    hands.kit.place((BOOK,))
    with pytest.raises(KitError, match=f"^{OTHER_BOOK}: that does not lie on the pad$"):
        hands.kit.take_items((BOOK, OTHER_BOOK))

    assert hands.kit.on_pad(BOOK)


def test_gate_bit_as_it_was_last_written(hands):
    hands.kit.place((BOOK,))
    assert hands.kit.afi(BOOK) == 0x07
    hands.item_reader.write_afi(hands.item_reader.lying[0].uid, 0xC2)

    assert hands.kit.afi(BOOK) == 0xC2
    assert hands.kit.afi(OTHER_BOOK) is None
    hands.kit.place((OTHER_BOOK,))
    assert hands.kit.afi(BOOK) == 0xC2


@pytest.mark.parametrize("item", ["", "1" * 17, "\x00", " 30000000000018", "\ud800"])
def test_item_that_cannot_be_written(hands, item):
    """A number that no tag can carry is a sentence, not a crash."""
    with pytest.raises(KitError, match="cannot stand on an item's tag"):
        hands.kit.place((BOOK, item))

    assert not hands.kit.on_pad(BOOK)


def test_scanned(hands):
    """The scanner has told of it when `scan` returns; a code is passed on as it is."""
    hands.kit.scan(BOOK)
    hands.kit.scan(" x\n")

    assert hands.scans.told[-2:] == [("scanned", BOOK), ("scanned", " x\n")]


# -- what is not there


@pytest.mark.parametrize(
    ("use", "sentence"),
    [
        (lambda kit: kit.hold(()), "pass reader is not simulated"),
        (lambda kit: kit.take_pass(), "pass reader is not simulated"),
        (lambda kit: kit.place((BOOK,)), "item reader is not simulated"),
        (lambda kit: kit.take_items((BOOK,)), "item reader is not simulated"),
        (lambda kit: kit.clear_pad(), "item reader is not simulated"),
        (lambda kit: kit.afi(BOOK), "item reader is not simulated"),
        (lambda kit: kit.scan(BOOK), "scanner is not simulated"),
        (lambda kit: kit.named_pass("piet"), "there is no pass 'piet'; there is anna, bram"),
        (lambda kit: kit.other_tag("tram"), "there is no card 'tram'; there is bank_card, phone"),
        (lambda kit: kit.fail("printer.paper_out"), "there is no fault 'printer.paper_out'"),
    ],
)
def test_what_the_kit_does_not_have(no_hands, use, sentence):
    """Real devices are not touched from here; a name that is wrong brings the right ones."""
    with pytest.raises(KitError, match=sentence):
        use(no_hands)


def test_kit_without_devices(no_hands):
    assert no_hands.faults == ()
    assert no_hands.paper == ()


# -- faults


def test_every_fault_can_come_and_go(hands):
    """All of all devices, named by their device."""
    assert {"pass_reader.unplugged", "item_reader.write_fails", "scanner.unplugged", "printer.paper_out"} <= set(hands.kit.faults)
    for fault in hands.kit.faults:
        hands.kit.fail(fault)
    assert hands.kit.failing == set(hands.kit.faults)

    for fault in hands.kit.faults:
        hands.kit.mend(fault)
    assert hands.kit.failing == frozenset()


def test_fault_is_felt(hands):
    """The device itself has it, not the kit alone."""
    hands.kit.fail("pass_reader.unplugged")
    hands.passes.wait_for(("down", Fault.UNPLUGGED))

    hands.kit.mend("pass_reader.unplugged")
    hands.passes.wait(lambda told: told[-1][0] in {"up", "saw"})


@pytest.mark.parametrize("fault", ["paper_out", "printer.", "printer.nonsense", "toaster.unplugged", ""])
def test_fault_that_does_not_exist(hands, fault):
    """The sentence says which there are, and nothing fails."""
    for move in (hands.kit.fail, hands.kit.mend):
        with pytest.raises(KitError, match=r"there is .*printer\.paper_out"):
            move(fault)

    assert hands.kit.failing == frozenset()


# -- paper and props


def test_paper(hands):
    hands.print("Oeroeg")

    assert [paper.text.strip() for paper in hands.kit.paper] == ["Oeroeg"]


def test_what_lies_ready():
    """Each pass and each item once, every number one that a tag can carry, hanna's pass without a chip."""
    found = props()
    make = DemoTags()

    assert [name for name, prop in found.passes.items() if not prop.chip] == ["hanna"]
    assert len({prop.number for prop in found.passes.values()}) == len(found.passes)
    assert not {prop.number for prop in found.passes.values()} & set(found.items)
    for prop in found.passes.values():
        assert sight((make.library_pass(prop.number, prop.owner, bytes(8)),)).number == prop.number
    for item in found.items.values():
        tags = [make.item(item.number, found.owner, bytes((part,) * 8), part=part, parts=item.parts) for part in range(1, item.parts + 1)]
        assert {sighting.item for sighting in sight_items(tags)[0]} == {item.number}


def test_pad_for_a_stack(hands):
    assert hands.item_reader.capabilities == Capabilities(several_tags=True, writes_afi=True, writes_memory=True)
