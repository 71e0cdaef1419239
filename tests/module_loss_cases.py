"""How to make distances and losses, and what to give them; see module_cases.py."""

import numpy as np
from hypothesis import strategies as st
from module_drawing import FLAG, REDUCTIONS, SMALL, Case, case, integers, numbers, pick, shape, signs, some


@case("CosineSimilarity")
def _(draw):
    sizes = shape(draw, 2, 3)
    return Case([sizes, sizes], (), pick(draw, dim=some(0, 1, -1), eps=some(0.1)))


@case("PairwiseDistance")
def _(draw):
    sizes = shape(draw, 1, 3)
    return Case([sizes, sizes], (), pick(draw, p=some(1.0, 3.0), eps=some(0.1), keepdim=FLAG))


PAIRS = {  # loss: (what the target is like, options)
    "L1Loss": ("wanted", {}),
    "MSELoss": ("wanted", {}),
    "SmoothL1Loss": ("wanted", {"beta": some(0.0, 0.3)}),
    "HuberLoss": ("wanted", {"delta": some(0.3, 2.0)}),
    "BCEWithLogitsLoss": ("share", {}),
    "PoissonNLLLoss": ("share", {"log_input": some(True), "full": FLAG}),
    "HingeEmbeddingLoss": ("sign", {"margin": some(0.3, 2.0)}),
    "SoftMarginLoss": ("sign", {}),
    "MultiLabelSoftMarginLoss": ("share", {}),
}
for _name, (_like, _choices) in PAIRS.items():

    @case(_name)
    def _(draw, like=_like, choices=_choices, multi="Multi" in _name):
        size = shape(draw, 1 if multi else 0, 3)
        target = {"wanted": size, "share": numbers(draw, size, 0.01), "sign": signs(draw, size)}[like]
        return Case([size, target], (), pick(draw, reduction=REDUCTIONS, **choices))


@case("BCELoss")
def _(draw):
    size = shape(draw, 0, 3)
    return Case([("probability", size), numbers(draw, size, 0.01)], (), pick(draw, reduction=REDUCTIONS))


@case("KLDivLoss")
def _(draw):
    size = shape(draw, 1, 3)
    options = {"reduction": draw(some("sum", "none", "batchmean")), "log_target": draw(FLAG)}
    return Case([size, size if options["log_target"] else numbers(draw, size, 0.01)], (), options)


@case("GaussianNLLLoss")
def _(draw):
    size = shape(draw, 1, 3)
    return Case([size, size, numbers(draw, size, 0.01)], (), pick(draw, full=FLAG, eps=some(0.3), reduction=REDUCTIONS))


@case("MarginRankingLoss")
def _(draw):
    size = shape(draw, 0, 3)
    return Case([size, size, signs(draw, size)], (), pick(draw, margin=some(0.3), reduction=REDUCTIONS))


@case("CosineEmbeddingLoss")
def _(draw):
    count = draw(SMALL)
    return Case([(count, 3), (count, 3), signs(draw, (count,))], (), pick(draw, margin=some(0.1), reduction=REDUCTIONS))


@case("TripletMarginLoss")
def _(draw):
    size = (*shape(draw, 0, 2), 3)
    options = pick(draw, margin=some(0.3), p=some(1.0, 3.0), eps=some(0.1), swap=FLAG, reduction=REDUCTIONS)
    return Case([size] * 3, (), options)


@case("TripletMarginWithDistanceLoss")
def _(draw):
    return Case([(draw(SMALL), 3)] * 3, (), pick(draw, margin=some(0.3), swap=FLAG, reduction=REDUCTIONS))


@case("MultiMarginLoss")
def _(draw):
    count = draw(SMALL)
    options = pick(draw, p=some(1, 2), margin=some(0.3), reduction=REDUCTIONS, weight=st.just(np.array([0.5, 2.0, 1.0])))
    return Case([(count, 3), integers(draw, (count,), 0, 3)], (), options)


@case("MultiLabelMarginLoss")
def _(draw):
    count = draw(SMALL)
    return Case([(count, 3), integers(draw, (count, 3), -1, 3)], (), pick(draw, reduction=REDUCTIONS))


@case("NLLLoss")
def _(draw):
    size = draw(some((3,), (2, 3), (2, 3, 2), (2, 3, 2, 2), (0, 3, 2, 2)), label="shape")
    options = pick(draw, reduction=REDUCTIONS, ignore_index=some(1, -1), weight=st.just(np.array([0.5, 2.0, 1.0])))
    return Case([size, integers(draw, size[:-1] if len(size) == 1 else (size[0], *size[2:]), 0, 3)], (), options)


@case("CrossEntropyLoss")
def _(draw):
    size = draw(some((3,), (2, 3), (4, 3), (2, 3, 2), (2, 3, 2, 2), (2, 3, 1, 2, 2)), label="shape")
    options = pick(
        draw, reduction=REDUCTIONS, weight=st.just(np.array([0.5, 2.0, 1.0])), label_smoothing=some(0.0, 0.1, 1.0)
    )
    if draw(FLAG, label="probabilities"):
        target = numbers(draw, size, 0.01)
    else:
        options |= pick(draw, ignore_index=some(1, 2, -100))
        target = integers(draw, size[:-1] if len(size) == 1 else (size[0], *size[2:]), 0, 3)
    return Case([size, target], (), options)
