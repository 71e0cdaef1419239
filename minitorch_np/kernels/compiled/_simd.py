"""Straight-line vector code, written once: as LLVM instructions where Numba compiles, as NumPy where it does not.

LLVM's vectoriser needs long loops; it makes scalar code of the seven tiles in a row of a small image, and keeps the
sums of a matrix product in memory.  Functions for `in_llvm` and `in_numpy` say themselves what is a vector:

    def body(x, at, y, into):                  # arrays without gaps, seen as flat, and positions in them
        a, b = x.load(at), x.load(at + 8)      # LANES neighbours each (half as many of float64)
        y.store(into, a + b)

`accumulate(count, terms)` is the only loop, for matrix products, and LLVM's alone: it adds terms(0), ..., terms(count - 1),
lists of vectors, in registers; `fold` does the same with another operation.
"""

import numpy as np

from ._jit import bits_of_vectors, intrinsic, ir, jit_is_off, void

INDEX = ir.IntType(64)
ORDER_KEPT = ("contract",)  # a product and a sum may become one instruction


def lanes(dtype) -> int:
    """How many numbers of this NumPy dtype a vector has."""
    return bits_of_vectors // 8 // np.dtype(dtype).itemsize


class _Flat:
    """An array in NumPy's world."""

    def __init__(self, array):
        self.flat, self.lanes, self.start = array.reshape(-1), lanes(array.dtype), 0

    def load(self, at):
        return self.flat[at : at + self.lanes].copy()

    def store(self, at, vector):
        self.flat[at : at + self.lanes] = vector


class _Value:
    """A number or a vector in LLVM's world; written as in Python."""

    def __init__(self, builder, value):
        self.builder, self.value = builder, value
        self.whole = isinstance(value.type, ir.IntType)

    def _with(self, other, of_whole, of_real):
        if not isinstance(other, _Value):
            kind = self.value.type
            other = _Value(self.builder, ir.Constant(kind, other if self.whole else [other] * kind.count))
        if self.whole:
            return _Value(self.builder, getattr(self.builder, of_whole)(self.value, other.value))
        return _Value(self.builder, getattr(self.builder, of_real)(self.value, other.value, flags=ORDER_KEPT))

    def __add__(self, other):
        return self._with(other, "add", "fadd")

    def __sub__(self, other):
        return self._with(other, "sub", "fsub")

    def __mul__(self, other):
        return self._with(other, "mul", "fmul")

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return _Value(self.builder, self.builder.fneg(self.value))

    def at_most(self, number):
        """The smaller of a position and a number"""
        limit = ir.Constant(INDEX, number)
        return _Value(self.builder, self.builder.select(self.builder.icmp_signed("<", self.value, limit), self.value, limit))

    def mixed(self, other, places):
        """The elements at these places of both, one behind the other"""
        mask = ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)
        return _Value(self.builder, self.builder.shuffle_vector(self.value, other.value, mask))

    def unless(self, flag):
        """Zeros if the whole number `flag` is not 0"""
        forget = self.builder.icmp_signed("!=", flag.value, ir.Constant(INDEX, 0))
        return _Value(self.builder, self.builder.select(forget, ir.Constant(self.value.type, None), self.value))

    def larger(self, other):
        """The larger of each pair; `other`'s where one is NaN"""
        builder = self.builder
        return _Value(builder, builder.select(builder.fcmp_ordered(">", self.value, other.value), self.value, other.value))


def transposed(rows):
    """As many vectors as each has elements: element i of vector j becomes element j of vector i"""
    if isinstance(rows[0], np.ndarray):
        return list(np.array(rows).T)
    rows, places, distance = list(rows), range(len(rows)), len(rows) // 2
    while distance:  # blocks of this size change places across the diagonal
        for i in places:
            if not i & distance:
                a, b = rows[i], rows[i + distance]
                rows[i] = a.mixed(b, [p + (len(rows) - distance if p & distance else 0) for p in places])
                rows[i + distance] = a.mixed(b, [p + (len(rows) if p & distance else distance) for p in places])
        distance //= 2
    return rows


class _Memory:
    """An array in LLVM's world."""

    def __init__(self, context, builder, kind, value):
        self.context, self.builder = context, builder
        self.data = context.make_array(kind)(context, builder, value).data
        self.number = context.get_data_type(kind.dtype)
        self.lanes = bits_of_vectors // kind.dtype.bitwidth
        self.vector = ir.VectorType(self.number, self.lanes)
        self.start = _Value(builder, ir.Constant(INDEX, 0))

    def _at(self, at):
        return self.builder.gep(self.data, [at.value])

    def _place(self, at):
        return self.builder.bitcast(self._at(at), self.vector.as_pointer())

    def load(self, at):
        return _Value(
            self.builder, self.builder.load(self._place(at), align=self.number.get_abi_size(self.context.target_data))
        )

    def spread(self, at):
        nothing, first = ir.Constant(self.vector, ir.Undefined), ir.Constant(ir.IntType(32), 0)
        one = self.builder.insert_element(nothing, self.builder.load(self._at(at)), first)
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return _Value(self.builder, self.builder.shuffle_vector(one, nothing, zeros))

    def store(self, at, vector):
        self.builder.store(vector.value, self._place(at), align=self.number.get_abi_size(self.context.target_data))

    def accumulate(self, count, terms):
        """The sums of terms(0), ..., terms(count - 1)"""
        return self.fold(count, terms, None, lambda total, term: total + term)

    def fold(self, count, terms, first, combine):
        """combine(..., combine(first, terms(0)), ..., terms(count - 1)), vector by vector; first None: zeros; count > 0"""
        builder = self.builder
        before, loop, after = builder.block, builder.append_basic_block("loop"), builder.append_basic_block("after")
        builder.branch(loop)
        builder.position_at_end(loop)
        k = builder.phi(INDEX)
        new, totals = terms(_Value(builder, k)), []
        last = builder.block  # the loop's own, unless `terms` has loops
        for _ in new:
            builder.position_at_start(loop)
            totals.append(builder.phi(self.vector))
        builder.position_at_end(last)
        results = [combine(_Value(builder, total), term).value for total, term in zip(totals, new)]
        following = builder.add(k, ir.Constant(INDEX, 1))
        builder.cbranch(builder.icmp_signed("<", following, count.value), loop, after)
        k.add_incoming(ir.Constant(INDEX, 0), before)
        k.add_incoming(following, last)
        for at, (total, result) in enumerate(zip(totals, results)):
            total.add_incoming(first[at].value if first else ir.Constant(self.vector, [0.0] * self.lanes), before)
            total.add_incoming(result, last)
        builder.position_at_end(after)
        return [_Value(builder, result) for result in results]


def in_llvm(body):
    """What an intrinsic generates: `body` on the arguments, arrays as memory and integers as positions."""

    def generate(context, builder, signature, arguments):
        wrapped = []
        for kind, value in zip(signature.args, arguments):
            if hasattr(kind, "layout"):
                wrapped.append(_Memory(context, builder, kind, value))
            else:
                wrapped.append(_Value(builder, value if value.type == INDEX else builder.sext(value, INDEX)))
        body(*wrapped)
        return context.get_dummy_value()

    return generate


def in_numpy(body):
    """The same as an ordinary function."""
    return lambda *arguments: body(*[_Flat(a) if isinstance(a, np.ndarray) else a for a in arguments])


# The largest of `count` runs of four vectors of `row` from `at` on, lane by lane -> largest; a NaN may be overlooked.

if jit_is_off:

    def largest_lanes(row, at, count, largest):
        runs = row[at : at + count * 4 * len(largest)].reshape(count * 4, -1)
        largest[...] = runs[0] if np.isnan(runs[0]).any() else np.fmax.reduce(runs)

else:

    def _four_at_a_time(row, at, count, largest):
        def run(k):
            return [row.load(at + k * 4 * row.lanes + v * row.lanes) for v in range(4)]

        a, b, c, d = row.fold(count, run, [row.load(at)] * 4, lambda best, term: term.larger(best))
        largest.store(largest.start, a.larger(b).larger(c.larger(d)))

    @intrinsic
    def largest_lanes(context, row, at, count, largest):
        return void(row, at, count, largest), in_llvm(_four_at_a_time)
