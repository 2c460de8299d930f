"""Refusals in the guest's words: what is so, why, and the one next step. Short sentences, polite, never "error".

The sentences are message ids; translations stand in kiosk/locale. Not for layout, on screen or on paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol, assert_never

from kiosk.domain.patrons import HomeLibrary
from kiosk.domain.refusals import Cause, Reason, Refusal, Side


class Words(Protocol):
    """A language. Texts from outside are handed in as facts and are never looked at for placeholders themselves."""

    language: str

    def say(self, text: str, /, **facts: object) -> str:
        """The text in this language, its {placeholders} filled."""

    def many(self, one: str, other: str, count: int, /, **facts: object) -> str:
        """The text for this count; {count} is filled too."""

    def day(self, day: date) -> str:
        """A day as people say it: 14 december."""

    def day_and_year(self, day: date) -> str:
        """A day with its year: 14 december 2026."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A refusal as sentences: heading, why, and the one next step."""

    heading: str
    why: str
    step: str


def who_helps(side: Side, words: Words) -> str:
    """Whose side a refusal is on, in a few words."""
    say = words.say
    match side:
        case Side.PASS:
            return say("About your pass")
        case Side.HOME:
            return say("Your own library can help")
        case Side.DESK:
            return say("Our desk can help")
        case Side.ITEM:
            return say("About this item")
        case Side.TECHNICAL:
            return say("A fault on our side")
        case _:
            assert_never(side)


def visit_refused(refusal: Refusal, words: Words) -> Wording:
    """Why a visit cannot begin."""
    say = words.say
    match refusal.reason:
        case Reason.NO_CHIP:
            return Wording(
                say("Your pass has no chip"),
                say("That is all right. At the desk we gladly lend to you."),
                say("Go to the desk with your pass and your items."),
            )
        case Reason.CHIP_UNREADABLE:
            return Wording(
                say("Your pass could not be read"),
                say("The chip in your pass did not answer, or not completely."),
                say("Hold your pass flat and still against the reader. If it does not work again, the desk gladly lends to you."),
            )
        case Reason.NOT_A_LIBRARY_PASS:
            return Wording(
                say("This is not a library pass"),
                say("It looks like a bank card, a phone or another card. We have kept nothing of it."),
                say("Hold your library pass to the reader."),
            )
        case Reason.ITEM_NOT_PASS:
            return Wording(
                say("This is an item, not a pass"),
                say("We first need to know who is borrowing."),
                say("Hold your library pass to the reader first, and then put down your items."),
            )
        case Reason.SEVERAL_PASSES:
            return Wording(
                say("We see more than one card"),
                say("So we cannot know which pass is meant."),
                say("Take your library pass out of your wallet and hold it to the reader alone."),
            )
        case Reason.HOME_SUBSCRIPTION_INVALID:
            return _home(refusal.home, refusal.cause, words)
        case Reason.NOT_REGISTERED:
            return Wording(
                say("You are not registered here yet"),
                say("With the pass of another library you may borrow here as a guest, once you are registered."),
                say("Go to the desk with your pass and a valid identity document. It is done in a few minutes."),
            )
        case Reason.SUBSCRIPTION_ENDED:
            return Wording(
                say("Your guest subscription has ended"),
                say("That is why you cannot borrow here now."),
                say("Go to the desk. They can see what is needed to go on."),
            )
        case Reason.BLOCKED_HERE:
            return Wording(
                say("Your pass is blocked at this library"),
                say("The desk can see why, and talk it over with you."),
                say("Go to the desk with your pass."),
            )
        case Reason.CARD_LOST:
            return Wording(
                say("This pass was reported lost"),
                say("So that nobody else can borrow with it, it does not work any more."),
                say("Is it your pass? Go to the desk with it and an identity document."),
            )
        case Reason.PIN_WRONG:
            return Wording(
                say("That PIN is not right"),
                say("We could not make sure that this is your pass."),
                say("Try again, or go to the desk for a new PIN."),
            )
        case Reason.NO_STRIPS:
            return Wording(
                say("Your lending strips are used up"),
                say("Every loan costs a strip, and you have none left."),
                say("Ask for new strips at the desk."),
            )
        case Reason.LIMIT_REACHED:
            return Wording(
                say("You have borrowed as much as you may"),
                say("You have the largest number of items on loan."),
                say("Return something first, and then borrow on."),
            )
        case Reason.FEES_OPEN:
            return Wording(
                say("There is an amount to be paid"),
                say("An amount is open on your pass at this library."),
                say("Pay it at the desk, and then borrow on."),
            )
        case Reason.LIBRARY_SILENT:
            return Wording(
                say("We cannot reach the library's system"),
                say("So we cannot see now whether you may borrow. That is not your fault."),
                say("Try again in a minute, or go to the desk."),
            )
        case _:
            return Wording(
                say("This kiosk cannot help you now"),
                say("That is not your fault."),
                say("Go to the desk. They gladly help you on."),
            )


def _home(home: HomeLibrary | None, cause: Cause | None, words: Words) -> Wording:
    say = words.say
    library = home.name if home and home.name else say("your own library")
    match cause:
        case Cause.EXPIRED:
            why = say("Your subscription at {library} has expired. That is why you cannot borrow here.", library=library)
        case Cause.FINE:
            why = say("At {library} a fine has been open for too long. That is why you cannot borrow here.", library=library)
        case Cause.OTHER | None:
            why = say("Your subscription at {library} is not valid. That is why you cannot borrow here.", library=library)
        case _:
            assert_never(cause)
    return Wording(
        say("Your own library has to help first"),
        why,
        say("Contact {library}. As soon as it is settled there, you can borrow here again.", library=library),
    )


def item_refused(refusal: Refusal, words: Words) -> tuple[str, str]:
    """Why an item is not lent, and what to do with it: two short sentences."""
    say = words.say
    match refusal.reason:
        case Reason.UNKNOWN_ITEM:
            return say("We do not know this item."), say("Please give it to the desk.")
        case Reason.RESERVED:
            return say("Reserved for someone else."), say("Put it on the trolley beside the kiosk.")
        case Reason.ON_LOAN_TO_OTHER:
            return say("It has not been returned yet."), say("Please hand it in at the desk.")
        case Reason.ALREADY_YOURS:
            return say("You had already borrowed this."), say("You can take it with you.")
        case Reason.NOT_FOR_LOAN:
            return say("This is only for use in the library."), say("Put it back on its shelf when you are done.")
        case Reason.NOT_FOR_GUESTS:
            return say("This can only be borrowed by our own members."), say("Perhaps your own library has it too.")
        case Reason.AGE:
            age = refusal.from_age
            why = say("This is for {age} years and over.", age=age) if age else say("You are too young for this item.")
            return why, say("Put it on the trolley beside the kiosk.")
        case Reason.INCOMPLETE_SET:
            return say("A part of this set is missing."), say("Put all parts down together.")
        case Reason.NO_STRIPS:
            return say("You have too few lending strips for this."), say("Ask for new strips at the desk.")
        case Reason.LIMIT_REACHED:
            return say("You may not borrow more items at once."), say("Put it on the trolley beside the kiosk.")
        case Reason.LIBRARY_SILENT:
            return say("Not lent: the library's system did not answer."), say("Take it away and put it down again.")
        case Reason.OUTCOME_UNKNOWN:
            return say("We could not find out whether this was lent."), say("Please show it at the desk.")
        case _:
            wording = visit_refused(refusal, words)
            return wording.why, wording.step
