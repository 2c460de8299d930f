"""What stands on paper: the receipt of a visit and the slip for the desk, as lines. Not for printers: those get the lines (drivers.contract).

No name, the pass number masked; titles only where the library wants them there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from drivers.contract import Align, Gap, Line, Pair, Qr, Rule, Size, Text
from kiosk.domain.passes import mask
from kiosk.domain.refusals import Reason, Refusal, Side
from kiosk.domain.wording import Words, item_refused, visit_refused

_TITLE = 72  # characters of a title on paper: two lines of a wide printer


@dataclass(frozen=True, slots=True)
class Entry:
    """One lent item; `open` where it could not be found out whether it was lent, `gate` where its gate bit could not be released."""

    item: str
    title: str = field(default="", repr=False)
    due: date | None = None
    open: bool = False
    gate: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """A visit, as paper needs it."""

    library: str
    at: datetime
    pass_number: str = field(repr=False)
    entries: tuple[Entry, ...]
    strips: int | None = None
    show_titles: bool = True


def shorten(title: str, longest: int = _TITLE) -> str:
    """A title on one line, cut at a word where that is possible."""
    line = " ".join(title[: longest * 4].split())
    if len(line) <= longest:
        return line
    cut = line[: longest - 1]
    at_word = cut.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > longest // 2 else cut) + "…"


def receipt(receipt: Receipt, words: Words) -> tuple[Line, ...]:
    """The receipt of a visit."""
    return tuple(_receipt(receipt, words))


def _receipt(receipt: Receipt, words: Words) -> Iterator[Line]:
    say = words.say
    yield Text(receipt.library, bold=True, size=Size.LARGE, align=Align.CENTER)
    yield Text(_moment(receipt.at, words), align=Align.CENTER)
    yield Rule()
    lent = [entry for entry in receipt.entries if not entry.open]
    if lent:
        yield Text(words.many("{count} item borrowed", "{count} items borrowed", len(lent)), bold=True)
        yield Gap()
    for entry in lent:
        yield from _entry(entry, receipt.show_titles)
        if entry.due:
            yield Pair(say("return no later than"), words.day_and_year(entry.due), bold=True)
        if entry.gate:
            yield Text(say("The gate may beep for this item. Please show it at the desk."))
        yield Gap()
    unsettled = [entry for entry in receipt.entries if entry.open]
    if unsettled:
        yield Text(say("Not certain"), bold=True)
        yield Text(say("We could not find out whether this was lent. Please show it at the desk before you leave."))
        for entry in unsettled:
            yield from _entry(entry, receipt.show_titles)
        yield Gap()
    yield Rule()
    if receipt.strips is not None:
        yield Pair(say("Lending strips left"), str(receipt.strips))
    if masked := mask(receipt.pass_number):
        yield Pair(say("Pass"), masked)
    yield Gap()
    yield Text(say("Return here or at your own library. Enjoy reading!"), align=Align.CENTER)


def _entry(entry: Entry, show_titles: bool) -> Iterator[Line]:  # noqa: FBT001 - one fact of a private helper
    if show_titles and entry.title:
        yield Text(shorten(entry.title))
    yield Text(entry.item)


@dataclass(frozen=True, slots=True)
class Slip:
    """What the desk needs to go on where the kiosk stopped: codes, when, which pass (masked), no name."""

    library: str
    at: datetime
    reasons: tuple[Reason, ...]
    pass_number: str = field(default="", repr=False)
    items: tuple[str, ...] = ()


def slip(slip: Slip, words: Words) -> tuple[Line, ...]:
    """The hand-over slip for the desk."""
    return tuple(_slip(slip, words))


def _slip(slip: Slip, words: Words) -> Iterator[Line]:
    say = words.say
    yield Text(slip.library, bold=True, size=Size.LARGE, align=Align.CENTER)
    yield Text(_moment(slip.at, words), align=Align.CENTER)
    yield Rule()
    yield Text(say("For the desk"), bold=True, size=Size.LARGE)
    yield Gap()
    for reason in slip.reasons:
        wording = visit_refused(Refusal(reason), words) if reason.side is not Side.ITEM else None
        yield Text(wording.heading if wording else item_refused(Refusal(reason), words)[0], bold=True)
        yield Pair(say("Code"), reason.value)
    for item in slip.items:
        yield Pair(say("Item"), item)
    if masked := mask(slip.pass_number):
        yield Pair(say("Pass"), masked)
    yield Gap()
    yield Qr("\n".join((slip.at.isoformat(timespec="minutes"), *slip.reasons, *slip.items)))
    yield Gap()
    yield Text(say("Give this slip to the desk. Then you do not have to tell it again. Your name is not on it."), align=Align.CENTER)


def _moment(at: datetime, words: Words) -> str:
    return f"{words.day_and_year(at.date())}  {at:%H:%M}"
