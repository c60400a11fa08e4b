"""What is shown while reading takes long."""

from __future__ import annotations

import io

from ffpf.progress import AFTER_SECONDS, ERASE, Progress


def shown(taken: int, total: int | None) -> str:
    file = io.StringIO()
    progress = Progress(file)
    progress.started -= AFTER_SECONDS
    progress(taken, total)
    return file.getvalue().removeprefix(ERASE)


def test_nothing_is_shown_of_short_work() -> None:
    file = io.StringIO()
    progress = Progress(file)
    progress(1, 2)
    progress.finish()
    assert file.getvalue() == ""


def test_the_share_of_a_file_and_the_amount_of_a_pipe_are_shown() -> None:
    assert shown(1_500_000_000, 3_000_000_000) == "1,500 of 3,000 MB, 50 % read"
    assert shown(3_000_000, None) == "3 MB read"


def test_a_file_that_grows_is_never_more_than_wholly_read() -> None:
    assert shown(4_000_000, 2_000_000) == "4 of 2 MB, 100 % read"


def test_what_was_shown_is_erased() -> None:
    file = io.StringIO()
    progress = Progress(file)
    progress.started -= AFTER_SECONDS
    progress(1, None)
    progress.finish()
    assert file.getvalue() == f"{ERASE}0 MB read{ERASE}"
