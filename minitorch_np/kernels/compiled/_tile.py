"""Innermost loops with their sums in registers, which LLVM's vectoriser does not find by itself.

`product` is for matrix products so small that calling BLAS costs too much: within a time step, say, while another thread
takes its own steps (every return from BLAS to Python would ask for the GIL).  The right factor is packed once into panels
of WIDTH columns, (panels, K, WIDTH) with zeros behind the last column.  A row's result does not depend on its company.
`weighted` is for filters without a matrix product in them.
"""

import numpy as np

from ._jit import bits_of_vectors, intrinsic, ir, jit, jit_is_off, void

LANES = bits_of_vectors // 32  # float32 numbers in a register
WIDTH = 2 * LANES  # columns of a panel
SPAN = 4 * LANES  # neighbours that `weighted` computes: four vectors, or eight of float64
ROWS = 4  # times two vectors: eight sums on their way hide the four cycles that each addition takes

if jit_is_off:

    def _one(a, row, panels, panel, out):
        out[row, panel * WIDTH : (panel + 1) * WIDTH] = a[row] @ panels[panel]

    def _few(a, row, panels, panel, out):
        for r in range(row, row + ROWS):
            _one(a, r, panels, panel, out)

    def weighted(flat, at, offsets, weights, bias, out):
        """out[k] = bias + sum over the taps of weight * flat[k + offset], for k in at, ..., at + SPAN - 1"""
        end = min(at + SPAN, flat.size - offsets.max())  # what lies behind is not used
        out[at:end] = bias + sum(w * flat[at + o : end + o] for w, o in zip(weights, offsets))

else:

    def _tile(rows):
        """tile(a, row, panels, panel, out): out[row : row + rows, the panel's columns] = a[row : row + rows] @ panel"""
        vector, index = ir.VectorType(ir.FloatType(), LANES), ir.IntType(64)
        zeros, nothing = ir.Constant(vector, [0.0] * LANES), ir.Constant(vector, ir.Undefined)
        spread = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        both = range(2)  # vectors of a panel's row

        def generate(context, builder, signature, arguments):
            def place(data, at):
                return builder.bitcast(builder.gep(data, [at]), vector.as_pointer())

            def times(number, constant):
                return builder.mul(number, ir.Constant(index, constant))

            def plus(number, constant):
                return builder.add(number, ir.Constant(index, constant))

            a, panels, out = (context.make_array(signature.args[k])(context, builder, arguments[k]) for k in (0, 2, 4))
            row, panel = arguments[1], arguments[3]
            depth, width = (builder.extract_value(array.shape, 1) for array in (a, out))
            lines = [builder.mul(plus(row, r), depth) for r in range(rows)]
            before, loop, after = builder.block, builder.append_basic_block("loop"), builder.append_basic_block("after")

            builder.branch(loop)
            builder.position_at_end(loop)
            k = builder.phi(index)
            sums = [[builder.phi(vector) for _ in both] for _ in lines]
            at = times(builder.add(builder.mul(panel, depth), k), WIDTH)
            right = [builder.load(place(panels.data, plus(at, v * LANES)), align=4) for v in both]
            results = []
            for line, pair in zip(lines, sums):
                value = builder.load(builder.gep(a.data, [builder.add(line, k)]))
                left = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
                left = builder.shuffle_vector(left, nothing, spread)
                terms = [builder.fmul(left, b, flags=("contract",)) for b in right]
                results.append([builder.fadd(s, term, flags=("contract",)) for s, term in zip(pair, terms)])
            following = plus(k, 1)
            builder.cbranch(builder.icmp_signed("<", following, depth), loop, after)
            for phi, first, later in [(k, ir.Constant(index, 0), following)] + [
                (sums[r][v], zeros, results[r][v]) for r in range(rows) for v in both
            ]:
                phi.add_incoming(first, before)
                phi.add_incoming(later, loop)

            builder.position_at_end(after)
            for r in range(rows):
                start = builder.add(builder.mul(plus(row, r), width), times(panel, WIDTH))
                for v in both:
                    builder.store(results[r][v], place(out.data, plus(start, v * LANES)), align=4)
            return context.get_dummy_value()

        @intrinsic
        def tile(context, a, row, panels, panel, out):
            return void(a, row, panels, panel, out), generate

        return tile

    @intrinsic
    def weighted(context, flat, at, offsets, weights, bias, out):
        """out[k] = bias + sum over the taps of weight * flat[k + offset], for k in at, ..., at + SPAN - 1"""
        vectors = range(0, SPAN, bits_of_vectors // flat.dtype.bitwidth)  # where each begins

        def generate(context, builder, signature, arguments):
            number, index = context.get_data_type(signature.args[0].dtype), ir.IntType(64)
            vector = ir.VectorType(number, SPAN // len(vectors))

            def place(data, at, v):
                return builder.bitcast(builder.gep(data, [builder.add(at, ir.Constant(index, v))]), vector.as_pointer())

            def spread(value):
                nothing = ir.Constant(vector, ir.Undefined)
                one = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
                zeros = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
                return builder.shuffle_vector(one, nothing, zeros)

            flat, offsets, weights, out = (
                context.make_array(signature.args[k])(context, builder, arguments[k]) for k in (0, 2, 3, 5)
            )
            at, bias = arguments[1], spread(arguments[4])
            before, loop, after = builder.block, builder.append_basic_block("loop"), builder.append_basic_block("after")
            builder.branch(loop)
            builder.position_at_end(loop)
            tap = builder.phi(index)
            sums = [builder.phi(vector) for _ in vectors]
            weight = spread(builder.load(builder.gep(weights.data, [tap])))
            start = builder.add(at, builder.load(builder.gep(offsets.data, [tap])))
            results = []
            for v, s in zip(vectors, sums):
                term = builder.fmul(weight, builder.load(place(flat.data, start, v), align=4), flags=("contract",))
                results.append(builder.fadd(s, term, flags=("contract",)))
            following = builder.add(tap, ir.Constant(index, 1))
            builder.cbranch(builder.icmp_signed("<", following, builder.extract_value(offsets.shape, 0)), loop, after)
            tap.add_incoming(ir.Constant(index, 0), before)
            tap.add_incoming(following, loop)
            for s, result in zip(sums, results):
                s.add_incoming(bias, before)
                s.add_incoming(result, loop)
            builder.position_at_end(after)
            for v, result in zip(vectors, results):
                builder.store(result, place(out.data, at, v), align=4)
            return context.get_dummy_value()

        return void(flat, at, offsets, weights, bias, out), generate

    _few, _one = _tile(ROWS), _tile(1)


def packed(w):
    """w (K,M) -> its panels (panels, K, WIDTH)"""
    k, m = w.shape
    count = -(-m // WIDTH)
    padded = np.zeros((k, count * WIDTH), np.float32)
    padded[:, :m] = w
    return np.ascontiguousarray(padded.reshape(k, count, WIDTH).swapaxes(0, 1))


@jit
def product(a, rows, panels, out):
    """The first rows of a (N,K), K > 0, times panels -> those of out (N, panels * WIDTH); all without gaps"""
    for panel in range(panels.shape[0]):
        row = 0
        while row + ROWS <= rows:
            _few(a, row, panels, panel, out)
            row += ROWS
        while row < rows:
            _one(a, row, panels, panel, out)
            row += 1
