"""Rows by number: fetching them, and adding to them."""

import numpy as np

from ...parallel import hand_out, share
from . import _jobs
from ._jit import int64, intrinsic, ir, jit, jit_is_off, void

__all__ = ["embedding", "embedding_backward"]

GRAIN = 1 << 15  # elements that are worth a thread's while


if jit_is_off:

    def _copy(source, at, to, into, count):
        to[into : into + count] = source[at : at + count]

else:

    @intrinsic
    def _copy(context, source, at, to, into, count):
        """The C library's memcpy: a loop over a row asks at each row how long it is, and takes half as long again"""

        def generate(context, builder, signature, arguments):
            def place(array, at):
                data = context.make_array(signature.args[array])(context, builder, arguments[array]).data
                return builder.bitcast(builder.gep(data, [arguments[at]]), ir.IntType(8).as_pointer())

            size = builder.mul(arguments[4], ir.Constant(ir.IntType(64), signature.args[0].dtype.bitwidth // 8))
            kinds = [ir.IntType(8).as_pointer()] * 2 + [ir.IntType(64)]
            copy = builder.module.declare_intrinsic("llvm.memcpy", kinds)
            builder.call(copy, [place(2, 3), place(0, 1), size, ir.Constant(ir.IntType(1), 0)])
            return context.get_dummy_value()

        return void(source, int64, to, int64, int64), generate


@jit
def _take(weight, indices, y, width, first, last):
    """weight and y seen as flat"""
    for i in range(first, last):
        _copy(weight, indices[i] * width, y, i * width, width)


@jit
def _add_rows(g, indices, result, first, last):
    """To rows [first, last) only, in the order of the indices: so each thread has rows of its own"""
    for row in range(first, last):
        out = result[row]
        for k in range(out.size):
            out[k] = 0
    for i in range(indices.size):
        row = indices[i]
        if first <= row < last:
            source, out = g[i], result[row]
            for k in range(out.size):
                out[k] += source[k]


_take_job, _add_rows_job = _jobs.job_of(_take), _jobs.job_of(_add_rows)


@jit
def _hand_out_take(lines, box, extent, weight, indices, y, width):
    _jobs.hand_out(lines, box, extent, _take_job(box, (weight, indices, y, width)))


@jit
def _hand_out_add_rows(lines, box, extent, g, indices, result):
    _jobs.hand_out(lines, box, extent, _add_rows_job(box, (g, indices, result)))


def _line(indices):
    return np.ascontiguousarray(indices, np.int64).reshape(-1)


def embedding(weight, indices):
    """weight (V,D), indices (...), all of them in range -> (..., D)"""
    flat, y = _line(indices), np.empty((indices.size, weight.shape[1]), weight.dtype)
    grain = max(1, GRAIN // max(1, y.shape[1]))
    if y.size and weight.flags.c_contiguous:
        arguments = weight.reshape(-1), flat, y.reshape(-1), y.shape[1]
        hand_out(_hand_out_take, flat.size, grain, *arguments)
    elif y.size:
        # "clip" because NumPy would fill a buffer first, in case that an index is out of range.
        share(lambda a, b: weight.take(flat[a:b], 0, y[a:b], "clip"), flat.size, grain)
    return y.reshape(*indices.shape, weight.shape[1])


def embedding_backward(g, indices, rows):
    """g (..., D), indices (...) -> (rows, D): rows of a repeated index add up"""
    flat, result = _line(indices), np.empty((rows, g.shape[-1]), g.dtype)
    g = np.ascontiguousarray(g).reshape(flat.size, g.shape[-1])
    grain = max(1, GRAIN * rows // max(1, result.size + g.size))
    hand_out(_hand_out_add_rows, rows, grain, g, flat, result)
    return result
