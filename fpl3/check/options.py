"""The options of an external function's instance: constants, words, and texts."""

from __future__ import annotations

from collections.abc import Sequence

from fpl3 import kinds
from fpl3.check import files, textfile
from fpl3.check.constants import Exact, shown
from fpl3.check.context import Context, Rejected
from fpl3.check.lookup import suggestion
from fpl3.check.names import EVERYTHING
from fpl3.externs import (
    Choice,
    Extern,
    Fault,
    Number,
    Option,
    Options,
    OptionValue,
    Text,
    Texts,
)
from fpl3.source import Span
from fpl3.syntax import lexemes, tree

MAX_FAULTS = 20


def options(
    ctx: Context, extern: Extern, expected: Sequence[Option], given: Sequence[tree.Argument], span: Span
) -> Options:
    """The values of all options of `extern`; `given` are those of `expected`, in its order."""
    least = sum(option.default is None for option in expected)
    if not least <= len(given) <= len(expected):
        raise _wrong_number(ctx, extern, expected, len(given), span)
    values: dict[str, OptionValue] = {}
    for option, argument in zip(expected, given, strict=False):
        values[option.name] = _value(ctx, extern, option, argument)
    for option in extern.options:
        if option.default is not None:
            values.setdefault(option.name, option.default)
    found = tuple([values[option.name] for option in extern.options])
    _check(ctx, extern, found, span)
    return found


def _wrong_number(
    ctx: Context, extern: Extern, expected: Sequence[Option], count: int, span: Span
) -> Rejected:
    least = sum(option.default is None for option in expected)
    wants = str(least) if least == len(expected) else f"{least} to {len(expected)}"
    form = ", ".join(f"[{o.name}]" if o.default is not None else o.name for o in expected)
    return ctx.rejected(
        kinds.EXTERN_OPTIONS,
        span,
        f"'{extern.name}' takes {wants} option(s), not {count}",
        help=f"EXTERN name = {extern.name}({form});",
    )


def _value(ctx: Context, extern: Extern, option: Option, given: tree.Argument) -> OptionValue:
    match option:
        case Number():
            return _number(ctx, extern, option, given)
        case Choice():
            return _word(ctx, extern, option, given)
        case Texts():
            return _texts(ctx, extern, option, given)


def _rejected(ctx: Context, span: Span, message: str, help: str | None) -> Rejected:
    return ctx.rejected(kinds.EXTERN_OPTIONS, span, message, help=help)


def _number(ctx: Context, extern: Extern, option: Number, given: tree.Argument) -> int:
    help = f"{option.name} is a constant from {shown(option.low)} to {shown(option.high)}"
    what = f"the option '{option.name}' of '{extern.name}'"
    if isinstance(given, tree.String | tree.TextList | tree.TextFile):
        raise _rejected(ctx, given.span, f"{what} is a number, not a string", help)
    words = [o.name for o in extern.options if isinstance(o, Choice) and _word_of(given) in o.words]
    if words:
        raise _rejected(ctx, given.span, f"{what} is a number; this is a word of '{words[0]}'", help)
    value = ctx.value(given, EVERYTHING)
    if not isinstance(value, Exact):
        raise _rejected(ctx, given.span, f"{what} is not constant", help)
    if not option.low <= value.value <= option.high:
        raise _rejected(ctx, given.span, f"{what} is {shown(value.value)}", help)
    return value.value


def _word_of(given: tree.Argument) -> str:
    return given.name if isinstance(given, tree.Name) else ""


def _word(ctx: Context, extern: Extern, option: Choice, given: tree.Argument) -> str:
    if isinstance(given, tree.Name) and given.name in option.words:
        return given.name
    near = suggestion(ctx, given.name, option.words) if isinstance(given, tree.Name) else None
    raise _rejected(
        ctx,
        given.span,
        f"the option '{option.name}' of '{extern.name}' is one of {', '.join(option.words)}",
        near or f"write one of these words for {option.name}",
    )


# Texts ------------------------------------------------------------------------------------------


def _texts(ctx: Context, extern: Extern, option: Texts, given: tree.Argument) -> tuple[Text, ...]:
    match given:
        case tree.String():
            return (Text(1, given.value, False, given.span),)
        case tree.TextList():
            found = _listed(ctx, option, given)
        case tree.TextFile():
            found = textfile.parse(ctx, files.read(ctx, given.file), option.ids)
        case _:
            what = f"the option '{option.name}' of '{extern.name}' is a text"
            raise _rejected(
                ctx, given.span, what, 'write "abc", { 1: "abc", "def" NOCASE }, or FROM "file"'
            )
    if not found and isinstance(given, tree.TextFile):
        what = f"there is no text in {given.file.span.text}"
        raise _rejected(ctx, given.span, what, textfile.HELP)
    if not found:
        raise _rejected(ctx, given.span, "there is no text here", 'write { 1: "abc", "def" NOCASE }')
    return found


def _listed(ctx: Context, option: Texts, given: tree.TextList) -> tuple[Text, ...]:
    """Texts without an id get the one behind that of the text before, from 1."""
    found: list[Text] = []
    last = 0
    for text in given.texts:
        id, place = last + 1, text.value.span
        if text.id is not None:
            value, place = ctx.value(text.id, EVERYTHING), text.id.span
            if not isinstance(value, Exact):
                raise _rejected(ctx, place, "an id is a constant number", 'write 7: "abc"')
            id = value.value
        if not 1 <= id <= option.ids:
            help = f"ids are 1 to {shown(option.ids)}"
            raise _rejected(ctx, place, f"the id of this text is {shown(id)}", help)
        found.append(Text(id, text.value.value, text.nocase, text.value.span))
        last = id
    return tuple(found)


# What the function itself finds wrong -------------------------------------------------------------


def _check(ctx: Context, extern: Extern, values: Options, span: Span) -> None:
    faults = list(extern.check(values))
    for fault in faults[:MAX_FAULTS]:
        place = _place(fault, values, span)
        ctx.sink.error(
            kinds.EXTERN_OPTIONS, place, fault.message, help=fault.help, notes=reversed(ctx.trail)
        )
    if faults:
        raise Rejected


def _place(fault: Fault, values: Options, span: Span) -> Span:
    value = values[fault.option]
    if not isinstance(value, tuple):
        return span
    written = value[fault.text].span
    if fault.offset is None:
        return written
    at = written.start + lexemes.written_at(written.text, fault.offset)
    return Span(written.source, min(at, written.end - 1), min(at + 1, written.end))
