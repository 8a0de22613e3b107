"""Orthanc with its DICOMweb plugin (Debian's packages), as a back end of the peer."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import orjson

from tests.tools.bench_link.clinic import ORTHANC, ClinicProgram
from tests.tools.bench_link.lab import Place

PLUGIN: Final = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
PACKAGES: Final = ("orthanc", "orthanc-dicomweb")
_STORE: Final = (
    "import pathlib, sys, urllib.request\n"
    "for path in sorted(pathlib.Path(sys.argv[2]).rglob('*.dcm')):\n"
    "    urllib.request.urlopen(sys.argv[1] + '/instances', path.read_bytes()).read()\n"
)


def installed_orthanc() -> str | None:
    """Have Orthanc installed; return a sentence that says why it is not here, or None."""
    if PLUGIN.is_file() and _program():
        return None
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return f"Orthanc is left out: install Debian's packages {' and '.join(PACKAGES)}."
    command = ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *PACKAGES]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not PLUGIN.is_file():
        return f"Orthanc is left out: it could not be installed ({done.stderr.strip()[-200:]})."
    return None


def orthanc(place: Place, folder: Path) -> ClinicProgram:
    """Orthanc on an empty store in ``folder``, plain HTTP: only the peer's server speaks to it."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "StorageDirectory": str(folder / "store"),
        "IndexDirectory": str(folder / "store"),
        "HttpPort": ORTHANC,
        "RemoteAccessAllowed": True,
        "AuthenticationEnabled": False,
        "DicomServerEnabled": False,
        "KeepAlive": True,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "StudiesMetadata": "Full"},
    }
    path = folder / "orthanc.json"
    path.write_bytes(orjson.dumps(settings))
    return ClinicProgram(place, ORTHANC, [_program(), str(path)], folder / "orthanc.log")


def orthanc_url(place: Place) -> str:
    """Where the clinic itself finds it."""
    return f"http://{place.listen_address()}:{ORTHANC}"


async def store(place: Place, files: Path) -> None:
    """Give Orthanc every DICOM file in a folder."""
    argv = (sys.executable, "-c", _STORE, orthanc_url(place), str(files))
    process = await asyncio.create_subprocess_exec(*place.command("clinic", argv))
    if await process.wait() != 0:
        raise RuntimeError("Orthanc did not take the files.")


def _program() -> str:
    return shutil.which("Orthanc") or "/usr/sbin/Orthanc"
