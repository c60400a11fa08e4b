"""EXTERN name = quantile(precision = 7): the median and other quantiles of values.

`EXTERN(name, value)` counts a value (and says 0); `EXTERN(name.at, permille)` says the quantile: 500 is
the median, 999 the value that all but one in a thousand do not exceed. 0 is the smallest value, 1000 (and
all above) the greatest; without values it is 0.

It is a log-linear histogram: values below 2^(precision + 1) are counted each by itself, larger ones in
buckets, 2^precision of them between a power of two and the next. A quantile is the upper end of the
bucket in which the value of rank ceil(permille / 1000 * count) lies, and not more than the greatest value
seen. So it is never too small, and too large by less than 2^-precision of the true value: 0.8 % at 7,
0.025 % at 12. A count takes one step; a quantile looks at no more than 64 + 2^precision buckets. Memory:
8 bytes a bucket, 59 kilobytes at 7, 1.7 megabytes at 12.

Shown are, of any values, count, min and max (both exact), and the quantiles 500, 900, 990 and 999. A
merge adds the buckets, which gives exactly what one that had seen all values would hold. Counts are 64
bits and start again at 0 beyond.

Sources: G. Tene, HdrHistogram; C. Masson et al., DDSketch: A Fast and Fully-Mergeable Quantile Sketch
with Relative-Error Guarantees, 2019.
"""

from __future__ import annotations

from fpl3.externs import Extern, Function, Number, Options, Parameter, State
from fpl3.types import U32, U64


def _size(options: Options) -> int:
    """The extremes, a sum for each of the first `65 - precision` rows of buckets, and the buckets."""
    precision = options[0]
    assert isinstance(precision, int)
    return 8 * (2 + 64 + (65 - precision << precision))


EXTERN = Extern(
    name="quantile",
    summary="The median and other quantiles of values, each within 2^-precision (a log-linear histogram)",
    functions=(
        Function(
            "",
            (Parameter("value", U64),),
            "quantile_note",
            commutative=True,
            cost=15,
            result=lambda options: (0, 0),
            summary="counts a value; 0",
        ),
        Function(
            "at",
            (Parameter("permille", U32),),
            "quantile_at",
            returns=U64,
            cost=150,
            summary="the value that so many thousandths of the values do not exceed, rounded up",
        ),
    ),
    c_file="ffpf_plugins/externs/quantile/quantile.c",
    reference="ffpf_plugins.externs.quantile.reference:Quantile",
    options=(Number("precision", 1, 12, 7, type=U32),),
    state=State(_size, "quantile_merge", show="quantile_show"),
)
