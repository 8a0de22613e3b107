"""The pictures that the bench opens: real ones from ../shared/data, or a folder of one's own."""

from __future__ import annotations

import warnings
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.errors import InvalidDicomError

from tests.tools.bench_link.stack import write_stack

DATA: Final = Path(__file__).parents[4] / "shared" / "data" / "public"
STACK: Final = "ct/lung-A0001-chest-40x5mm"
FILES: Final = {
    "ct1": "ct/CT1-chest-signed/CT1_UNC.implicit_little_endian.dcm",
    "ctstack": STACK,
    "mr1": "mr/MR1-toshiba-signed/MR1_UNC.dcm",
    "rg1": "xray-chest/RG1-philips-cr/RG1_UNCR.dcm",
    "rg3": "xray-other/RG3-fuji-leg/RG3_UNC.dcm",
    "us1": "us-still/US1-tissue-doppler/US1_UNCR.dcm",
    "cine": "us-cine/hp-pediatric-echo-nonsquare/I_000001.dcm",
}
"""README.md beside this file says what each is."""
OTHER: Final = "mr/MR3-ge-knee/MR3_UNC.dcm"
"""What a phone with the app installed had opened before: none of the images."""


class ImageMissing(Exception):
    """An image that was asked for is not there; the sentence says where it was looked for."""


@dataclass(frozen=True)
class Instance:
    """One file of a study."""

    path: Path
    uid: str
    series: str
    frames: int


@dataclass(frozen=True)
class Image:
    """One study that is opened; its instances in the order of Instance Number."""

    name: str
    study: str
    instances: tuple[Instance, ...]

    @property
    def uids(self) -> frozenset[str]:
        return frozenset(each.uid for each in self.instances)

    @property
    def files(self) -> list[Path]:
        return [each.path for each in self.instances]


def named_images(names: list[str], folder: Path) -> list[Image]:
    """Return the images of these names; the stack of 200 slices is written into ``folder``.

    Raises ImageMissing.
    """
    found = []
    for name in names:
        if name not in FILES:
            raise ImageMissing(f"There is no image {name!r}; there are {', '.join(FILES)}.")
        path = DATA / FILES[name]
        if not path.exists():
            raise ImageMissing(f"{name} is not here: {path} is missing. DIR= takes your own.")
        files = [path]
        if name == "ctstack":
            files = write_stack(sorted(path.glob("*.dcm"), key=lambda p: int(p.stem[2:])), folder)
        found.append(image_of(name, files))
    return found


def own_images(folder: Path) -> list[Image]:
    """Return every study in ``folder`` as one image, named after its first file.

    Raises ImageMissing where there is no DICOM file with a picture.
    """
    studies: dict[str, list[tuple[int, Path]]] = defaultdict(list)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        try:
            header = _header(path)
        except (InvalidDicomError, OSError):
            continue
        if "Rows" in header and "StudyInstanceUID" in header:
            number = int(header.get("InstanceNumber") or 0)
            studies[str(header.StudyInstanceUID)].append((number, path))
    images = [
        image_of(min(files)[1].stem, [path for _, path in sorted(files)])
        for files in studies.values()
    ]
    if not images:
        raise ImageMissing(f"{folder} holds no DICOM file with a picture.")
    return images


def image_of(name: str, files: list[Path]) -> Image:
    instances = []
    for path in files:
        header = _header(path)
        frames = int(header.get("NumberOfFrames") or 1)
        uid, series = str(header.SOPInstanceUID), str(header.SeriesInstanceUID)
        instances.append(Instance(path, uid, series, frames))
    return Image(name, str(_header(files[0]).StudyInstanceUID), tuple(instances))


def _header(path: Path) -> FileDataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dcmread(path, stop_before_pixels=True)
