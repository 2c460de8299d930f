"""What can go wrong with a device, cut by what one can do about it. Not for refusals: a pass that may not borrow is an answer, not an error.

    DeviceError            reason (for the screen) and hint (one sentence, for staff)
    +-- SettingWrong       the configuration names what does not exist; a person must mend the file
    +-- DeviceMissing      nothing was begun: not plugged in, service down, package or right missing; try again later
    +-- DeviceLost         it was open and is gone: cable, service, connection; open it again
    +-- DeviceSilent       open, but no answer in time; what it did is not known
    +-- DeviceRefused      it answered and says no: paper out, cover open, tag locked; a person must act
    +-- TagGone            the tag was taken away during the work; hold it again

Every one is raised `from` its cause, so that the log keeps what the library underneath said.
"""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Why a device cannot do its work; stable names, shown to staff and used by the screen."""

    WRONG_SETTING = "wrong_setting"
    NOT_PLUGGED_IN = "not_plugged_in"
    SERVICE_DOWN = "service_down"
    PACKAGE_MISSING = "package_missing"
    NO_PERMISSION = "no_permission"
    BUSY = "busy"
    UNPLUGGED = "unplugged"
    CONNECTION_LOST = "connection_lost"
    NO_ANSWER = "no_answer"
    OFFLINE = "offline"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    TAG_GONE = "tag_gone"
    TAG_UNSUITABLE = "tag_unsuitable"
    BROKEN = "broken"


class DeviceError(Exception):
    """Root of the tree. `reason` is for programs, `hint` is one sentence that tells staff what to do."""

    def __init__(self, reason: Fault, hint: str) -> None:
        super().__init__(f"{reason.value}: {hint}")
        self.reason = reason
        self.hint = hint


class SettingWrong(DeviceError):
    """A driver, reader name, address or option in the configuration does not exist."""

    def __init__(self, hint: str) -> None:
        super().__init__(Fault.WRONG_SETTING, hint)


class DeviceMissing(DeviceError):
    """The device could not be opened; nothing was begun."""


class DeviceLost(DeviceError):
    """The device was open and is gone."""


class DeviceSilent(DeviceError):
    """The device is open and did not answer in time; what it did is not known."""


class DeviceRefused(DeviceError):
    """The device answered and says no."""


class TagGone(DeviceError):
    """The tag left the reader while it was being read or written."""

    def __init__(self, hint: str = "Hold the tag to the reader again, a little longer.") -> None:
        super().__init__(Fault.TAG_GONE, hint)
