"""Handing a kernel's shares to the pool's threads without the GIL: from one compiled function to another.

A kernel of some 50 microseconds gains nothing from a second thread that needs 20 to get hold of Python.  The threads of the
pool spin in compiled code (_spin.py); here they are told the address of a function and of its arguments, and call it:

    def _work(first, last, x, y): ...                # items [first, last); compiled as a part of _start

    _job = job(_work)

    @jit
    def _start(lines, box, extent, x, y):            # what parallel.hand_out calls
        hand_out(lines, box, extent, _job(box, (x, y)))

    parallel.hand_out(_start, extent, grain, x, y)

Where the work is a kernel, work(x, y, first, last), `job_of` takes the place of `job`: it then has @jit's options;
and `job_on_pieces` where it is work(x, y) on lines.

A kernel that is linked into its starter is optimised once more there, which takes as long as to compile it.  Where few need
the starter, work calls the kernel by its address, which comes with the arguments: call_at(address, (x, y)).  The types that
`address_of` was told must be those of the call: nobody asks.

Each starter is written out: made by a function it would hold its job in a closure, whose identity is another in every
process, and Numba's cache would never know it again.

`lines` has a row per helping thread, `box` is memory for the arguments' addresses and numbers.
"""

import numpy as np

from ...parallel import BOX
from ._jit import int64, intrinsic, ir, jit, jit_is_off, types, void

if jit_is_off:

    def job(function):
        return lambda box, arguments: (function, arguments)

    def job_of(kernel):
        return lambda box, arguments: (lambda first, last, *rest: kernel(*rest, first, last), arguments)

    def job_on_pieces(kernel):
        def on_pieces(first, last, *arguments):
            kernel(*[a[first:last] if isinstance(a, np.ndarray) else a for a in arguments])

        return lambda box, arguments: (on_pieces, arguments)

    def hand_out(lines, box, extent, work):
        function, arguments = work
        function(0, extent, *arguments)

    def address_of(kernel, *kinds):
        return kernel

    def call_at(kernel, arguments):
        kernel(*arguments)

else:
    from ._spin import DONE, call, raise_to, take, wait

    def job(function):
        """The intrinsic  address(box, arguments)

        It puts the arguments into the box, and returns the address of a function that takes them out of such a box and
        calls function(first, last, *arguments).
        """

        def calls(context, builder, kinds, limits, arguments):
            applied = types.void(int64, int64, *kinds)
            compiled = context.compile_subroutine(builder, function, applied)
            context.call_internal_no_propagate(builder, compiled.fndesc, applied, [*limits, *arguments])

        return _address(function.__name__, calls)

    def job_of(kernel):
        """As job, but calls kernel(*arguments, first, last), which is jitted"""

        def calls(context, builder, kinds, limits, arguments):
            applied = types.void(*kinds, int64, int64)
            compiled = kernel.get_compile_result(applied)
            context.active_code_library.add_linking_library(compiled.library)
            context.call_internal_no_propagate(builder, compiled.fndesc, applied, [*arguments, *limits])

        return _address(kernel.__name__, calls)

    def job_on_pieces(kernel):
        """As job_of, but calls kernel(*arguments) with items [first, last) of every array, all of them lines or empty"""

        def calls(context, builder, kinds, limits, arguments):
            pieces = []
            for kind, value in zip(kinds, arguments):
                if isinstance(kind, types.Array):
                    array = context.make_array(kind)(context, builder, value)
                    size = array.nitems
                    empty = builder.icmp_signed("==", size, size.type(0))
                    first, count = (builder.select(empty, size, n) for n in (limits[0], builder.sub(limits[1], limits[0])))
                    array.data, array.nitems = builder.gep(array.data, [first]), count
                    array.shape = builder.insert_value(array.shape, count, 0)
                    value = array._getvalue()
                pieces.append(value)
            applied = types.void(*kinds)
            compiled = kernel.get_compile_result(applied)
            context.active_code_library.add_linking_library(compiled.library)
            context.call_internal_no_propagate(builder, compiled.fndesc, applied, pieces)

        return _address(kernel.__name__, calls)

    def address_of(kernel, *kinds):
        """Where the machine code of a jitted function for arguments of these types is, for `call_at`"""
        compiled = kernel.get_compile_result(types.void(*kinds))
        return compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)

    @intrinsic
    def call_at(context, address, arguments):
        """kernel(*arguments), of a kernel whose address has come with the arguments: what is called is not compiled again"""
        kinds = [types.unliteral(kind) for kind in arguments]

        def generate(context, builder, signature, values):
            of = context.call_conv.get_function_type(types.none, kinds)
            kernel = builder.inttoptr(values[0], of.as_pointer())
            opened = [builder.extract_value(values[1], at) for at in range(len(kinds))]
            context.call_conv.call_function(builder, kernel, types.none, kinds, opened)
            return context.get_dummy_value()

        return void(address, arguments), generate

    def _address(name, calls):
        @intrinsic
        def address(context, box, arguments):
            def generate(context, builder, signature, values):
                kind, index = signature.args[1], ir.IntType(64)
                place = context.get_value_type(kind).as_pointer()
                assert context.get_abi_sizeof(place.pointee) <= 8 * BOX
                data = context.make_array(signature.args[0])(context, builder, values[0]).data
                builder.store(values[1], builder.bitcast(data, place))

                of = ir.FunctionType(ir.VoidType(), [index] * 3)
                called = ir.Function(builder.module, of, builder.module.get_unique_name(name))
                called.linkage = "internal"
                inside = ir.IRBuilder(called.append_basic_block())
                opened = inside.load(inside.inttoptr(called.args[0], place))
                values_there = [_borrowed(context, inside, k, inside.extract_value(opened, at)) for at, k in enumerate(kind)]
                calls(context, inside, kind, called.args[1:], values_there)
                inside.ret_void()
                return builder.ptrtoint(called, index)

            return int64(box, arguments), generate

        return address

    def _borrowed(context, builder, kind, value):
        """An array without its owner: else both threads would count references, in one word of memory, at every slice"""
        if not isinstance(kind, types.Array):
            return value
        array = context.make_array(kind)(context, builder, value)
        array.meminfo = ir.Constant(array.meminfo.type, None)
        return array._getvalue()

    @jit
    def hand_out(lines, box, extent, work):
        """Call work(first, last) in as many shares as there are threads; the shares of those that sleep are done here"""
        threads, arguments = len(lines) + 1, box.ctypes.data
        for i in range(1, threads):
            given = lines[i - 1, :DONE]
            given[1], given[2], given[3], given[4] = work, arguments, i * extent // threads, (i + 1) * extent // threads
            given[5] = given[0]
            raise_to(given, given[0] + 1)
        call(work, arguments, 0, extent // threads)
        for i in range(1, threads):
            given, done = lines[i - 1, :DONE], lines[i - 1, DONE:]
            if take(given, given[0]):
                call(work, arguments, given[3], given[4])
            else:
                while not wait(done, given[0]):
                    pass
