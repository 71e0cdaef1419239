"""The innermost loop of direct.py: a block of sums in registers, whose factors are fetched from wherever a table says.

`block(rows, vectors)` makes an intrinsic

    multiply(left, starts, first, left_steps, right, start, right_steps, out, at, pitch)

    out[at + r pitch + v] += sum over k of left[starts[first + r] + left_steps[k]] * right[start + right_steps[k] + v]

for r < rows and v < vectors * lanes(dtype).  All arrays are flat; the tables hold int32.  Twelve sums on their way keep
both of a core's multipliers busy: 4 rows of 3 vectors or 6 of 2, with 7 or 8 loads for 12 multiplications.
"""

import numpy as np

from ._jit import bits_of_vectors, intrinsic, ir, jit_is_off, void
from ._simd import lanes

if jit_is_off:

    def block(rows, vectors):
        def multiply(left, starts, first, left_steps, right, start, right_steps, out, at, pitch):
            width = np.arange(vectors * lanes(right.dtype))
            columns = right[np.minimum(start + right_steps[:, None] + width, right.size - 1)]
            for r in range(rows):
                out[at + r * pitch + width] += left[starts[first + r] + left_steps] @ columns

        return multiply

else:

    def block(rows, vectors):
        def generate(context, builder, signature, arguments):
            kinds, index = signature.args, ir.IntType(64)
            lanes = bits_of_vectors // kinds[0].dtype.bitwidth
            vector = ir.VectorType(context.get_data_type(kinds[0].dtype), lanes)
            zeros, nothing = ir.Constant(vector, [0.0] * lanes), ir.Constant(vector, ir.Undefined)
            spread = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)

            def array(k):
                return context.make_array(kinds[k])(context, builder, arguments[k])

            def entry(table, k):
                return builder.sext(builder.load(builder.gep(table.data, [k])), index)

            def place(pointer, v):
                moved = builder.gep(pointer, [ir.Constant(index, v * lanes)])
                return builder.bitcast(moved, vector.as_pointer())

            left, starts, left_steps, right, right_steps, out = map(array, (0, 1, 3, 4, 6, 7))
            first, start, at, pitch = (arguments[k] for k in (2, 5, 8, 9))
            depth = builder.extract_value(left_steps.shape, 0)
            rights = builder.gep(right.data, [start])
            lefts = [builder.gep(left.data, [entry(starts, builder.add(first, ir.Constant(index, r)))]) for r in range(rows)]
            before, loop, after = builder.block, builder.append_basic_block("loop"), builder.append_basic_block("after")

            builder.branch(loop)
            builder.position_at_end(loop)
            k = builder.phi(index)
            sums = [[builder.phi(vector) for _ in range(vectors)] for _ in range(rows)]
            across, along = entry(left_steps, k), builder.gep(rights, [entry(right_steps, k)])
            factors = [builder.load(place(along, v), align=1) for v in range(vectors)]
            results = []
            for pointer, line in zip(lefts, sums):
                value = builder.load(builder.gep(pointer, [across]))
                value = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
                value = builder.shuffle_vector(value, nothing, spread)
                terms = [builder.fmul(value, factor, flags=("contract",)) for factor in factors]
                results.append([builder.fadd(s, term, flags=("contract",)) for s, term in zip(line, terms)])
            following = builder.add(k, ir.Constant(index, 1))
            builder.cbranch(builder.icmp_signed("<", following, depth), loop, after)
            k.add_incoming(ir.Constant(index, 0), before)
            k.add_incoming(following, loop)
            for line, later in zip(sums, results):
                for s, result in zip(line, later):
                    s.add_incoming(zeros, before)
                    s.add_incoming(result, loop)

            builder.position_at_end(after)
            target = builder.gep(out.data, [at])
            for line in results:
                for v, result in enumerate(line):
                    total = builder.fadd(builder.load(place(target, v), align=1), result)
                    builder.store(total, place(target, v), align=1)
                target = builder.gep(target, [pitch])
            return context.get_dummy_value()

        @intrinsic
        def multiply(context, left, starts, first, left_steps, right, start, right_steps, out, at, pitch):
            return void(left, starts, first, left_steps, right, start, right_steps, out, at, pitch), generate

        return multiply
