"""The drivers on the command line, for staff who set up hardware and for testers: what is plugged in, what a reader sees, what a tag means.

Not part of the kiosk, which uses the same drivers by itself. Numbers of passes are masked unless asked for, since what stands on a screen is often
copied into a message; `explain`, `try-rule` and `write-test-tag` show them, because they are given them. The commands are in `drivers.tools`.
"""

from __future__ import annotations

import sys

import typer

from drivers.errors import DeviceError, SettingWrong
from drivers.tools.codes import try_rule
from drivers.tools.devices import list_devices, print_receipt
from drivers.tools.showing import explain
from drivers.tools.watching import read, record, watch
from drivers.tools.writing import write_test_tag

app = typer.Typer(
    name="drivers",
    help="Readers, scanners and printers: what is there, what they see, what a tag means.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("list")(list_devices)
app.command()(watch)
app.command()(read)
app.command()(explain)
app.command("write-test-tag")(write_test_tag)
app.command("print")(print_receipt)
app.command("try-rule")(try_rule)
app.command()(record)


def main() -> None:
    """Run a command; a device's error is one sentence and exit code 1, a wrong setting or command 2."""
    try:
        app()
    except DeviceError as error:
        print(f"drivers: {error.hint}", file=sys.stderr)
        raise SystemExit(2 if isinstance(error, SettingWrong) else 1) from None


if __name__ == "__main__":
    main()
