"""Finds the data models for tags that other packages add, such as the Dutch one, whose layout is not public. Not for the models of `drivers.tags`.

A package names its model by an entry point of the group "gastlenen.tag_models", `<name> = "module:function"`; the function is a
`drivers.tags.finding.TagModel`. The name is what a library writes into its formats to accept passes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Final, cast

from drivers.errors import DeviceMissing, Fault
from drivers.tags.finding import ISO28560_2, ISO28560_3, NDEF, UID, TagModel

GROUP: Final = "gastlenen.tag_models"
OURS: Final = frozenset((ISO28560_3, ISO28560_2, NDEF, UID))
"""Names that no package can take."""


def load() -> Mapping[str, TagModel]:
    """Every model that other packages add, by name, in the order of their names; import them now, so that no pass waits for it.

    Raises DeviceMissing where one cannot be loaded.
    """
    found: dict[str, TagModel] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        if entry.name in OURS:
            continue
        try:
            model = entry.load()
        except Exception as error:
            hint = f"The tag model '{entry.name}' cannot be loaded from {entry.value}; install its package again."
            raise DeviceMissing(Fault.PACKAGE_MISSING, hint) from error
        found[entry.name] = cast("TagModel", model)
    return found
