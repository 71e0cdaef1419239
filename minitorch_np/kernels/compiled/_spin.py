"""How the pool's threads wait: a moment of spinning without the GIL before they fall asleep.

To wake a sleeping thread takes some 50 microseconds, which is longer than many kernels run; in a training step the
next kernel follows within that time.  A spinning thread reads one word of memory until another thread changes it.
Only atomic loads and stores do for that: a plain load in a loop is read once and kept in a register.

Where the word is raised by compiled code (_jobs.py), the address of a compiled function stands behind it: the thread
calls that, reports, and goes on waiting, without any Python.
"""

from ._jit import boolean, int64, intrinsic, ir, jit, jit_is_off, void

ROUNDS = 1_000_000  # looks at the word before falling asleep: some tenths of a millisecond
SETTLE = 40_000  # looks more after the word has changed: some microseconds

# A thread's line of memory: jobs given (their number, then a function's address, its arguments', two limits, and the number
# of the last job that somebody took), and from DONE on jobs done.
DONE = 16

if jit_is_off:  # plain Python would spin with the GIL in its hands: it falls asleep at once

    def wait(word, value):
        """Never sees a change."""
        return False

    def report_and_wait(report, ticket, given):
        """Set the report, never see a change."""
        report[0] = ticket
        return ticket, False

else:

    def _address(context, builder, signature, arguments):
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    @intrinsic
    def _load(context, word):
        def generate(context, builder, signature, arguments):
            return builder.load_atomic(_address(context, builder, signature, arguments), "acquire", 8)

        return int64(word), generate

    @intrinsic
    def raise_to(context, word, value):
        """Set word[0], after all that was written before"""

        def generate(context, builder, signature, arguments):
            builder.store_atomic(arguments[1], _address(context, builder, signature, arguments), "release", 8)
            return context.get_dummy_value()

        return void(word, int64), generate

    @intrinsic
    def _exchange(context, word, old, new):
        """Set word[0] to `new` if it is `old`; whether it was: of several threads that try, one succeeds"""

        def generate(context, builder, signature, arguments):
            address = _address(context, builder, signature, arguments)
            result = builder.cmpxchg(address, *arguments[1:], "acq_rel", "monotonic")
            return builder.extract_value(result, 1)

        return boolean(word, int64, int64), generate

    @intrinsic
    def call(context, function, arguments, first, last):
        """The function at an address"""

        def generate(context, builder, signature, values):
            of = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * 3)
            builder.call(builder.inttoptr(values[0], of.as_pointer()), values[1:])
            return context.get_dummy_value()

        return void(int64, int64, int64, int64), generate

    @jit
    def take(given, ticket):
        """True for the one thread that may do compiled job `ticket`"""
        return _exchange(given[5:], ticket - 1, ticket)

    @jit
    def wait(word, value):
        """Spin until word[0] is `value`; False if it still is not after ROUNDS looks"""
        for _ in range(ROUNDS):
            if _load(word) == value:
                return True
        return False

    @jit
    def report_and_wait(report, ticket, given):
        """Report job `ticket`, only now that the GIL is free for whoever waits for it, and wait for the next

        Compiled jobs are done here.  Returns the last job done, and whether another has come: one of Python's.  Whoever
        gave that still holds the GIL for the moment it takes to start a kernel.  To ask for the GIL in that moment
        would mean to fall asleep after all: let the dust settle.
        """
        raise_to(report, ticket)
        look = 0
        while look < ROUNDS:
            look += 1
            new = _load(given)
            if new != ticket:
                if given[1] == 0:
                    for _ in range(SETTLE):
                        if _load(given) == ticket:
                            return ticket, False
                    return ticket, True
                if take(given, new):
                    call(given[1], given[2], given[3], given[4])
                ticket, look = new, 0
                raise_to(report, ticket)
        return ticket, False
