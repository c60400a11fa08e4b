"""What a command ends with when it cannot do its work: a message for the user and an exit code."""

from __future__ import annotations


class CommandError(Exception):
    """A fault that is not ours; its text says what is wrong and what would be right."""

    exit_code = 1


class InputError(CommandError):
    """The input is wrong: the program, the capture."""

    exit_code = 1


class WrongUse(CommandError):
    """The command was used wrongly."""

    exit_code = 2


class MachineError(CommandError):
    """The machine lacks something or refuses: no compiler, no permission, disk full."""

    exit_code = 3
