"""One worker of the pool: a process that decodes and encodes untrusted files, one job at a time.

``python -m app.dicom.worker MEMORY_BYTES`` reads jobs from its standard input and answers
on its standard output until the input ends. It holds no secret and no
database; the pool kills it when it overstays or crashes.
"""

from __future__ import annotations

import faulthandler
import os
import resource
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.dicom.encode import encode
from app.dicom.examination import examine_part10
from app.dicom.frame import EncodedFrame
from app.dicom.motion import motion_head, motion_part
from app.dicom.part10 import Part10, quiet, read_part10
from app.dicom.pipe import pack, read_message
from app.errors import FirstlightError, TooLarge, Undecodable

OUT_OF_MEMORY: Final = "The picture needs more memory than the server allows one image."


class Jobs:
    """Does the jobs. The last file read is kept: a viewer asks for one frame of it after the
    other."""

    def __init__(self) -> None:
        self._key: tuple[str, int, int] | None = None
        self._part10: Part10 | None = None

    def do(self, job: dict[str, Any]) -> bytes:
        """Do one job and return the answer as a message; errors become answers too."""
        try:
            with quiet():
                return self._done(job)
        except FirstlightError as error:
            failure: FirstlightError = error
        except MemoryError:
            failure = TooLarge(OUT_OF_MEMORY)
        except Exception as error:
            # Values of the file may be in the error's text: only where it happened goes to the log.
            _log_place(error)
            failure = Undecodable(
                "The file could not be read as an image: export and send it again."
            )
        self._key = self._part10 = None
        return pack({"error": failure.code, "message": failure.message, "detail": failure.detail})

    def _done(self, job: dict[str, Any]) -> bytes:
        path = Path(job["path"])
        part10 = self._read(path)
        if job["operation"] == "examine":
            return pack({"examination": examine_part10(path, part10).to_dict()})
        if job["operation"] == "motion_head":
            return pack({"head": motion_head(part10).to_dict()})
        if job["operation"] == "motion_part":
            made = motion_part(part10, job["part"])
            return pack({"first": made.first}, made.chunks)
        return _pack_frame(encode(part10, job["frame"]))

    def _read(self, path: Path) -> Part10:
        state = path.stat()
        key = (str(path), state.st_mtime_ns, state.st_size)
        if self._part10 is None or self._key != key:
            self._key = self._part10 = None  # its memory is free before the next is read
            self._part10 = read_part10(path)
            self._key = key
        return self._part10


def _pack_frame(encoded: EncodedFrame) -> bytes:
    header = {
        "manifest": encoded.manifest.to_dict(),
        "index": encoded.index.to_dict(),
        "tables": list(encoded.tables),
    }
    return pack(header, (encoded.body, encoded.preview, *encoded.tables.values()))


def _log_place(error: Exception) -> None:
    for place in traceback.extract_tb(error.__traceback__):
        sys.stderr.write(f'  File "{place.filename}", line {place.lineno} in {place.name}\n')
    sys.stderr.write(f"  {type(error).__name__}\n")
    sys.stderr.flush()


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Do jobs until there are no more."""
    worker = Jobs()
    answers.write(pack({"ready": True}))
    answers.flush()
    while (message := read_message(jobs)) is not None:
        answers.write(worker.do(message[0]))
        answers.flush()


def main(memory: int) -> None:
    """Set the limits, take the pipes, and serve."""
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A library that prints must not garble the answers: they go to a copy of standard output,
    # and what is printed goes to standard error.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(os.fdopen(0, "rb", closefd=False), answers)


if __name__ == "__main__":
    main(int(sys.argv[1]))
