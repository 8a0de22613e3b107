"""Quality layers by grey-level error."""

from __future__ import annotations

import pytest

from app.dicom.layers import LOSSLESS_ONLY, layers_for


def test_a_window_of_1500_has_all_six_and_the_lossless_one() -> None:
    layers = layers_for(1500 / 255, 65535)
    assert layers.errors == (16, 8, 4, 2, 1, 0.5, 0)
    # 16 gl = 94.12 stored units, 0.9 of it aimed at: 20 log10(65535 / 84.71) = 57.77 dB
    assert layers.decibels[0] == pytest.approx(57.77, abs=0.01)
    assert layers.decibels[-1] == 0


def test_rounding_to_whole_values_is_part_of_the_error() -> None:
    # 1 stored unit: sqrt(1 - 0.4) = 0.775, 0.9 of it 0.697: 20 log10(255 / 0.697) = 51.27 dB
    assert layers_for(1, 255).decibels[4] == pytest.approx(51.27, abs=0.01)


def test_a_narrow_window_leaves_out_what_is_below_a_stored_unit() -> None:
    assert layers_for(80 / 255, 65535).errors == (16, 8, 4, 2, 0)


def test_a_wide_window_has_finer_layers_for_narrower_ones() -> None:
    assert layers_for(30000 / 255, 65535).errors == (16, 8, 4, 2, 1, 0.5, 0.125, 0.03125, 0)


def test_where_errors_are_no_grey_levels_there_is_the_lossless_layer_alone() -> None:
    assert layers_for(None, 255) == LOSSLESS_ONLY
    assert layers_for(0.001, 255) == LOSSLESS_ONLY


@pytest.mark.parametrize("unit", [1e-9, 0.1, 1, 257, 4000, 1e6, 1e12])
def test_layers_get_finer_and_end_lossless(unit: float) -> None:
    layers = layers_for(unit, 65535)
    assert 1 <= len(layers.errors) <= 16
    assert list(layers.errors) == sorted(layers.errors, reverse=True)
    assert layers.errors[-1] == 0
    assert all(decibel > 0 for decibel in layers.decibels[:-1])
