"""How the pool's threads wait: a moment of spinning without the GIL before they fall asleep.

To wake a sleeping thread takes some 50 microseconds, which is longer than many kernels run; in a training step the
next kernel follows within that time.  A spinning thread reads one word of memory until another thread changes it.
Only atomic loads and stores do for that: a plain load in a loop is read once and kept in a register.
"""

from ._jit import int64, intrinsic, jit, jit_is_off

ROUNDS = 1_000_000  # looks at the word before falling asleep: some tenths of a millisecond
SETTLE = 40_000  # looks more after the word has changed: some microseconds

if jit_is_off:  # plain Python would spin with the GIL in its hands: it falls asleep at once

    def wait(word, old):
        """Never sees a change."""
        return False

    def report_and_wait(report, value, word, old):
        """Set the report, never see a change."""
        report[0] = value
        return False

else:

    @intrinsic
    def _load(context, word):
        def generate(context, builder, signature, arguments):
            array = context.make_array(signature.args[0])(context, builder, arguments[0])
            return builder.load_atomic(array.data, "acquire", 8)

        return int64(word), generate

    @intrinsic
    def _store(context, word, value):
        def generate(context, builder, signature, arguments):
            array = context.make_array(signature.args[0])(context, builder, arguments[0])
            builder.store_atomic(arguments[1], array.data, "release", 8)
            return arguments[1]

        return int64(word, int64), generate

    @jit
    def wait(word, old):
        """Spin until word[0] differs from `old`; False if it still does not after ROUNDS looks"""
        for _ in range(ROUNDS):
            if _load(word) != old:
                return True
        return False

    @jit
    def report_and_wait(report, value, word, old):
        """Set report[0], only now that the GIL is free for whoever waits for it; then wait, and let the dust settle

        Whoever changed the word still holds the GIL for the moment it takes to start a kernel.  To ask for the GIL
        in that moment would mean to fall asleep after all.
        """
        _store(report, value)
        for _ in range(ROUNDS):
            if _load(word) != old:
                for _ in range(SETTLE):
                    if _load(word) == old:
                        return False
                return True
        return False
