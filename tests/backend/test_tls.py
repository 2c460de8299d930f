"""The HTTP library over https."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from kiosk.backend.http import HttpLibrary
from kiosk.ports import LibraryIncoherent, LibrarySilent
from tests.backend.raw_server import always, answer, raw_server

STATUS = answer("200 OK", json.dumps({"status": "ok", "name": "x", "version": "1"}).encode())

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that is its own authority, and its key in one file."""
    folder = tmp_path_factory.mktemp("tls")
    names = ("-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", str(folder / "key"), "-out", str(folder / "certificate"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *files], check=True, capture_output=True
    )
    both = folder / "both"
    both.write_bytes((folder / "key").read_bytes() + (folder / "certificate").read_bytes())
    return both


def server_side(certificate: Path) -> ssl.SSLContext:
    """The server's half."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@needs_openssl
def test_own_authority(certificate: Path) -> None:
    """A library with an authority of its own is known by `ca_file`; several calls use one connection."""
    with raw_server(always(STATUS), server_side(certificate)) as server:
        library = HttpLibrary(server.url, "token", verify_seconds=30, ca_file=certificate)

        assert [library.status().name for _ in range(3)] == ["x"] * 3
        library.close()


@needs_openssl
def test_unknown_authority(certificate: Path) -> None:
    """A certificate that nobody vouches for ends the connection before anything is sent, the token included."""
    with raw_server(always(STATUS), server_side(certificate)) as server:
        library = HttpLibrary(server.url, "token", verify_seconds=30)

        with pytest.raises(LibrarySilent, match=r"(?i)certificate"):
            library.status()
        library.close()
        assert server.requests == []


def test_silent_handshake() -> None:
    """A server that never answers the handshake is cut off at the deadline; a loan was not sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        library = HttpLibrary(f"https://127.0.0.1:{listener.getsockname()[1]}", "token", lend_seconds=0.3)

        with pytest.raises(LibrarySilent):
            library.lend("visit", "1", request_key="some-key-1")
        library.close()


def test_unusable_authority(tmp_path: Path) -> None:
    """A certificate file that is none is said at once."""
    (tmp_path / "ca").write_text("nothing", encoding="ascii")

    for file in (tmp_path / "ca", tmp_path / "missing"):
        with pytest.raises(LibraryIncoherent, match="ca_file"):
            HttpLibrary("https://127.0.0.1", "token", ca_file=file)
