"""The error tree of the application, and the one table from error to HTTP status.

FirstlightError                  internal (500) ├── StartupError                 startup: a setting
is wrong; the program ends with this sentence ├── Missing                      not_found (404) │
├── StudyMissing             no_such_study │   ├── FrameMissing             no_such_frame │   └──
TableMissing             no_such_table ├── BadRequest                   bad_request (400) │   ├──
NoteInvalid              note_invalid (422) │   └── OriginRefused            origin_refused (403)
├── NoteConflict                 note_conflict (409): the same id with other content ├──
MethodRefused                method_refused (405) ├── FrontEndMissing              front_end_missing
(503) ├── FrameUndecodable             frame_undecodable (422): this image only, the others are fine
│   └── FrameBusy                frame_busy (503): took too long or its worker ended; may be tried
again ├── MotionRefused              motion_refused (409): a single image, or too many to play
├── MotionUnavailable            motion_unavailable (501): no encoder on this server
└── Refused (422)                a file that will not be stored, with the sentence that says
why
    ├── NotDicom                 not_dicom
    ├── NoPixels                 no_pixels
    ├── UnsupportedTransferSyntax  unsupported_transfer_syntax
    ├── UnsupportedPixels        unsupported_pixels
    ├── Truncated                truncated
    ├── Undecodable              undecodable
    ├── TooLarge                 too_large (413)
    ├── TookTooLong              took_too_long
    ├── Unreadable               unreadable: a file or folder the server cannot open
    ├── InstanceConflict         instance_conflict (409): the same SOP Instance UID, other bytes
    └── ArchiveRefused           archive_refused: a zip as a whole, or one entry of it

``message`` is one sentence saying what is wrong and what to do, fit for the screen of the person
who sent the file; it never contains patient data. ``detail`` holds plain JSON values that name the
same thing in numbers.
"""

from __future__ import annotations

from typing import Any, ClassVar


class FirstlightError(Exception):
    """Base of all errors of the application."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    may_retry: ClassVar[bool] = False

    def __init__(self, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.message = message
        self.detail: dict[str, Any] = detail

    def to_dict(self, request_id: str) -> dict[str, Any]:
        """The one JSON shape of an HTTP error."""
        return {
            "error": self.code,
            "message": self.message,
            "detail": self.detail,
            "request_id": request_id,
        }


class StartupError(FirstlightError):
    """A setting is wrong: the program ends with this sentence and does not start."""

    code = "startup"


class Missing(FirstlightError):
    """What was asked for is not here."""

    code = "not_found"
    status = 404


class StudyMissing(Missing):
    code = "no_such_study"


class FrameMissing(Missing):
    code = "no_such_frame"


class TableMissing(Missing):
    code = "no_such_table"


class BadRequest(FirstlightError):
    """A request that breaks the rules of its endpoint."""

    code = "bad_request"
    status = 400


class NoteInvalid(BadRequest):
    code = "note_invalid"
    status = 422


class OriginRefused(BadRequest):
    code = "origin_refused"
    status = 403


class NoteConflict(FirstlightError):
    """A note with this id is stored already, and says something else."""

    code = "note_conflict"
    status = 409


class MethodRefused(FirstlightError):
    code = "method_refused"
    status = 405


class FrontEndMissing(FirstlightError):
    """The front end was not built, so there is no page to send."""

    code = "front_end_missing"
    status = 503
    may_retry = True


class FrameUndecodable(FirstlightError):
    """A stored frame cannot be shown; it costs this image and no other."""

    code = "frame_undecodable"
    status = 422


class FrameBusy(FrameUndecodable):
    """A stored frame could not be made just now: it took too long, or its worker ended."""

    code = "frame_busy"
    status = 503
    may_retry = True


class MotionRefused(FirstlightError):
    """An image that is not played as motion: it has one frame, or far too many."""

    code = "motion_refused"
    status = 409


class MotionUnavailable(FirstlightError):
    """This server has no encoder for moving pictures."""

    code = "motion_unavailable"
    status = 501


class Refused(FirstlightError):
    """A file that will not be stored. ``message`` says why and, where there is something, what to
    do."""

    code = "refused"
    status = 422


class NotDicom(Refused):
    code = "not_dicom"


class NoPixels(Refused):
    code = "no_pixels"


class UnsupportedTransferSyntax(Refused):
    code = "unsupported_transfer_syntax"


class UnsupportedPixels(Refused):
    """Pixels described in a way Firstlight does not show (say, a Photometric Interpretation it does
    not know)."""

    code = "unsupported_pixels"


class Truncated(Refused):
    code = "truncated"


class Undecodable(Refused):
    code = "undecodable"


class TooLarge(Refused):
    code = "too_large"
    status = 413


class TookTooLong(Refused):
    code = "took_too_long"
    may_retry = True


class Unreadable(Refused):
    """A file or folder that the server cannot open."""

    code = "unreadable"


class InstanceConflict(Refused):
    """The same SOP Instance UID is stored already, with other bytes."""

    code = "instance_conflict"
    status = 409


class ArchiveRefused(Refused):
    """A zip as a whole, or one entry of it, breaks a limit or is damaged."""

    code = "archive_refused"


def same_uid_other_bytes(instance: str) -> InstanceConflict:
    """The refusal of a second file under one SOP Instance UID."""
    return InstanceConflict(
        "Another file with the same SOP Instance UID is stored already and stays: "
        "if this one is right, have its sender give it a UID of its own.",
        instance=instance,
    )


def refused_by_code(
    code: str, message: str, detail: dict[str, Any] | None = None
) -> FirstlightError:
    """Build the error named ``code`` again, as a worker process reported it over its pipe."""
    return _BY_CODE.get(code, Refused)(message, **(detail or {}))


def _tree(root: type[FirstlightError]) -> dict[str, type[FirstlightError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _tree(child)
    return found


_BY_CODE: dict[str, type[FirstlightError]] = _tree(FirstlightError)
