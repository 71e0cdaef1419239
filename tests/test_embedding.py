"""Embedding and EmbeddingBag beside torch's, and what torch does not have of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twin import Programs, assert_same, normal

import minitorch_np as mt

programs = Programs()


def table(torch, rows=5, width=3):
    return normal(torch, rows, width, seed=2, requires_grad=True)


for freeze in (True, False):

    @programs
    def pretrained(torch, nn, freeze=freeze):
        layer = nn.EmbeddingBag.from_pretrained(table(torch).detach(), freeze, 0.7, 1.0, False, "sum", False, True, -2)
        out = layer(torch.tensor([1, 3, 2]), torch.tensor([0, 2, 3]))
        return repr(layer), out, layer.weight, layer.state_dict(), layer.padding_idx


for wrong in (
    lambda torch, nn: nn.EmbeddingBag(3, 2, padding_idx=3),
    lambda torch, nn: nn.EmbeddingBag(3, 2, padding_idx=-4),
    lambda torch, nn: nn.EmbeddingBag(3, 2, _weight=torch.ones(2, 3)),
    lambda torch, nn: nn.EmbeddingBag.from_pretrained(torch.ones(2)),
    lambda torch, nn: nn.EmbeddingBag(3, 2, mode="median")(torch.tensor([[1]])),
    lambda torch, nn: nn.Embedding(3, 2, padding_idx=3),
    lambda torch, nn: nn.Embedding(3, 2, _weight=torch.ones(2, 3)),
    lambda torch, nn: nn.Embedding.from_pretrained(torch.ones(2)),
):

    @programs
    def refused(torch, nn, wrong=wrong):
        return wrong(torch, nn)


@programs
def first_values(torch, nn):
    torch.manual_seed(3)
    layers = nn.Embedding(4, 5, padding_idx=1), nn.EmbeddingBag(4, 5, padding_idx=-1), nn.Bilinear(2, 3, 4)
    return [layer.state_dict() for layer in layers], [repr(layer) for layer in layers], torch.rand(2)


@programs
def max_norm_writes_what_it_looks_up(torch, nn):
    layers = nn.Embedding(5, 3, max_norm=1.0), nn.EmbeddingBag(5, 3, max_norm=1.0)
    for layer in layers:
        layer.weight.data.copy_(table(torch))
    outs = layers[0](torch.tensor([1, 1, 3])), layers[1](torch.tensor([[0, 4]]))
    sum(out.sum() for out in outs).backward()
    return outs, [(layer.weight, layer.weight.grad, layer.weight._version > 0) for layer in layers]


@programs
def max_norm_of_what_was_saved(torch, nn):
    w = table(torch)
    y = w * w
    y.sum().backward(retain_graph=True)
    nn.functional.embedding(torch.tensor([1]), w.detach(), max_norm=0.1)
    try:
        y.sum().backward()  # a value that was saved is another now
    except RuntimeError as error:
        return str(error).split("Hint")[0]


@programs
def nan_and_infinity_in_bags(torch, nn):
    w = torch.tensor([[np.nan, 1.0], [2.0, np.nan], [-np.inf, 3.0], [np.inf, -np.inf]])
    bags = torch.tensor([[0, 1, 2], [2, 1, 0], [2, 2, 2], [3, 2, 1], [1, 3, 3]])
    return [nn.functional.embedding_bag(bags, w, mode=mode) for mode in ("sum", "mean", "max")]


@programs
def first_of_equal_rows(torch, nn):
    w = torch.ones(4, 2, requires_grad=True)
    nn.functional.embedding_bag(torch.tensor([[2, 0, 1], [3, 3, 2]]), w, mode="max").sum().backward()
    return w.grad


@pytest.mark.parametrize("program", programs, ids=lambda p: p.__name__)
def test_programs(program):
    assert_same(program)


def test_sparse_is_left_out_by_name():
    for make in (lambda: mt.nn.Embedding(3, 2, sparse=True), lambda: mt.nn.EmbeddingBag(3, 2, sparse=True)):
        with pytest.raises(NotImplementedError, match="sparse"):
            make()


@given(
    indices=st.lists(st.integers(0, 3), min_size=1, max_size=6),
    padding=st.one_of(st.none(), st.integers(0, 3)),
    mode=st.sampled_from(["sum", "mean"]),
    cut=st.integers(0, 6),
)
def test_bags_scale_by_how_often_a_row_was_taken(indices, padding, mode, cut):
    """torch 2.13 divides by the count of another row; this is what its documentation says."""
    w = table(mt)
    offsets = mt.tensor([0, min(cut, len(indices))])
    out = mt.nn.functional.embedding_bag(
        mt.tensor(indices), w, offsets, mode=mode, scale_grad_by_freq=True, padding_idx=padding
    )
    plain = mt.nn.functional.embedding_bag(mt.tensor(indices), w, offsets, mode=mode, padding_idx=padding)
    g = normal(mt, 2, 3, seed=4)
    (scaled,), (unscaled,) = mt.autograd.grad(out, w, g), mt.autograd.grad(plain, w, g)
    kept = [i for i in indices if i != padding]
    counts = np.maximum(np.bincount(kept, minlength=5), 1) if kept else np.ones(5)
    np.testing.assert_allclose(scaled.numpy(), unscaled.numpy() / counts[:, None], rtol=1e-12)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_second_gradients_of_bags(mode):
    """torch has none; differences judge."""
    bags = mt.tensor([[0, 1, 1], [2, 4, 0]])
    factors = (normal(mt, 2, 3, seed=5, requires_grad=True),) if mode == "sum" else ()

    def function(w, *factors):
        given = {"per_sample_weights": factors[0]} if factors else {}
        return mt.nn.functional.embedding_bag(bags, w, mode=mode, padding_idx=4, **given) ** 3

    assert mt.autograd.gradcheck(function, (table(mt), *factors))
    assert mt.autograd.gradgradcheck(function, (table(mt), *factors))


@pytest.mark.parametrize("by_count", [False, True])
@pytest.mark.parametrize("padding", [None, 1])
def test_second_gradients_of_rows(by_count, padding):
    """torch's second gradient forgets the counts."""
    w, indices = table(mt), mt.tensor([[0, 1, 1], [2, 4, 0]])
    out = mt.nn.functional.embedding(indices, w, padding, scale_grad_by_freq=by_count)
    (plain,) = mt.autograd.grad((out * out).sum(), w, create_graph=True)
    kept = np.array([[i != padding] for i in range(5)])
    counts = np.array([[2], [2], [1], [1], [1]]) if by_count else 1
    times = np.array([[2], [2], [1], [0], [1]])
    np.testing.assert_allclose(plain.detach().numpy(), w.detach().numpy() * 2 * times * kept / counts, rtol=1e-12)
    (second,) = mt.autograd.grad(plain.sum(), w)  # through the table once more, so divided once more
    np.testing.assert_allclose(second.numpy(), np.broadcast_to(2 * times * kept / counts**2, (5, 3)), rtol=1e-12)
