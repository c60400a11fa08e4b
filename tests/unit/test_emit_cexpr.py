"""C expressions: parentheses where C needs them, no warning, and the value that the IR has."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffpf_plugins.pc.expressions import Expressions
from ffpf_plugins.pc.names import Frame
from ffpf_plugins.pc.target import runtime_files
from fpl3.emit import cexpr
from fpl3.emit.cexpr import BINARY, C, binary, cast, constant, unary
from fpl3.ir import evaluate
from fpl3.ir import nodes as ir
from fpl3.ir.walk import rewrite
from fpl3.passes.fold import fold_expression
from fpl3.types import I32, I64, U32, U64, IntType

TYPES = [I32, U32, I64, U64]
EDGES = [0, 1, -1, 2, 7, 31, 32, 33, 63, 64, 255, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63]
STRICT = ("-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined", "-fno-sanitize-recover")

# Precedence: printed, then read by a parser of its own ---------------------------------------------


@dataclass(frozen=True)
class Tree:
    op: str
    operands: tuple[Tree, ...] = ()


def trees() -> st.SearchStrategy[Tree]:
    leaves = st.sampled_from("abc").map(Tree)

    def bigger(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        twos = st.tuples(st.sampled_from(sorted(BINARY)), st.tuples(inner, inner))
        ones = st.tuples(st.sampled_from(["-", "!", "~", "(uint32_t)"]), st.tuples(inner))
        return (twos | ones).map(lambda pair: Tree(*pair))

    return st.recursive(leaves, bigger, max_leaves=24)


def shown(tree: Tree) -> C:
    operands = [shown(o) for o in tree.operands]
    if not operands:
        return C(tree.op)
    if tree.op == "(uint32_t)":
        return cast(U32, operands[0])
    return unary(tree.op, operands[0]) if len(operands) == 1 else binary(tree.op, *operands)


class Parser:
    """C's expression grammar (C11 6.5), as far as it is printed here; precedences by hand."""

    LEVELS = ("||", "&&", "|", "^", "&", "== !=", "< <= > >=", "<< >>", "+ -", "* / %")

    def __init__(self, text: str) -> None:
        self.tokens = re.findall(r"uint32_t|[abc]|<<|>>|[<>=!]=|&&|\|\||[-+*/%&|^<>!~()]", text)
        assert "".join(self.tokens) == text.replace(" ", "")

    def parse(self) -> Tree:
        tree = self.level(0)
        assert not self.tokens
        return tree

    def level(self, number: int) -> Tree:
        if number == len(self.LEVELS):
            return self.prefix()
        left = self.level(number + 1)
        while self.tokens and self.tokens[0] in self.LEVELS[number].split():
            op = self.tokens.pop(0)
            left = Tree(op, (left, self.level(number + 1)))
        return left

    def prefix(self) -> Tree:
        token = self.tokens.pop(0)
        if token == "(" and self.tokens[0] == "uint32_t":
            del self.tokens[:2]
            return Tree("(uint32_t)", (self.prefix(),))
        if token == "(":
            inner = self.level(0)
            assert self.tokens.pop(0) == ")"
            return inner
        return Tree(token) if token in "abc" else Tree(token, (self.prefix(),))


@given(trees())
def test_what_is_printed_is_what_was_meant(tree: Tree) -> None:
    assert Parser(shown(tree).text).parse() == tree


def test_no_two_minus_signs_meet() -> None:
    """`--a` is another operator."""
    assert shown(Tree("-", (Tree("-", (Tree("a"),)),))).text == "-(-a)"
    assert "--" not in binary("-", C("a"), constant(I32, -1)).text.replace(" ", "")


def test_few_parentheses() -> None:
    left = Tree("+", (Tree("+", (Tree("a"), Tree("b"))), Tree("*", (Tree("a"), Tree("c")))))
    assert shown(left).text == "a + b + a * c"


# Values: printed, compiled, run -----------------------------------------------------------------


class Maker:
    """Random IR without packet and memory, and its value by the rules of the language."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def value(self, of: IntType, depth: int) -> tuple[ir.Expr, int]:
        kind = self.rng.randrange(10) if depth else 0
        if kind < 2:
            number = of.wrap(self.rng.choice(EDGES) + self.rng.randrange(3))
            return ir.Const(of, number), number
        if kind == 2:
            operand, value = self.value(of, depth - 1)
            op = self.rng.choice("-~")
            return ir.Unary(of, op, operand), evaluate.unary(op, of, value)
        if kind < 5:
            source = self.rng.choice([*TYPES, IntType(8, False), IntType(16, True)])
            operand, value = self.narrow(source, depth - 1)
            return ir.Convert(of, operand), of.wrap(value)
        if kind == 5:
            truth, value = self.truth(depth - 1)
            return ir.Convert(of, truth), value
        return self.binary(of, depth)

    def narrow(self, of: IntType, depth: int) -> tuple[ir.Expr, int]:
        if of.bits >= 32:
            return self.value(of, depth)
        operand, value = self.value(self.rng.choice(TYPES), depth)
        return ir.Convert(of, operand), of.wrap(value)

    def binary(self, of: IntType, depth: int) -> tuple[ir.Expr, int]:
        op = self.rng.choice(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "MAX", "MIN"])
        left, a = self.value(of, depth - 1)
        right, b = self.value(self.rng.choice(TYPES) if op in ("<<", ">>") else of, depth - 1)
        if op in ("/", "%") and b == 0:
            op = "+"
        total = op in ("<<", ">>") and (not 0 <= b < of.bits or self.rng.random() < 0.5)
        return ir.Binary(of, op, left, right, total), evaluate.binary(op, of, a, b)

    def truth(self, depth: int) -> tuple[ir.Expr, int]:
        kind = self.rng.randrange(7) if depth else 0
        if kind < 2:
            of = self.rng.choice(TYPES)
            op = self.rng.choice(["==", "!=", "<", "<=", ">", ">="])
            left, a = self.value(of, max(0, depth - 1))
            right, b = self.value(of, max(0, depth - 1))
            return ir.Compare(op, left, right), evaluate.compare(op, a, b)
        if kind == 2:
            operand, value = self.truth(depth - 1)
            return ir.Not(operand), 1 - value
        if kind == 3:
            operand, value = self.value(self.rng.choice(TYPES), depth - 1)
            limit = self.rng.choice([1, 7, 2**31, 2**40])
            return ir.Below(operand, limit), int(0 <= value < limit)
        terms = [self.truth(depth - 1) for _ in range(self.rng.randrange(1, 4))]
        joined = self.rng.choice([ir.All, ir.Any, ir.AndThen, ir.OrElse])
        every = joined in (ir.All, ir.AndThen)
        values = [v for _, v in terms]
        return joined(tuple(t for t, _ in terms)), int(all(values) if every else any(values))


def variables(e: ir.Expr, names: dict[str, ir.Const], rng: random.Random) -> ir.Expr:
    """The expression with most constants in variables, so that nobody can compute it beforehand."""

    def change(node: ir.Expr) -> ir.Expr:
        if not isinstance(node, ir.Const) or rng.random() < 0.3:
            return node
        name = f"v{len(names)}"
        names[name] = node
        return ir.Local(node.type, name)

    return rewrite(e, change)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_values(seed: int, compiler: str, tmp_path: Path) -> None:
    """400 folded expressions: gcc's value, without undefined behaviour or warning, is Python's."""
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler} on this machine")
    rng = random.Random(seed)
    maker, expected = Maker(rng), []
    printer = Expressions(Frame(0, ""), lambda number, operands: C("0"), "CRC32C")
    text = ['#include "ffpf_program.h"', "#include <stdio.h>"]
    for number in range(400):
        of = rng.choice(TYPES)
        e, value = maker.value(of, 4)
        names: dict[str, ir.Const] = {}
        assert rewrite(e, fold_expression) == ir.Const(of, value)
        e = rewrite(variables(e, names, rng), fold_expression)
        declared = "".join(
            f"volatile {cexpr.ctype(c.type)} {n} = {constant(c.type, c.value).text}; (void){n}; "
            for n, c in names.items()
        )
        body = f"{declared}return ({cexpr.ctype(of)})({printer.emit(e).text});"
        text.append(f"static {cexpr.ctype(of)} f{number}(void) {{ {body} }}")
        expected.append(value & (1 << 64) - 1)
    calls = "".join(f'printf("%llu\\n", (unsigned long long)f{n}());' for n in range(400))
    text.append(f"int main(void) {{ {calls} return 0; }}")
    for name, content in runtime_files(()).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "values.c").write_text("\n".join(text))
    done = subprocess.run(
        [compiler, *STRICT, "-Wno-unused-function", "-o", "values", "values.c"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[:3000]
    ran = subprocess.run([tmp_path / "values"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[:3000]
    assert list(map(int, ran.stdout.split())) == expected
