"""IR statements to C, one frame at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from ffpf_plugins.pc import instances
from ffpf_plugins.pc.cstring import c_string
from ffpf_plugins.pc.expressions import Expressions, SetTest
from ffpf_plugins.pc.names import STAGES, Frame
from ffpf_plugins.pc.survey import Survey
from fpl3.emit.cexpr import PRIMARY, C, call, cast
from fpl3.emit.writer import Writer
from fpl3.ir import nodes as ir
from fpl3.passes.fold import is_truth
from fpl3.passes.structure import falls_through

_STAGE_TYPES = {
    "LINK": "struct ffpf_link",
    "IP": "struct ffpf_ip",
    "IP6": "struct ffpf_ip6",
    "L4": "struct ffpf_l4",
}


class Statements:
    """Prints the body of one frame; nested parts get printers of their own."""

    def __init__(
        self,
        program: ir.Program,
        survey: Survey,
        frame: Frame,
        out: Writer,
        set_test: SetTest,
        copies: Iterator[int],
    ) -> None:
        self.program = program
        self.survey = survey
        self.frame = frame
        self.out = out
        self.set_test = set_test
        self.copies = copies
        self.expressions = Expressions(frame, set_test, program.hash_function, program.state_words)
        self.ends: set[str] = set()

    def text(self, e: ir.Expr) -> str:
        return self.expressions.emit(e).text

    def body(self, body: ir.Body) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, s: ir.Statement) -> None:
        out = self.out
        match s:
            case ir.SetLocal():
                out.line(f"{s.local.name} = {self.text(s.value)};")
            case ir.Store():
                self._store(s)
            case ir.StoreElement():
                at = self.text(s.index)
                out.line(f"state->a_{s.array}[{at}] = {self._narrow(s)};")
            case ir.Guard():
                self._abort_unless(self._condition(s.condition).within(PRIMARY), s.reason)
            case ir.Budget():
                self._abort_unless(f"({self.frame.budget}-- != 0)", "loop_budget")
            case ir.Locate():
                self._locate(s)
            case ir.If():
                self._if(s)
            case ir.Block():
                self.body(s.body)
                if s.label in self.survey.labels:
                    out.label(s.label)
            case ir.Loop():
                with out.block("for (;;)"):
                    self.body(s.body)
                if s.label in self.survey.labels:
                    out.label(s.label)
            case ir.Leave():
                out.line(f"goto {s.label};")
            case ir.Switch():
                self._switch(s)
            case ir.Return():
                self._return(s)
            case ir.Part():
                self._part(s)
            case ir.Transmit():
                self._transmit(s)
            case ir.Raise():
                out.line(f"ffpf_raise(context, number, {self.frame.part}u, {s.rule}u);")
            case ir.Call():
                self._call(s)
            case _:
                assert_never(s)

    def _condition(self, e: ir.Expr) -> C:
        condition = self.expressions.emit(e)
        return call("ffpf_flat", condition) if isinstance(e, ir.All | ir.Any) else condition

    def _narrow(self, s: ir.StoreElement) -> str:
        return self.text(s.value)

    def _abort_unless(self, condition: str, reason: str) -> None:
        self.ends.add(reason)
        self.out.line(f"if (FFPF_UNLIKELY(!{condition}))")
        self.out.line(f"  goto {self.frame.end(reason)};")

    def _own(self) -> None:
        f = self.frame
        self.out.line(f"if (!{f.own})")
        self.out.line(f"  {f.data} = {f.own} = ffpf_own(context, {f.data}, cap);")

    def _store(self, s: ir.Store) -> None:
        value, offset = self.text(s.value), self.text(s.offset)
        self._own()
        self.out.line(f"ffpf_store{s.value.type.bits}({self.frame.own} + {offset}, {value});")

    def _locate(self, s: ir.Locate) -> None:
        f = self.frame
        arguments = {
            "LINK": f"{f.data}, cap, link",
            "IP": f"&{f.stage('LINK')}, {f.data}, cap",
            "IP6": f"&{f.stage('LINK')}, {f.data}, cap",
            "L4": f"&{f.stage('IP')}, &{f.stage('IP6')}, cap",
        }[s.stage]
        self.out.line(f"{f.stage(s.stage)} = ffpf_locate_{STAGES[s.stage]}({arguments});")

    def _if(self, s: ir.If) -> None:
        condition = self._condition(s.condition).text
        if s.likely is not None:
            condition = f"{'FFPF_LIKELY' if s.likely else 'FFPF_UNLIKELY'}({condition})"
        if len(s.then) == 1 and isinstance(s.then[0], ir.Leave) and not s.otherwise:
            self.out.line(f"if ({condition})")
            self.out.line(f"  goto {s.then[0].label};")
            return
        with self.out.block(f"if ({condition})"):
            self.body(s.then)
        if s.otherwise:
            with self.out.block("else"):
                self.body(s.otherwise)

    def _switch(self, s: ir.Switch) -> None:
        value = self.expressions.emit(s.value)
        if is_truth(s.value):
            value = cast(s.value.type, value)  # compilers warn of a switch over a comparison
        with self.out.block(f"switch ({value.text})"):
            for values, body in s.cases:
                labels = [f"case {self.text(ir.Const(s.value.type, v))}:" for v in values]
                for label in labels[:-1]:
                    self.out.line(label)
                self._case(labels[-1], body)
            self._case("default:", s.default)

    def _case(self, label: str, body: ir.Body) -> None:
        with self.out.block(label):
            self.body(body)
            if not body or falls_through(body[-1]):
                self.out.line("break;")

    def _return(self, s: ir.Return) -> None:
        if self.frame.part == 0 and not self.survey.wide:
            self.out.line(f"return {self.text(s.value)};")
            return
        self.ends.add("done")
        self.out.line(f"verdict{self.frame.part} = {self.text(s.value)};")
        self.out.line(f"goto {self.frame.end('done')};")

    def _part(self, s: ir.Part) -> None:
        frame = Frame(s.number, self.frame.prefix, next(self.copies))
        inner = Statements(self.program, self.survey, frame, self.out, self.set_test, self.copies)
        with self.out.block(""):
            inner.run(s.body, self.frame)
        if self.survey.writes:
            # The body may have delivered these bytes: the next write of this run needs new ones.
            self.out.line(f"{self.frame.own} = NULL;")

    def run(self, body: ir.Body, outer: Frame | None) -> None:
        """A whole run: its variables, its body, and where it ends."""
        self._variables(outer)
        self.body(body)
        part = self.frame.part
        if part == 0 and not self.survey.wide:
            self.out.line("return 0;")
        else:
            if "done" in self.ends:
                self.out.label(self.frame.end("done"))
            arguments = f"context, number, {part}u, verdict{part}, {self.frame.data}"
            self.out.line(f"ffpf_deliver({arguments});")
            self.out.line("return;" if part == 0 else f"goto {self.frame.end('over')};")
        self._aborts()
        if part:
            self.out.label(self.frame.end("over"))

    def _aborts(self) -> None:
        part = self.frame.part
        for reason in sorted(self.ends - {"done"}):
            self.out.label(self.frame.end(reason))
            self.out.line(f"context->aborts[FFPF_{reason.upper()}]++;")
            if part:
                self.out.line(f"goto {self.frame.end('over')};")
            else:
                self.out.line("return;" if self.survey.wide else "return 0;")

    def _variables(self, outer: Frame | None) -> None:
        f, out = self.frame, self.out
        out.line(f"const uint8_t *{f.data} = {outer.data if outer else 'packet->data'};")
        out.line(f"(void){f.data};")
        if self.survey.writes:
            out.line(f"uint8_t *{f.own} = NULL;")
            out.line(f"(void){f.own};")
        if f.part or self.survey.wide:
            out.line(f"uint32_t verdict{f.part} = 0;")
        if f.part:
            out.line("context->runs++;")
        if f.part in self.survey.budgets:
            out.line(f"uint32_t {f.budget} = {self.program.loop_budget}u;")
        for stage in self.survey.stages.get(f.part, ()):
            initial = outer.stage(stage) if outer else "{0}"
            out.line(f"{_STAGE_TYPES[stage]} {f.stage(stage)} = {initial};")
            out.line(f"(void){f.stage(stage)};")

    def _transmit(self, s: ir.Transmit) -> None:
        f = self.frame
        if s.table == "Node":
            return self._send(s)
        start = f"context, number, {f.data}, cap, {f.prefix}tx_{s.table.lower()}[{self.text(s.index)}]"
        if s.table == "Ip":
            stages = f"&{f.stage('LINK')}, &{f.stage('L4')}"
            hop = self.text(s.index)
            table = f"{f.prefix}tx_ip[{hop}]"
            family = "6" if self.program.tx_ip.ipv6 else ""
            self.out.line(f"ffpf_transmit_ip{family}(context, number, {f.data}, cap, {table}, {stages});")
        elif s.id is None:
            self.out.line(f"ffpf_transmit_mac({start});")
        else:
            assert s.state is not None
            assigned, value = (self.text(e) for e in s.state)
            self.out.line(f"ffpf_transmit_state({start}, {self.text(s.id)}, {assigned}, {value});")
        return None

    def _send(self, s: ir.Transmit) -> None:
        f = self.frame
        assert s.id is not None and s.state is not None
        words = ", ".join(self.text(word) for word in s.state)
        with self.out.block(""):
            self.out.line(f"const uint32_t words[{len(s.state)}] = {{{words}}};")
            place = f"{self.text(s.index)}, {self.text(s.id)}"
            self.out.line(f"ffpf_send(context, number, {f.data}, {place}, {len(s.state)}u, words);")
        if self.survey.writes:
            # The bytes are on their way: the next write of this run needs new ones.
            self.out.line(f"{f.own} = NULL;")

    def _call(self, s: ir.Call) -> None:
        f = self.frame
        data = "NULL"
        if s.function.packet == "write":
            self._own()
            data = f.own
        elif s.function.packet == "read":
            data = f"(uint8_t *)(uintptr_t){f.data}"
        with self.out.block(""):
            self.out.line(f"struct ffpf_frame frame = {{{data}, cap, packet->len, link}};")
            given = [self.text(a) for a in s.arguments]
            self._watched(s, given)

    def _watched(self, s: ir.Call, given: list[str]) -> None:
        """The call; a sanitizer build checks that it does what its declaration says."""
        function, array = s.function, None
        if s.array is not None:
            array = f"ffpf_elements(state->a_{s.array.name}, {s.array.size}, {s.array.type.bits})"
        call = f"{function.c_function}({instances.arguments(s.instance, given, array)})"
        start, length = instances.guarded(function.range, [p.name for p in function.parameters], given)
        shown = c_string(s.instance.extern.name)
        self.out.line(f"FFPF_WATCH(frame, {start}, {length});")
        self.out.line(f"{s.result.name} = {call};" if s.result else f"(void){call};")
        if function.pure and s.result and s.array is None:
            self.out.line(f"FFPF_SAME({s.result.name}, {call}, {shown});")
        self.out.line(f"FFPF_WATCHED(frame, {int(function.packet == 'write')}, {shown});")
