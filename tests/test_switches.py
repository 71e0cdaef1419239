"""torch.special's other names; the global switches that are only remembered."""

import pytest
import twin

import minitorch_np as mt

CALLS = [
    "t.use_deterministic_algorithms(True)", "t.use_deterministic_algorithms(True, warn_only=True)",
    "t.use_deterministic_algorithms(False, warn_only=True)", "t.use_deterministic_algorithms(1)",
    "t.set_deterministic_debug_mode(2)", "t.set_deterministic_debug_mode('warn')", "t.set_deterministic_debug_mode('?')",
    "t.set_deterministic_debug_mode(5)", "t.set_deterministic_debug_mode(1.5)", "t.set_float32_matmul_precision('high')",
    "t.set_float32_matmul_precision('medium')", "t.set_float32_matmul_precision(3)",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_switches(call):
    def program(torch, nn):
        try:
            return eval(call, {"t": torch}), (
                torch.are_deterministic_algorithms_enabled(),
                torch.is_deterministic_algorithms_warn_only_enabled(),
                torch.get_deterministic_debug_mode(),
                torch.get_float32_matmul_precision(),
            )
        finally:
            torch.set_deterministic_debug_mode("default")
            torch.set_float32_matmul_precision("highest")

    twin.assert_same(program)


def test_a_precision_that_is_none_warns():
    with pytest.warns(UserWarning, match="no effect"):
        mt.set_float32_matmul_precision("low")
    assert mt.get_float32_matmul_precision() == "highest"


SPECIAL = [
    "digamma(x)", "erf(x)", "erfc(x)", "erfinv(x)", "exp2(x)", "expit(x)", "expm1(x)", "gammaln(x)", "log1p(x)",
    "log_softmax(x, 0)", "log_softmax(x, dim=0, dtype=t.float64)", "logit(x)", "logit(x, eps=0.1)", "logsumexp(x, 0)",
    "polygamma(1, x)", "psi(x)", "round(x, decimals=1)", "sinc(x)", "softmax(x, 0)", "xlogy(x, 2)",
    "expit(x, out=t.empty(3))",
]  # fmt: skip


@pytest.mark.parametrize("call", SPECIAL)
def test_special_names(call):
    twin.assert_same(lambda torch, nn: eval(f"t.special.{call}", {"t": torch, "x": torch.tensor([0.3, 0.25, 0.77])}))


def test_special_lists_its_names():
    assert {call.split("(")[0] for call in SPECIAL} == set(mt.special.__all__)
