"""A state machine that draws from the same generators in both libraries, in any order, and compares every bit."""

import os

import numpy as np
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import minitorch_np as mt

LIBRARIES = (mt, torch)
FLOATS = st.sampled_from(["float16", "float32", "float64"])
sizes = st.one_of(st.integers(0, 40), st.sampled_from([15, 16, 17, 31, 32, 33, 623, 624, 625, 1300]))
seeds = st.integers(-(2**63), 2**64 - 1)
own = st.booleans()  # a generator of its own, or the default one
LAYOUTS = {
    "contiguous": lambda lib, n, dtype: lib.zeros(n, dtype=dtype),
    "transposed": lambda lib, n, dtype: lib.zeros(n, 3, dtype=dtype).t(),
    "strided": lambda lib, n, dtype: lib.zeros(2 * n + 1, dtype=dtype)[::2],
    "gaps": lambda lib, n, dtype: lib.zeros(n, 5, dtype=dtype)[:, 1:3],
    "permuted": lambda lib, n, dtype: lib.zeros(2, n, 3, dtype=dtype).permute(2, 0, 1),
}
layouts = st.sampled_from(list(LAYOUTS))


class Streams(RuleBasedStateMachine):
    @initialize(seed=seeds, other=seeds)
    def start(self, seed, other):
        self.generators = {}
        for lib in LIBRARIES:
            lib.manual_seed(seed)
            self.generators[lib] = lib.Generator()
            self.generators[lib].manual_seed(other)

    def draw(self, own, program):
        """program(lib, generator) in both libraries; what it returns must be the same, bit for bit"""
        ours, theirs = (program(lib, self.generators[lib] if own else None).numpy() for lib in LIBRARIES)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        # Of an empty array NumPy keeps the strides or not, as it came; those along sizes of 1 lead nowhere.
        strides = [[s for s, n in zip(a.strides, a.shape) if n > 1] for a in (ours, theirs)]
        assert strides[0] == strides[1] or not ours.size
        assert ours.tobytes() == theirs.tobytes()

    @invariant()
    def states_are_equal(self):
        if hasattr(self, "generators"):
            for get in (lambda lib: lib.get_rng_state(), lambda lib: self.generators[lib].get_state()):
                ours, theirs = (get(lib).numpy() for lib in LIBRARIES)
                np.testing.assert_array_equal(ours, theirs)

    @rule(own=own, n=sizes, dtype=FLOATS, normal=st.booleans())
    def rand(self, own, n, dtype, normal):
        name = "randn" if normal else "rand"
        self.draw(own, lambda lib, g: getattr(lib, name)(n, dtype=getattr(lib, dtype), generator=g))

    @rule(own=own, n=sizes, layout=layouts, dtype=FLOATS, a=st.floats(-3, 3), width=st.floats(0, 5))
    def uniform(self, own, n, layout, dtype, a, width):
        self.draw(own, lambda lib, g: LAYOUTS[layout](lib, n, getattr(lib, dtype)).uniform_(a, a + width, generator=g))

    @rule(own=own, n=sizes, layout=layouts, dtype=FLOATS, mean=st.floats(-3, 3), std=st.floats(0, 5))
    def normal(self, own, n, layout, dtype, mean, std):
        self.draw(own, lambda lib, g: LAYOUTS[layout](lib, n, getattr(lib, dtype)).normal_(mean, std, generator=g))

    @rule(own=own, n=sizes, layout=layouts, dtype=FLOATS, rate=st.floats(0.1, 5), log_normal=st.booleans())
    def skewed(self, own, n, layout, dtype, rate, log_normal):
        def program(lib, g):
            x = LAYOUTS[layout](lib, n, getattr(lib, dtype))
            return x.log_normal_(rate - 2, rate, generator=g) if log_normal else x.exponential_(rate, generator=g)

        self.draw(own, program)

    @rule(own=own, n=sizes, low=st.integers(-(2**60), 2**60), bits=st.integers(0, 61))
    def randint(self, own, n, low, bits):
        self.draw(own, lambda lib, g: lib.randint(low, low + 2**bits, (n,), generator=g))

    @rule(own=own, n=sizes, layout=layouts, dtype=st.sampled_from(["bool", "uint8", "int16", "int64", "float32", "float64"]))
    def random(self, own, n, layout, dtype):
        self.draw(own, lambda lib, g: LAYOUTS[layout](lib, n, getattr(lib, dtype)).random_(generator=g))

    @rule(own=own, n=sizes)
    def randperm(self, own, n):
        self.draw(own, lambda lib, g: lib.randperm(n, generator=g))

    @rule(own=own, n=sizes, layout=layouts, p=st.floats(0, 1), by_tensor=st.booleans(), dtype=FLOATS)
    def bernoulli(self, own, n, layout, p, by_tensor, dtype):
        def program(lib, g):
            x = LAYOUTS[layout](lib, n, getattr(lib, dtype))
            return lib.bernoulli(x.fill_(p), generator=g) if by_tensor else x.bernoulli_(p, generator=g)

        self.draw(own, program)

    @rule(own=own, weights=st.lists(st.floats(0.125, 9, width=16), min_size=3, max_size=8, unique=True), more=st.booleans())
    def multinomial(self, own, weights, more):
        self.draw(own, lambda lib, g: lib.multinomial(lib.tensor(weights), 12 if more else 3, more, generator=g))

    @rule(n=sizes, dtype=FLOATS, p=st.floats(0, 1))
    def dropout(self, n, dtype, p):
        self.draw(False, lambda lib, g: lib.nn.functional.dropout(lib.ones(n, 2, dtype=getattr(lib, dtype)).t(), p))

    @rule(into=st.sampled_from(LIBRARIES))
    def hand_the_state_over(self, into):
        """From one library's generator to the other's."""
        (source,) = (lib for lib in LIBRARIES if lib is not into)
        into.set_rng_state(into.from_numpy(source.get_rng_state().numpy().copy()))
        state = self.generators[source].get_state().numpy().copy()
        self.generators[into] = into.Generator()
        self.generators[into].set_state(into.from_numpy(state))


Streams.TestCase.settings = settings(
    stateful_step_count=20, max_examples=40 if os.environ.get("HYPOTHESIS_PROFILE", "ci") == "ci" else 1000, deadline=None
)
TestStreams = Streams.TestCase
