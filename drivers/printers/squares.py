"""The squares of a QR code, for printers that cannot draw one and for pictures of paper. By the package qrcode, which comes with python-escpos."""

from __future__ import annotations

import importlib


def squares(content: bytes) -> list[list[bool]]:
    """Give the rows of a QR code, True for dark, error correction M, without the empty edge. Raises ValueError when the content is too long."""
    qrcode = importlib.import_module("qrcode")  # when it is needed: it loads Pillow, 50 ms that most printers never need
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(content)
    rows: list[list[bool]] = code.get_matrix()
    return rows
