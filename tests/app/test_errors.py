"""Codes and statuses of errors are what clients are written against: here is the agreement."""

from __future__ import annotations

import pytest

from app import errors
from app.errors import FirstlightError, refused_by_code

AGREED = {
    "internal": 500,
    "startup": 500,
    "not_found": 404,
    "no_such_study": 404,
    "no_such_frame": 404,
    "no_such_table": 404,
    "bad_request": 400,
    "note_invalid": 422,
    "origin_refused": 403,
    "note_conflict": 409,
    "method_refused": 405,
    "front_end_missing": 503,
    "frame_undecodable": 422,
    "frame_busy": 503,
    "motion_refused": 409,
    "motion_unavailable": 501,
    "refused": 422,
    "not_dicom": 422,
    "no_pixels": 422,
    "unsupported_transfer_syntax": 422,
    "unsupported_pixels": 422,
    "truncated": 422,
    "undecodable": 422,
    "too_large": 413,
    "took_too_long": 422,
    "unreadable": 422,
    "instance_conflict": 409,
    "archive_refused": 422,
}


def tree(root: type[FirstlightError]) -> list[type[FirstlightError]]:
    found = [root]
    for child in root.__subclasses__():
        found += tree(child)
    return found


def test_codes_and_statuses_are_as_agreed() -> None:
    assert {error.code: error.status for error in tree(FirstlightError)} == AGREED


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in tree(FirstlightError)]
    assert len(codes) == len(set(codes))


def test_the_drawn_tree_names_every_error() -> None:
    assert errors.__doc__ is not None
    for error in tree(FirstlightError):
        assert error.__name__ in errors.__doc__


def test_the_shape_of_an_http_error() -> None:
    error = errors.StudyMissing("There is no such study here.", study="1.2")
    assert error.to_dict("abc") == {
        "error": "no_such_study",
        "message": "There is no such study here.",
        "detail": {"study": "1.2"},
        "request_id": "abc",
    }


@pytest.mark.parametrize("code", sorted(AGREED))
def test_an_error_comes_back_from_a_worker_as_it_was(code: str) -> None:
    error = refused_by_code(code, "Why.", {"bytes": 1})
    assert (error.code, error.message, error.detail) == (code, "Why.", {"bytes": 1})


def test_an_unknown_code_is_a_refusal() -> None:
    assert type(refused_by_code("of_tomorrow", "Why.")) is errors.Refused
