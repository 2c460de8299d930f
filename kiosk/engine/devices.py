"""Makes events of what devices report: tags on the readers, codes from the scanner, devices that go and come back.

Called on the drivers' threads; only translates and posts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from drivers.contract import NO_MODELS, Models, Role, Seen, Tag, sight, sight_items
from drivers.errors import Fault
from kiosk.domain.passes import NumberRule, PassKey, ReadFrom
from kiosk.session.events import (
    DeviceDown,
    DeviceUp,
    Event,
    ItemScanned,
    PadChanged,
    PassScanned,
    PassSeen,
    PassSensed,
)

Post = Callable[[Event], None]


class PassReports:
    """Listens to the pass reader; implements drivers.contract.TagListener."""

    def __init__(
        self,
        post: Post,
        formats: tuple[str, ...],
        rule: NumberRule,
        *,
        models: Models = NO_MODELS,
        ndef_number: re.Pattern[str] | None = None,
    ) -> None:
        self._post = post
        self._formats = formats
        self._rule = rule
        self._models = models
        self._ndef_number = ndef_number

    def sensed(self) -> None:
        """Something has come near; it is being read."""
        self._post(PassSensed())

    def saw(self, tags: tuple[Tag, ...]) -> None:
        """This, all of it, lies on the pass reader now."""
        sighting = sight(tags, self._formats, models=self._models, ndef_number=self._ndef_number)
        if sighting.seen is Seen.PASS and sighting.number and not self._rule.fits(sighting.number):
            self._post(PassSeen(Seen.FOREIGN))
            return
        self._post(PassSeen(sighting.seen, PassKey(sighting.number, sighting.uid, sighting.owner)))


class PadReports:
    """Listens to the item reader; implements drivers.contract.TagListener."""

    def __init__(self, post: Post, secured_afi: int, *, models: Models = NO_MODELS) -> None:
        self._post = post
        self._secured_afi = secured_afi
        self._models = models

    def sensed(self) -> None:
        """Items are being put down; they are told when they have been read."""

    def saw(self, tags: tuple[Tag, ...]) -> None:
        """This, all of it, lies on the pad now."""
        items, unreadable = sight_items(tags, self._secured_afi, models=self._models)
        self._post(PadChanged(items, unreadable))


class CodeKind(StrEnum):
    """What a barcode belongs to."""

    PASS = "pass"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class CodeRule:
    """Codes that match the pattern as a whole belong to this kind."""

    kind: CodeKind
    pattern: str


class ScanReports:
    """Listens to the scanner; implements drivers.contract.ScanListener. The first rule that matches decides; without one it is an item."""

    def __init__(self, post: Post, rules: tuple[CodeRule, ...]) -> None:
        self._post = post
        self._rules = tuple((rule.kind, re.compile(rule.pattern)) for rule in rules)

    def scanned(self, code: str) -> None:
        """One complete barcode."""
        code = code.strip()
        if not code:
            return
        kind = next((kind for kind, pattern in self._rules if pattern.fullmatch(code)), CodeKind.ITEM)
        match kind:
            case CodeKind.PASS:
                self._post(PassScanned(PassKey(code, read_from=ReadFrom.BARCODE)))
            case CodeKind.ITEM:
                self._post(ItemScanned(code))


class HealthReports:
    """Listens to the supervisors."""

    def __init__(self, post: Post) -> None:
        self._post = post

    def up(self, role: Role, description: str) -> None:  # noqa: ARG002 - the description is for staff's tools
        """A device works."""
        self._post(DeviceUp(role))

    def down(self, role: Role, reason: Fault, hint: str) -> None:
        """A device does not work."""
        self._post(DeviceDown(role, reason, hint))
