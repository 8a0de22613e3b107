"""A self-signed certificate for one address, and the flag by which Chromium takes it."""

from __future__ import annotations

import base64
import hashlib
import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """PEM files, and the Base64 SHA-256 of the public key."""

    cert: Path
    key: Path
    spki: str

    @property
    def options(self) -> tuple[str, ...]:
        """For ``firstlight serve``."""
        return ("--tls-cert", str(self.cert), "--tls-key", str(self.key))

    def trust(self) -> ssl.SSLContext:
        """Return a client's context that takes this certificate."""
        return ssl.create_default_context(cafile=str(self.cert))

    @property
    def flag(self) -> str:
        """Chromium trusts this key alone; ignoring *all* errors would switch its HTTP cache off."""
        return f"--ignore-certificate-errors-spki-list={self.spki}"


def openssl_here() -> bool:
    """Whether the program that makes it is installed."""
    return shutil.which("openssl") is not None


def make_certificate(folder: Path, address: str) -> Certificate:
    """Make one with the ``openssl`` program: P-256, valid for a week, for ``IP:address``."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    _openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-days", "7", "-subj", "/CN=firstlight", "-addext", f"subjectAltName=IP:{address}"),
        *("-keyout", str(key), "-out", str(cert)),
    )
    public = _openssl("pkey", "-in", str(key), "-pubout", "-outform", "DER")
    return Certificate(cert, key, base64.b64encode(hashlib.sha256(public).digest()).decode())


def _openssl(*arguments: str) -> bytes:
    done = subprocess.run(["openssl", *arguments], check=True, capture_output=True)
    return done.stdout
