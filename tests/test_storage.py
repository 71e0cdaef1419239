"""Storages, and tensors that are pointed at other memory: the same programs in both libraries."""

import functools
import warnings

import pytest
from twin import Programs, assert_same

import minitorch_np as mt

STORAGES, POINTED = Programs(), Programs()


def without_warnings(program):
    """Torch warns of typed storages at every step."""

    @functools.wraps(program)
    def quiet(torch, nn):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return program(torch, nn)

    return quiet


@STORAGES
def bytes_of_a_tensor(torch, nn):
    x = torch.arange(6.0)
    s = x[2:].untyped_storage()
    s[0] = 7
    s[4:8].fill_(1)
    text = repr(torch.arange(2, dtype=torch.uint8).untyped_storage())
    return len(s), s.nbytes(), s.size(), s.element_size(), s[3], s[-1], s.tolist(), list(s)[:4], x, text, s.type()


@STORAGES
def one_storage_for_all_views(torch, nn):
    x = torch.arange(6.0).view(2, 3)
    views = [x[1:], x.t(), x.detach(), x.data, x.view(6)[4:], x.unfold(1, 2, 1), x.diagonal()]
    s = x.untyped_storage()
    return [v.untyped_storage() is s for v in views], s == x.clone().untyped_storage(), s.data_ptr() == x.data_ptr()


@STORAGES
def made_by_hand(torch, nn):
    s = torch.UntypedStorage([1, 2, 3])
    copy = s.clone().fill_(9)
    copy[0] = 300
    return s.tolist(), copy.tolist(), torch.UntypedStorage(2).nbytes(), torch.UntypedStorage().data_ptr(), s.untyped() is s


@STORAGES
@without_warnings
def typed(torch, nn):
    s = torch.TypedStorage([1, 2, 3], dtype=torch.float32)
    t = torch.TypedStorage(wrap_storage=s.untyped(), dtype=torch.int32)
    s[0] = 5
    s.fill_(2)
    wide = torch.TypedStorage(2, dtype=torch.float64)
    return (
        len(s), s.size(), s.nbytes(), s.element_size(), s[-1], s.tolist(), s.type(), s.pickle_storage_type(), t.tolist(),
        repr(s), s == s, s == s.clone(), len(wide), torch.is_storage(s), torch.is_storage(3),
    )  # fmt: skip


@STORAGES
def copies(torch, nn):
    s = torch.ones(3).untyped_storage()
    s.copy_(torch.arange(3.0).untyped_storage())
    return s.tolist()


for _index in ("a", 96, slice(0, 8, 2)):
    STORAGES(lambda torch, nn, at=_index: torch.zeros(4).untyped_storage()[at])
STORAGES(lambda torch, nn: torch.ones(3).untyped_storage().copy_(torch.ones(2).untyped_storage()))
for _index in ("a", 9, slice(0, 2)):
    STORAGES(without_warnings(lambda torch, nn, at=_index: torch.TypedStorage(4, dtype=torch.int64)[at]))


@pytest.mark.parametrize("program", STORAGES)
def test_storages(program):
    assert_same(program)


def test_typed_storages_are_deprecated():
    with pytest.warns(UserWarning, match="^TypedStorage is deprecated"):  # torch says so once in a process
        assert mt.ones(2).storage().tolist() == [1.0, 1.0]


def where(x):
    return tuple(x.shape), x.stride(), x.storage_offset(), x.untyped_storage().nbytes(), x


@POINTED
def set_to_a_tensor(torch, nn):
    x, y = torch.arange(6.0), torch.ones(2, 3)
    x.set_(y.t())
    y[0, 1] = 5
    return where(x), x._version, x.is_set_to(y.t()), x.is_set_to(y)


@POINTED
def set_to_nothing(torch, nn):
    return where(torch.arange(6.0).set_())


@POINTED
def set_to_a_storage(torch, nn):
    s = torch.arange(6.0).untyped_storage()
    x, y = torch.ones(2), torch.ones(2, dtype=torch.int32)
    return where(x.set_(s, 1, (2, 2), (2, 1))), where(torch.ones(1).set_(s)), where(y.set_(s, 2, (2,)))


@POINTED
def set_a_non_leaf(torch, nn):
    x = torch.ones(3, requires_grad=True) * 1
    x.set_(torch.ones(2))
    return x.grad_fn.name(), x.sum().backward()


POINTED(lambda torch, nn: torch.ones(3, requires_grad=True).set_(torch.ones(2)))
POINTED(lambda torch, nn: torch.ones(3).set_(torch.ones(2, dtype=torch.int64)))
POINTED(lambda torch, nn: torch.ones(3).set_(torch.ones(2).untyped_storage(), -1, (1,)))


@POINTED
def resized(torch, nn):
    x = torch.arange(6.0)
    small = where(x.resize_(2)), where(x.resize_((2, 3)))
    y = torch.arange(4.0)
    y.resize_(3, 2).view(-1)[4:] = 7
    return small, x._version, where(y), where(torch.arange(6.0)[2:].resize_(2, 2)), where(torch.ones(2).resize_(0, 3))


@POINTED
def resized_in_a_format(torch, nn):
    x = torch.arange(24.0).view(1, 2, 3, 4)
    y = x.clone(memory_format=torch.channels_last)
    z = torch.zeros(24).resize_as_(y, memory_format=torch.preserve_format)
    return (
        where(x.resize_(1, 2, 4, 3, memory_format=torch.channels_last)),
        z.stride(),
        torch.zeros(24).resize_as_(y).stride(),
    )


POINTED(lambda torch, nn: torch.ones(2, requires_grad=True).resize_(3))
POINTED(lambda torch, nn: torch.ones(2).resize_(2, memory_format=torch.channels_last))
POINTED(lambda torch, nn: torch.ones(2).resize_(2, memory_format=torch.preserve_format))


@POINTED
def data_is_replaced(torch, nn):
    x = torch.ones(3, requires_grad=True)
    y = torch.arange(4.0)
    x.data = y[1:]
    y[1] = 9
    x.data.mul_(2)
    (x * x).sum().backward()
    return where(x.detach()), x._version, x.grad


@POINTED
def sizes_in_bytes(torch, nn):
    x = torch.zeros(2, 3, dtype=torch.int16)
    return x.element_size(), x.itemsize, x.nbytes, x[:, ::2].nbytes, x[:0].data_ptr(), torch.zeros(0).data_ptr()


@pytest.mark.parametrize("program", POINTED)
def test_pointed_elsewhere(program):
    assert_same(program)


@pytest.mark.parametrize(
    "name", ["clone", "contiguous", "to", "double", "float", "cpu", "empty_like", "zeros_like", "rand_like"]
)
@pytest.mark.parametrize("format", ["channels_last", "contiguous_format", "preserve_format", "channels_last_3d", None])
def test_memory_formats(name, format):
    if format is None and name in ("to", "rand_like"):
        pytest.skip("torch lists its overloads")

    def program(torch, nn):
        kind = getattr(torch, format) if format else 3
        x = torch.arange(120.0).view(2, 3, 4, 5)
        results = [torch.channels_last, str(kind)]
        for y in (x, x.permute(0, 2, 3, 1), x[:, :, ::2], x[:1], x[:, :1], x.permute(3, 2, 1, 0), x[:, :0]):
            make = getattr(y, name) if hasattr(y, name) else functools.partial(getattr(torch, name), y)
            z = make(memory_format=kind)
            results.append((z.stride(), z is y, z.is_contiguous(), z.is_contiguous(memory_format=torch.channels_last)))
        return [str(r) for r in results]

    assert_same(program)
