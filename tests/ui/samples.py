"""Sample pages for the mechanics of the screen: every kind of block, many languages, and titles that would hurt. What guests see stands in `pages`."""

from __future__ import annotations

from dataclasses import replace

from kiosk.ui.page import Action, Box, Countdown, Language, Notice, Overlay, Page, Picture, Row, Tone

NOW = 1000.0
"""What the engine's clock says in every picture."""

_NAMES = {"nl": ("NL", "Nederlands"), "en": ("EN", "English"), "fy": ("FY", "Frysk"), "de": ("DE", "Deutsch"), "tr": ("TR", "Türkçe")}
_NAMES |= {"ar": ("AR", "العربية"), "uk": ("UK", "Українська")}


def languages(chosen: str, *codes: str) -> tuple[Language, ...]:
    return tuple(Language(code, *_NAMES[code], chosen=code == chosen) for code in codes or ("nl", "en", "fy", "de", "tr"))


LIBRARY = "Bibliotheek Waddenkust"
NL = Page("", LIBRARY, "", languages=languages("nl"))
EN = Page("", LIBRARY, "", language="en", languages=languages("en"))

LENDING_ROWS = (
    Row("1", Tone.OK, "De avond is ongemak", ("1 strip",), ("terug vóór", "14 december")),
    Row("2", Tone.OK, "Oeroeg", ("1 strip",), ("terug vóór", "14 december")),
    Row("3", Tone.WAIT, "Max Havelaar", ("even vragen …",)),
    Row("4", Tone.NO, "Het diner", ("Gereserveerd voor iemand anders.", "Leg dit boek op de kar naast de kiosk.")),
)

DUTCH = {
    "attract": replace(
        NL,
        name="attract",
        heading="Houd uw pas bij de lezer",
        picture=Picture.HOLD_PASS,
        lead="Ook als u lid bent van een andere bibliotheek en hier als gast bent ingeschreven.",
        actions=(Action("return", "Inleveren zonder pas"), Action("help", "Hulp")),
    ),
    "reading": replace(
        NL, name="reading", heading="Laat uw pas even liggen", tone=Tone.WAIT, picture=Picture.HOURGLASS, lead="Wij lezen uw pas."
    ),
    "checking": replace(
        NL,
        name="checking",
        heading="Wij kijken of u kunt lenen",
        tone=Tone.WAIT,
        picture=Picture.HOURGLASS,
        lead="Dit duurt meestal een paar tellen.",
        actions=(Action("stop", "Stoppen"),),
    ),
    "put_items": replace(
        NL,
        name="lending",
        greeting="Dag A.",
        badge="Gast van Bibliotheek Bedum",
        heading="Leg uw boeken op de plank",
        picture=Picture.PUT_ITEMS,
        chips=("125 leenstrips", "nog 20 exemplaren"),
        actions=(Action("stop", "Stoppen"), Action("done", "Klaar", primary=True)),
    ),
    "lending": replace(
        NL,
        name="lending",
        greeting="Dag A.",
        badge="Gast van Bibliotheek Bedum",
        heading="Leg uw boeken op de plank",
        chips=("123 leenstrips", "nog 17 exemplaren", "abonnement t/m 23 februari"),
        rows=LENDING_ROWS,
        notices=(Notice(Tone.INFO, "Er ligt nog een andere pas op de lezer. Die doet niets tijdens uw bezoek."),),
        actions=(Action("stop", "Stoppen"), Action("done", "Klaar, 2 geleend", primary=True)),
    ),
    "lending_many": replace(
        NL,
        name="lending",
        greeting="Dag A.",
        heading="Leg uw boeken op de plank",
        chips=("97 leenstrips",),
        rows=tuple(Row(str(n), Tone.OK, f"Boek nummer {n}", ("1 strip",), ("terug vóór", "14 december")) for n in range(30)),
        actions=(Action("stop", "Stoppen"), Action("done", "Klaar, 30 geleend", primary=True)),
    ),
    "warned": replace(
        NL,
        name="lending",
        greeting="Dag A.",
        badge="Gast van Bibliotheek Bedum",
        heading="Leg uw boeken op de plank",
        chips=("123 leenstrips", "nog 17 exemplaren"),
        rows=LENDING_ROWS,
        actions=(Action("stop", "Stoppen"), Action("done", "Klaar, 2 geleend", primary=True)),
        overlay=Overlay(
            "idle",
            "Bent u er nog?",
            "Anders sluiten wij uw bezoek af. Wat geleend is, blijft geleend.",
            Action("more_time", "Ja, ik ben er nog", primary=True, countdown=Countdown(NOW + 13, 20)),
        ),
    ),
    "settling": replace(
        NL,
        name="settling",
        heading="Nog even, de laatste wordt nagekeken",
        tone=Tone.WAIT,
        picture=Picture.HOURGLASS,
        rows=LENDING_ROWS[2:3],
    ),
    "farewell": replace(
        NL,
        name="farewell",
        heading="2 geleend. Veel leesplezier!",
        tone=Tone.OK,
        picture=Picture.TICK,
        lead="Terug vóór 14 december, hier of in uw eigen bibliotheek.",
        boxes=(Box("1 boek is niet geleend", ("Het diner · gereserveerd voor iemand anders",)),),
        actions=(Action("no_receipt", "Geen bon", countdown=Countdown(NOW + 8, 12)), Action("receipt", "Bon printen", primary=True)),
    ),
    "refused": replace(
        NL,
        name="refused",
        heading="Uw eigen bibliotheek moet eerst helpen",
        tone=Tone.NO,
        picture=Picture.EXCLAMATION,
        lead="Uw abonnement bij Bibliotheek Bedum is niet geldig. Daarom kunt u hier nu niet lenen.",
        boxes=(
            Box(
                "Wat u kunt doen",
                (
                    "Neem contact op met Bibliotheek Bedum.",
                    "Mogelijke oorzaken: het abonnement is verlopen, of er staat te lang een boete open.",
                ),
                ("050 000 00 00", "bibliotheekbedum.nl"),
            ),
        ),
        actions=(Action("print_slip", "Printen"), Action("stop", "Sluiten", primary=True)),
        code="home_subscription_invalid · 14:03",
    ),
    "desk": replace(
        NL,
        name="desk",
        heading="Uw pas heeft geen chip",
        tone=Tone.INFO,
        picture=Picture.CARD,
        lead="Dat geeft niet. Aan de balie lenen we uw boeken graag voor u uit.",
        boxes=(
            Box("Neem dit bonnetje mee", ("Dan hoeft u aan de balie niets opnieuw te vertellen. Uw naam staat er niet op.",), slip=True),
        ),
        actions=(Action("stop", "Sluiten"), Action("print_slip", "Print bonnetje", primary=True)),
        code="no_chip · 14:05",
    ),
    "account": replace(
        NL,
        name="account",
        greeting="Dag J.",
        heading="Wat u thuis hebt",
        rows=(
            Row("a", Tone.CALM, "De ontdekking van de hemel", ("nog 2 keer te verlengen",), ("terug vóór", "3 december")),
            Row("b", Tone.INFO, "Turks fruit", ("is verlengd",), ("terug vóór", "24 december")),
            Row("c", Tone.NO, "Het achterhuis", ("Kan niet verlengd worden: iemand anders wacht erop.",), ("terug vóór", "1 december")),
        ),
        actions=(Action("stop", "Klaar"), Action("lend", "Lenen"), Action("renew_all", "Alles verlengen", primary=True)),
    ),
    "out_of_order": replace(
        NL,
        name="out_of_order",
        heading="Deze kiosk kan nu niet lenen",
        tone=Tone.WAIT,
        picture=Picture.WRENCH,
        lead="De medewerkers weten het al. Aan de balie helpen we u graag.",
        code="reader_down · 14:07",
    ),
}

ENGLISH = {
    "attract": replace(
        EN,
        name="attract",
        heading="Hold your card to the reader",
        picture=Picture.HOLD_PASS,
        lead="Also if you are a member of another library and registered here as a guest.",
        actions=(Action("return", "Return without a card"), Action("help", "Help")),
    ),
    "checking": replace(
        EN,
        name="checking",
        heading="We are checking whether you can borrow",
        tone=Tone.WAIT,
        picture=Picture.HOURGLASS,
        lead="This usually takes a few seconds.",
        actions=(Action("stop", "Stop"),),
    ),
    "lending": replace(
        EN,
        name="lending",
        greeting="Hello A.",
        badge="Guest from Bibliotheek Bedum",
        heading="Put your books on the shelf",
        chips=("123 credits", "17 more items", "until 23 February"),
        rows=(
            Row("1", Tone.OK, "The Discomfort of Evening", ("1 credit",), ("return before", "14 December")),
            Row("3", Tone.WAIT, "Max Havelaar", ("asking the library …",)),
            Row("4", Tone.NO, "The Dinner", ("Reserved for somebody else.", "Please put it on the trolley next to the kiosk.")),
        ),
        actions=(Action("stop", "Stop"), Action("done", "Done, 1 borrowed", primary=True)),
    ),
    "farewell": replace(
        EN,
        name="farewell",
        heading="1 borrowed. Enjoy your book!",
        tone=Tone.OK,
        picture=Picture.TICK,
        lead="Return it before 14 December, here or at your own library.",
        actions=(Action("no_receipt", "No receipt", countdown=Countdown(NOW + 8, 12)), Action("receipt", "Print receipt", primary=True)),
    ),
    "refused": replace(
        EN,
        name="refused",
        heading="Your own library has to help first",
        tone=Tone.NO,
        picture=Picture.EXCLAMATION,
        lead="Your subscription at Bibliotheek Bedum is not valid, so you cannot borrow here now.",
        boxes=(Box("What you can do", ("Contact Bibliotheek Bedum.",), ("050 000 00 00", "bibliotheekbedum.nl")),),
        actions=(Action("print_slip", "Print"), Action("stop", "Close", primary=True)),
        code="home_subscription_invalid · 14:03",
    ),
    "desk": replace(
        EN,
        name="desk",
        heading="Your card has no chip",
        tone=Tone.INFO,
        picture=Picture.CARD,
        lead="That is no problem. At the desk we will gladly lend you your books.",
        boxes=(Box("Take this slip with you", ("Then you need not explain anything again. Your name is not on it.",), slip=True),),
        actions=(Action("stop", "Close"), Action("print_slip", "Print slip", primary=True)),
        code="no_chip · 14:05",
    ),
}

OTHERS = {
    "arabic": replace(
        NL,
        name="attract",
        language="ar",
        languages=languages("ar", "nl", "en", "fy", "de", "tr", "ar", "uk"),
        heading="ضع بطاقتك على القارئ",
        picture=Picture.HOLD_PASS,
        lead="حتى إذا كنت عضواً في مكتبة أخرى ومسجلاً هنا كضيف منذ 12 شهراً.",
        actions=(Action("return", "إرجاع بدون بطاقة"), Action("help", "مساعدة")),
    ),
    "ukrainian": replace(
        NL,
        name="desk",
        language="uk",
        languages=languages("uk", "nl", "en", "fy", "de", "tr", "ar", "uk"),
        heading="Ваша картка не має чипа",
        tone=Tone.INFO,
        picture=Picture.CARD,
        lead="Це не страшно. Біля стійки ми охоче видамо вам книги.",
        actions=(Action("stop", "Закрити"), Action("print_slip", "Надрукувати", primary=True)),
    ),
    "frisian_returning": replace(
        NL,
        name="returning",
        language="fy",
        languages=languages("fy"),
        heading="Lis jo boeken op de planke",
        rows=(
            Row("1", Tone.OK, "De fûke", ("ynnommen",)),
            Row("2", Tone.INFO, "It wrede paradys", ("Dit boek is fan in oare biblioteek. Lis it op de karre.",)),
        ),
        actions=(Action("done", "Klear", primary=True),),
    ),
}

NASTY_TITLES = (
    "x" * 10_000,
    "[size=20000]BOOM[/size] [color=ff0000]red[/color]",
    "a lone \ud800 surrogate \udfff",
    "\x1b@\x00\x07 control \r\n\t characters \x9b",
    "\u202egnorw si siht\u202c \u2066isolated\u2069",
    "z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309 zalgo" * 20,
    "Meervoudigepersoonlijkheidsstoornisbehandelingscentrummedewerkersvergadering",
    "الأيام كتاب عن الحياة في مصر " * 9,
    "Кобзар 🎉📚 \U0010ffff",
    "\n\n\n",
    "",
)


def nasty() -> Page:
    """A lending page of titles that came from outside."""
    rows = tuple(Row(str(n), list(Tone)[n % 5], title, (title,), (title,)) for n, title in enumerate(NASTY_TITLES))
    return replace(
        DUTCH["lending"], rows=rows, heading=NASTY_TITLES[0], chips=NASTY_TITLES[:4], lead=NASTY_TITLES[5], badge=NASTY_TITLES[3]
    )


def every_page() -> dict[str, Page]:
    """All of them by a name for a file."""
    named = {f"nl-{name}": page for name, page in DUTCH.items()} | {f"en-{name}": page for name, page in ENGLISH.items()}
    return named | {f"xx-{name}": page for name, page in OTHERS.items()} | {"xx-nasty": nasty()}
