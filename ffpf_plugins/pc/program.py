"""A whole program as one C text: tables, state, the run of one packet, the batch, the object."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import PurePath

from ffpf_plugins.pc import instances, memory, sets
from ffpf_plugins.pc.cstring import c_string
from ffpf_plugins.pc.names import Frame
from ffpf_plugins.pc.prefetch import FAR_AHEAD, FAR_LEVEL, NEAR_AHEAD, NEAR_LEVEL, prefetched
from ffpf_plugins.pc.statements import Statements
from ffpf_plugins.pc.survey import Survey, survey
from fpl3.emit.cexpr import C, constant, ctype
from fpl3.emit.writer import Writer
from fpl3.ir import nodes as ir
from fpl3.setplan import SetPlan, plan
from fpl3.types import U32, U64

UNROLLED = 4  # runs of a small program, for which the loop itself counts
_RUN_ARGUMENTS = (
    "struct ffpf_context *context, struct {p}state *state, const struct ffpf_packet *packet, "
    "uint32_t number, const uint32_t link"
)


@dataclass(frozen=True, slots=True)
class ProgramText:
    """The C text and the files of constant data that it includes, by name."""

    text: str
    blobs: dict[str, bytes]


class ProgramPrinter:
    """Prints one program; every name at file level begins with `prefix`."""

    def __init__(self, program: ir.Program, prefix: str) -> None:
        self.program = program
        self.prefix = prefix
        self.survey: Survey = survey(program)
        self.out = Writer()
        self.plans: list[SetPlan] = [
            plan(members.ranges, bits) for members, bits in zip(program.sets, program.set_bits, strict=True)
        ]
        self.blobs: dict[str, bytes] = {}

    def print(self) -> ProgramText:
        self._tables()
        self._state()
        instances.print_loading(self.out, self.prefix, self.survey.instances)
        self._run()
        self._batch()
        memory.print_functions(self.out, self.prefix, self.program.arrays, list(self.survey.instances))
        self._object()
        return ProgramText(self.out.text(), self.blobs)

    def _tables(self) -> None:
        for table in self.program.tables:
            if table.name not in self.survey.tables:
                continue
            self._array(ctype(table.type), f"table_{table.name}", [
                constant(table.type, v).text for v in table.values
            ])  # fmt: skip
        if "Mac" in self.survey.transmits:
            entries = [constant(U64, v).text for v in self.program.tx_mac.entries]
            self._array("uint64_t", "tx_mac", entries)
        if "Ip" in self.survey.transmits:
            self._next_hop_addresses()
        for number, planned in enumerate(self.plans):
            name = self._set_name(number)
            text, blobs = sets.c_tables(planned, name)
            self.blobs.update(blobs)
            for line in text.splitlines():
                self.out.line(line)

    def _set_name(self, number: int) -> str:
        return f"{self.prefix}set{number}"

    def _next_hop_addresses(self) -> None:
        hops = self.program.tx_ip
        if not hops.ipv6:
            self._array("uint32_t", "tx_ip", [constant(U32, v).text for v in hops.entries])
            return
        rows = ["{" + ", ".join(map(str, v.to_bytes(16, "big"))) + "}" for v in hops.entries]
        self._array("uint8_t", "tx_ip", rows, "[16]")

    def _array(self, of: str, name: str, values: list[str], inner: str = "") -> None:
        head = f"static const {of} {self.prefix}{name}[{len(values)}]{inner} ="
        with self.out.block(head, "};"):
            for at in range(0, len(values), 8):
                self.out.line(", ".join(values[at : at + 8]) + ",")

    def _state(self) -> None:
        with self.out.block(f"struct {self.prefix}state", "};"):
            for array in self.program.arrays:
                self.out.line(f"_Alignas(64) {ctype(array.type)} a_{array.name}[{array.size}];")
            instances.fields(self.out, list(self.survey.instances))
            if not self.program.arrays and not self.survey.instances:
                self.out.line("char nothing;")

    def _run(self) -> None:
        result = "void" if self.survey.wide else "uint32_t"
        arguments = _RUN_ARGUMENTS.format(p=self.prefix)
        if self.program.parts:
            self.out.at(self.program.parts[0])
        inlined = "FFPF_ONCE" if self.survey.large else "FFPF_INLINE"
        with self.out.block(f"{inlined} {result} {self.prefix}run({arguments})"):
            self.out.line("const uint32_t cap = packet->caplen;")
            self.out.line("(void)context, (void)state, (void)number, (void)link, (void)cap;")
            for local in self.program.locals:
                if local.name in self.survey.locals:
                    self.out.line(f"{ctype(local.type)} {local.name} = 0;")
            frame = Frame(0, self.prefix)
            main = Statements(
                self.program, self.survey, frame, self.out, self._set_test, itertools.count(1)
            )
            main.run(self.program.body, None)
        self.out.directive('#line 1 "ffpf: generated"')

    def _set_test(self, number: int, operands: tuple[C, ...]) -> C:
        return sets.c_lookup(self.plans[number], self._set_name(number), operands)

    def _batch(self) -> None:
        """One copy for Ethernet, one for all other link types; each has the run inlined. A large program
        has one copy for all."""
        out, p = self.out, self.prefix
        arguments = (
            f"struct ffpf_context *context, struct {p}state *state, "
            "const struct ffpf_packet *packets, uint32_t count, const uint32_t link"
        )
        with out.block(f"FFPF_INLINE void {p}batch({arguments})"):
            out.line("context->runs += count;")
            if self.survey.wide:
                self._for_each(f"{p}run(context, state, packets + i, (uint32_t)i, link);")
            else:
                self._collected()
        with out.block(
            f"static void {p}process(struct ffpf_context *context, void *memory, "
            "const struct ffpf_packet *packets, uint32_t count, uint32_t link)"
        ):
            out.line(f"struct {p}state *state = memory;")
            if not self.survey.named or self.survey.large:
                out.line(f"{p}batch(context, state, packets, count, link);")
                return
            out.line("if (link == FFPF_LINK_EN10MB)")
            out.line(f"  {p}batch(context, state, packets, count, FFPF_LINK_EN10MB);")
            out.line("else")
            out.line(f"  {p}batch(context, state, packets, count, link);")

    def _collected(self) -> None:
        out, only = self.out, self.survey.verdict
        out.line("uint64_t wanted = 0;")
        self._for_each(
            f"const uint32_t verdict = {self.prefix}run(context, state, packets + i, (uint32_t)i, link);",
            *(("context->verdicts[i] = verdict;",) if only is None else ()),
            "wanted |= (uint64_t)(verdict != 0) << i;",
        )
        out.line("context->wanted = wanted;")

    def _for_each(self, *lines: str) -> None:
        out = self.out
        offsets = prefetched(self.program)
        if offsets:
            out.line("const bool sparse = ffpf_is_sparse(packets);")
        if self.survey.small:
            out.line(f"#pragma GCC unroll {UNROLLED}")
        with out.block("for (size_t i = 0; i < count; i++)"):
            if offsets:
                self._prefetch(NEAR_AHEAD, NEAR_LEVEL, offsets[:1])
                with out.block("if (FFPF_UNLIKELY(sparse))"):
                    self._prefetch(NEAR_AHEAD, NEAR_LEVEL, offsets[1:])
                    self._prefetch(FAR_AHEAD, FAR_LEVEL, offsets)
            for line in lines:
                out.line(line)

    def _prefetch(self, ahead: int, level: int, offsets: tuple[int, ...]) -> None:
        # Over the border of the batch: ffpf_object.h promises readable descriptors there.
        for offset in offsets:
            at = f"(uintptr_t)packets[i + {ahead}].data + {offset}"
            self.out.line(f"__builtin_prefetch((const void *)({at}), 0, {level});")

    def _object(self) -> None:
        out, p = self.out, self.prefix
        arrays, externs, rules = self._described()
        head = f'__attribute__((visibility("default"))) const struct ffpf_object {p}ffpf_object ='
        with out.block(head, "};"):
            out.line(f".abi = FFPF_ABI_VERSION, .flags = {self._flags()},")
            out.line(f".name = {c_string(PurePath(self.program.source.name).name)},")
            out.line(f".state_size = sizeof(struct {p}state),")
            out.line(f".arrays = {arrays[0]}, .array_count = {arrays[1]},")
            out.line(f".rules = {rules[0]}, .rule_count = {rules[1]},")
            out.line(f".externs = {externs[0]}, .extern_count = {externs[1]},")
            out.line(f".part_count = {max(1, len(self.program.parts))},")
            if self.program.tx_node or self.program.state_words:
                words = f".state_words = {self.program.state_words}"
                out.line(f".hop_count = {len(self.program.tx_node)}, {words},")
            if not self.survey.wide and self.survey.verdict is not None:
                out.line(f".verdict = {self.survey.verdict}u,")
            out.line(f".load = {p}load, .unload = {p}unload,")
            out.line(f".init = {p}init, .release = {p}release, .process = {p}process,")
            out.line(f".merge = {p}merge, .carry = {p}carry,")

    def _described(self) -> list[tuple[str, int]]:
        """The tables of arrays, externs' states and rules: each one's name and length."""
        p = self.prefix
        tables = {
            "array": [
                f'{{"{a.name}", offsetof(struct {p}state, a_{a.name}), {a.size}, {a.type.bits}, '
                f"{int(a.type.signed)}, FFPF_{a.merge}}}"
                for a in self.program.arrays
            ],
            "extern_state": instances.rows(p, list(self.survey.instances)),
            "rule": [
                f"{{{c_string(r.message)}, {c_string(r.classification)}, "
                f"{r.gid}u, {r.sid}u, {r.rev}u, {r.priority}u}}"
                for r in self.program.rules
            ],
        }
        return [self._rows(of, rows) for of, rows in tables.items()]

    def _rows(self, of: str, rows: list[str]) -> tuple[str, int]:
        name = f"{self.prefix}{of}s"
        if not rows:
            return "NULL", 0
        with self.out.block(f"static const struct ffpf_{of} {name}[] =", "};"):
            for row in rows:
                self.out.line(f"{row},")
        return name, len(rows)

    def _flags(self) -> str:
        chosen = {
            "FFPF_OBJECT_WIDE": self.survey.wide,
            "FFPF_OBJECT_NAMED": self.survey.named,
            "FFPF_OBJECT_ETHERNET": "Mac" in self.survey.transmits,
            "FFPF_OBJECT_ORDERED": self.survey.ordered,
        }
        return " | ".join(name for name, on in chosen.items() if on) or "0"
