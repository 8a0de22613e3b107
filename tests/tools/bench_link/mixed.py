"""A study of a radiograph and a CT series, to jump between: real pictures under one patient."""

from __future__ import annotations

from pathlib import Path

from pydicom import dcmread
from pydicom.uid import generate_uid

from tests.tools.bench_link.images import DATA, FILES, STACK, Image, image_of


def mixed_study(folder: Path) -> Image | None:
    """Write it into ``folder``; the radiograph is its first series. None where the data are not
    here."""
    sources = [DATA / FILES["rg1"], *sorted((DATA / STACK).glob("*.dcm"), key=_number)]
    if len(sources) < 2 or not sources[0].exists():
        return None
    folder.mkdir(parents=True)
    study, series = generate_uid(), (generate_uid(), generate_uid())
    written = []
    for number, source in enumerate(sources):
        dataset = dcmread(source)
        which = min(number, 1)
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, series[which]
        dataset.SeriesNumber, dataset.InstanceNumber = which + 1, max(1, number)
        dataset.PatientName, dataset.PatientID = "BENCH^Mixed", "bench-mixed"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        path = folder / f"{number:03}.dcm"
        dataset.save_as(path)
        written.append(path)
    return image_of("mixed", written)


def _number(path: Path) -> int:
    return int(path.stem.partition("-")[2])
