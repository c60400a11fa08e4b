"""The random programs call every external function that comes with the framework."""

from ffpf.registry import externs
from tests.differential.extern_calls import OPTIONS


def test_every_function_is_called_in_random_programs() -> None:
    assert set(OPTIONS) == set(externs())
