"""Lowering of statements and of the whole program."""

from __future__ import annotations

from typing import assert_never

from fpl3.check import program as checked
from fpl3.ir import nodes as ir
from fpl3.passes.lowering import packet, writes
from fpl3.passes.lowering.calls import contains_call, lower_call
from fpl3.passes.lowering.conditions import lower_condition
from fpl3.passes.lowering.context import Context, local_name
from fpl3.passes.lowering.expressions import index, lower, lower_argument
from fpl3.passes.lowering.registers import registers_of
from fpl3.passes.lowering.trips import Trips
from fpl3.types import U32


class Statements:
    """Lowers statements; knows which loops need the budget."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.trips = Trips(ctx.program)

    def block(self, body: checked.Block) -> ir.Body:
        with self.ctx.nested() as out:
            for statement in body:
                self.statement(statement)
        return tuple(out)

    def statement(self, s: checked.Statement) -> None:
        match s:
            case checked.Assign():
                writes.assign(self.ctx, s)
            case checked.Update():
                writes.update(self.ctx, s)
            case checked.If():
                self._if(s)
            case checked.For():
                self._for(s)
            case checked.Break():
                self.ctx.emit(self.ctx.leave(s.span, self.ctx.breaks[-1]))
            case checked.Switch():
                self._switch(s)
            case checked.Return():
                self._return(s)
            case checked.Evaluate():
                arguments = [lower_argument(self.ctx, s.call, n) for n in range(len(s.call.arguments))]
                lower_call(self.ctx, s.call, arguments)
            case checked.Transmit():
                self._transmit(s)
            case checked.Split():
                self._split(s)
            case checked.Alert():
                rule = self.ctx.program.rules.index(s.rule)
                self.ctx.emit(ir.Raise(s.span, rule))
            case _:
                assert_never(s)

    def _return(self, s: checked.Return) -> None:
        """`RETURN (condition)` is `IF (condition) THEN RETURN (1); FI RETURN (0)`, so that what is done
        for conditions is done for it."""
        value = s.value
        while isinstance(value, checked.Convert):
            value = value.operand
        if not isinstance(value, checked.TRUTH):
            self.ctx.emit(ir.Return(s.span, ir.Convert(U32, lower(self.ctx, s.value))))
            return
        false = self.ctx.label("zero")
        with self.ctx.nested() as body:
            lower_condition(self.ctx, value, false)
            self.ctx.emit(ir.Return(s.span, ir.Const(U32, 1)))
        self.ctx.emit(ir.Block(s.span, false, tuple(body)))
        self.ctx.emit(ir.Return(s.span, ir.Const(U32, 0)))

    def _if(self, s: checked.If) -> None:
        end = self.ctx.label("end")
        with self.ctx.nested() as out:
            for condition, body in s.branches:
                next_ = self.ctx.label("else")
                with self.ctx.nested() as inside:
                    lower_condition(self.ctx, condition, next_)
                    self.ctx.out.extend(self.block(body))
                    self.ctx.emit(self.ctx.leave(s.span, end))
                self.ctx.emit(ir.Block(condition.span, next_, tuple(inside)))
            self.ctx.out.extend(self.block(s.otherwise))
        self.ctx.emit(ir.Block(s.span, end, tuple(out)))

    def _for(self, s: checked.For) -> None:
        if s.init is not None:
            self.statement(s.init)
        end = self.ctx.label("rof")
        self.ctx.breaks.append(end)
        with self.ctx.nested() as body:
            if s.test is not None:
                lower_condition(self.ctx, s.test, end)
            if self.trips.needs_budget(s):
                self.ctx.emit(ir.Budget(s.span))
            self.ctx.out.extend(self.block(s.body))
            if s.update is not None:
                self.statement(s.update)
        self.ctx.breaks.pop()
        self.ctx.emit(ir.Loop(s.span, end, tuple(body)))

    def _switch(self, s: checked.Switch) -> None:
        value = self.ctx.spilled(s.value.span, lower(self.ctx, s.value))
        cases = tuple((values, self.block(body)) for values, body in s.cases)
        self.ctx.emit(ir.Switch(s.span, value, cases, self.block(s.default)))

    def _transmit(self, s: checked.Transmit) -> None:
        ctx, program = self.ctx, self.ctx.program
        id_ = None if s.id is None else lower(ctx, s.id)
        if id_ is not None and contains_call(s.index):
            id_ = ctx.spilled(s.span, id_)
        hops = {"Mac": program.tx_mac.entries, "Ip": program.tx_ip.entries, "Node": program.tx_node}
        at = index(ctx, s.index, len(hops[s.table]), s.span)
        state: tuple[ir.Expr, ...] | None = None
        if s.table == "Mac":
            width = ir.Const(U32, 6 if s.id is None else 12)
            in_bounds = ir.InBounds(ir.Const(U32, 0), width)
            ctx.emit(ir.Guard(s.span, in_bounds, "out_of_bounds", (0, 0)))
            if s.id is not None:
                # In the program of one node the state words are what crosses links, not what frames get.
                ours = program.node is not None
                assigned = ir.Const(U32, 0) if ours else packet.state_assigned(ctx)
                state = (assigned, packet.state_local(ctx, 0))
        elif s.table == "Node":
            state = tuple(packet.state_local(ctx, word) for word in range(program.state_words))
        else:
            header = "IP6" if program.tx_ip.ipv6 else "IP"
            packet.locate(ctx, s.span, "TX_IP")
            ctx.emit(ir.Guard(s.span, ir.Present(header), "absent_field"))
        ctx.emit(ir.Transmit(s.span, s.table, id_, at, state))

    def _split(self, s: checked.Split) -> None:
        """The body gets copies of the registers it uses; its jumps do not leave the part."""
        ctx = self.ctx
        if s.where is not None:
            # Only its aborts matter on a single node.
            ctx.spilled(s.span, lower(ctx, s.where))
        outer, state, breaks, part = dict(ctx.registers), ctx.state, ctx.breaks, ctx.part
        ctx.breaks, ctx.part, ctx.state = [], s.part, {}
        with ctx.nested() as body:
            for word, local in state.items():
                ctx.emit(ir.SetLocal(s.span, packet.state_local(ctx, word), local))
            for register in registers_of(s.body):
                copy = ctx.declare(local_name(register, s.part), register.type)
                if register in outer:
                    ctx.emit(ir.SetLocal(s.span, copy, outer[register]))
                else:
                    ctx.emit(ir.SetLocal(s.span, copy, ir.Const(register.type, 0)))
                ctx.registers[register] = copy
            ctx.out.extend(self.block(s.body))
        ctx.registers, ctx.state, ctx.breaks, ctx.part = outer, state, breaks, part
        ctx.emit(ir.Part(s.span, s.part, tuple(body)))


def lower_program(program: checked.Checked) -> ir.Program:
    """Checked tree -> IR. Afterwards: every expression is pure, guards stand where the language
    evaluates, no name of a field is left."""
    ctx = Context(program)
    for register in program.registers:
        ctx.register(register)
    if program.node is not None:
        packet.arrived_state(ctx, program.parts[0])
    body = (*ctx.out, *Statements(ctx).block(program.body))
    return ir.Program(
        source=program.source,
        locals=tuple(ctx.locals),
        arrays=program.arrays,
        tables=program.tables,
        sets=tuple(members for members, _ in ctx.sets),
        set_bits=tuple(bits for _, bits in ctx.sets),
        rules=program.rules,
        tx_mac=program.tx_mac,
        tx_ip=program.tx_ip,
        externs=program.externs,
        loop_budget=program.loop_budget,
        hash_function=program.hash_function,
        parts=program.parts,
        tx_node=program.tx_node,
        state_words=program.state_words if program.node is not None else 0,
        body=body,
    )
