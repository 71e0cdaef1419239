"""Data sets, samplers and the loader: the same batches from the same seed as torch's, and the same errors."""

import warnings
from collections import OrderedDict, UserDict, namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import LIBRARIES, Programs, assert_same, plain

import minitorch_np

seeds = st.integers(0, 2**63 - 1)
Point = namedtuple("Point", "x y")


def batches(data):
    """Of a loader's batches, everything but which library made it."""
    return [plain(batch) for batch in data]


def same(program, seed=0):
    """The program's value in both libraries, and what the default stream gives afterwards."""
    results = {}
    for name, lib in LIBRARIES.items():
        lib.manual_seed(seed)
        value = program(lib, lib.utils.data)
        results[name] = repr((value, lib.rand(2).tolist()))
    assert results["ours"] == results["torch"]


# --- samplers and the loader: indices and order ----------------------------------------------------------


@given(
    n=st.integers(1, 40), batch_size=st.none() | st.integers(1, 12), shuffle=st.booleans(), drop_last=st.booleans(),
    own=st.booleans(), epochs=st.integers(1, 3), seed=seeds,
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_loader(n, batch_size, shuffle, drop_last, own, epochs, seed):
    def program(lib, data):
        generator = lib.Generator().manual_seed(seed) if own else None
        options = {"drop_last": drop_last} if batch_size else {}
        loader = data.DataLoader(range(n), batch_size, shuffle, generator=generator, **options)
        seen = [[plain(batch)[-1].tolist() if batch_size else batch for batch in loader] for _ in range(epochs)]
        return len(loader), seen, lib.rand(2, generator=generator).tolist()

    same(program, seed)


@given(n=st.integers(1, 50), samples=st.none() | st.integers(1, 120), replacement=st.booleans(), seed=seeds)
@settings(max_examples=60, deadline=None)
def test_random_sampler(n, samples, replacement, seed):
    def program(lib, data):
        sampler = data.RandomSampler(range(n), replacement, samples)
        first = iter(sampler)
        return len(sampler), next(first), lib.rand(1).tolist(), list(first), list(sampler)

    same(program, seed)


@given(weights=st.lists(st.floats(0.125, 4), min_size=2, max_size=8), replacement=st.booleans(), seed=seeds)
@settings(max_examples=40, deadline=None)
def test_weighted_and_subset_samplers(weights, replacement, seed):
    def program(lib, data):
        weighted = data.WeightedRandomSampler(weights, 20 if replacement else 2, replacement)
        return (
            list(weighted),
            len(weighted),
            list(data.SubsetRandomSampler(weights)),
            list(data.BatchSampler("abc", 2, False)),
        )

    same(program, seed)


@given(lengths=st.lists(st.integers(0, 9), min_size=1, max_size=5).filter(sum), seed=seeds)
@settings(max_examples=40, deadline=None)
def test_random_split_by_lengths(lengths, seed):
    def program(lib, data):
        if sum(lengths) == 1:  # taken for fractions
            return None
        return [list(part.indices) for part in data.random_split(range(sum(lengths)), lengths)]

    same(program, seed)


@given(
    parts=st.lists(st.integers(1, 9), min_size=1, max_size=5), n=st.integers(1, 50), seed=seeds, own=st.booleans()
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_random_split_by_fractions(parts, n, seed, own):
    def program(lib, data):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            more = {"generator": lib.Generator().manual_seed(seed)} if own else {}
            try:
                subsets = data.random_split(range(n), [p / sum(parts) for p in parts], **more)
            except ValueError as error:  # fractions may add up to slightly more than 1
                return str(error)
        return [list(part.indices) for part in subsets], [str(w.message) for w in caught]

    same(program, seed)


def test_a_tensor_data_set_is_gathered_at_once():
    """The shortcut gives what sample by sample gives: through subsets, in any order, with repeats."""
    x = minitorch_np.arange(60.0).reshape(20, 3)
    y = minitorch_np.arange(20)
    data = minitorch_np.utils.data
    whole = data.TensorDataset(x, y)
    part = data.Subset(data.Subset(whole, [19, 3, -1, 7, 7, 0]), [5, 4, 3, -4, 0])
    for dataset in (whole, part):
        keys = [[0, 2, 2], (1, -1), [4]]
        quick = list(data.DataLoader(dataset, batch_sampler=keys))
        slow = [data.default_collate([dataset[key] for key in batch]) for batch in keys]
        assert repr(batches(quick)) == repr(batches(slow))
        assert type(quick[0]) is list


programs = Programs()


@programs
def loads_pairs(torch, nn):
    data = torch.utils.data
    dataset = data.TensorDataset(torch.arange(12.0).reshape(6, 2), torch.arange(6))
    loader = data.DataLoader(dataset, 4)
    return list(loader), len(loader), len(dataset), dataset[2], dataset[1:3], loader.batch_size, loader.drop_last


@programs
def loads_gradients(torch, nn):
    x = torch.arange(6.0).requires_grad_()
    (batch,) = next(iter(torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x), 3)))
    (batch * batch).sum().backward()
    return x.grad


@programs
def loads_without_batching(torch, nn):
    dataset = [np.arange(3), {"a": np.float32(1)}, "text", (1, np.ones(2)), Point(np.int64(1), 2.0), [1, b"x"]]
    return list(torch.utils.data.DataLoader(dataset, batch_size=None))


@programs
def loads_with_a_sampler(torch, nn):
    data = torch.utils.data
    return [
        list(data.DataLoader(range(9), 2, sampler=[8, 1, 3])),
        list(data.DataLoader(range(9), batch_sampler=[[1, 2], [5]])),
        list(data.DataLoader(range(9), sampler=[8, 1], batch_size=None)),
        list(data.DataLoader(range(9), 4, collate_fn=lambda samples: sum(samples))),
        list(data.DataLoader({"a": 1, "b": 2}, sampler=["b", "a"])),
    ]


def stream(torch, n, sized=True):
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(range(n))

        def __repr__(self):
            return "Stream"

    if sized:
        Stream.__len__ = lambda self: n
    return Stream()


@programs
def loads_a_stream(torch, nn):
    data = torch.utils.data
    loaders = [data.DataLoader(stream(torch, 7), 3, drop_last=drop_last, shuffle=False) for drop_last in (False, True)] + [
        data.DataLoader(stream(torch, 6), 3),
        data.DataLoader(stream(torch, 2), batch_size=None),
    ]
    return [(list(loader), len(loader)) for loader in loaders]


@programs
def a_stream_longer_than_promised_warns(torch, nn):
    dataset = stream(torch, 5)
    loader = torch.utils.data.DataLoader(dataset, batch_size=None)
    type(dataset).__len__ = lambda self: 2
    len(loader)
    list(loader)


@programs
def chains_streams(torch, nn):
    chain = stream(torch, 2) + stream(torch, 3)
    return list(chain), len(chain)


@programs
def concatenates(torch, nn):
    data = torch.utils.data
    dataset = data.TensorDataset(torch.arange(3)) + data.TensorDataset(torch.arange(10, 12))
    return len(dataset), [dataset[i] for i in (0, 2, 3, 4, -1, -5)], list(data.DataLoader(dataset, 2))


@programs
def subsets(torch, nn):
    part = torch.utils.data.Subset(range(10), [7, 1, 3])
    return len(part), [part[i] for i in range(3)], part.__getitems__([2, 0]), list(torch.utils.data.DataLoader(part, 2))


@programs
def stacks(torch, nn):
    data = torch.utils.data
    parts = range(5), data.Subset(data.TensorDataset(torch.arange(9)), [8, 1, 3, 0, 2]), "abcde"
    by_place, by_name = data.StackDataset(*parts), data.StackDataset(a=parts[0], b=parts[1], c=parts[2])
    return [
        (len(s), s[1], s[-1], s.__getitems__([4, 0]), s.__getitems__([]), type(s.datasets), list(data.DataLoader(s, 2)))
        for s in (by_place, by_name)
    ]


class TooMany(list):
    def __getitems__(self, keys):
        return self[:]


@programs
def asks_for_many_samples_at_once(torch, nn):
    class Many(torch.utils.data.Dataset):
        asked = []

        def __len__(self):
            return 5

        def __getitems__(self, keys):
            self.asked.append(keys)
            return [key * 10 for key in keys]

    loaded = list(torch.utils.data.DataLoader(torch.utils.data.Subset(Many(), [4, 0, 2]), 2))
    return loaded, Many.asked


@programs
def collates(torch, nn):
    collate = torch.utils.data.default_collate
    return [
        collate([torch.ones(2), torch.zeros(2)]),
        collate([np.arange(2, dtype=np.int8), np.arange(2, dtype=np.int8)]),
        collate([np.float32(1), np.float32(2)]),
        collate([np.float64(1), np.float64(2)]),
        collate([np.bool_(True), np.bool_(False)]),
        collate([1, 2]),
        collate([True, False]),
        collate([1.5, 2]),
        collate(["a", "b"]),
        collate([b"a", b"b"]),
        collate([{"a": 1, "b": [1, 2.0]}, {"a": 2, "b": [3, 4.0]}]),
        collate([OrderedDict(a=1), OrderedDict(a=2)]),
        collate([Point(1, "a"), Point(2, "b")]),
        collate([(1, 2.0), (3, 4.0)]),
        collate([[1, 2.0], [3, 4.0]]),
        collate([range(2), range(2)]),
        type(collate([UserDict(a=1), UserDict(a=2)])).__name__,
    ]


@programs
def converts(torch, nn):
    convert = torch.utils.data.default_convert
    data = [np.arange(2), 1, "a", b"a", {"a": np.ones(1)}, (np.ones(1), 2), Point(np.ones(1), 2), range(2), None]
    return [convert(item) for item in data], convert(np.array(["a"])).tolist(), convert(torch.ones(1))


@programs
def loader_keeps_its_settings(torch, nn):
    loader = torch.utils.data.DataLoader(range(4), 2, shuffle=True)
    loader.collate_fn = list
    return loader.num_workers, loader.timeout, loader.pin_memory, sorted(map(len, loader)), len(iter(loader))


@programs
def no_worker(torch, nn):
    return torch.utils.data.get_worker_info()


@programs
def generic(torch, nn):
    class Numbers(torch.utils.data.Dataset[int]):
        def __getitem__(self, index):
            return index

        def __len__(self):
            return 2

    return list(torch.utils.data.DataLoader(Numbers()))


@pytest.mark.parametrize("program", programs, ids=lambda program: program.__name__)
def test_same_as_torch(program):
    assert_same(program)


ERRORS = {
    "workers": lambda d, t: d.DataLoader([1], num_workers=-1),
    "timeout": lambda d, t: d.DataLoader([1], timeout=-1),
    "timeout without workers": lambda d, t: iter(d.DataLoader([1], timeout=1)),
    "prefetch": lambda d, t: d.DataLoader([1], prefetch_factor=2),
    "persistent": lambda d, t: d.DataLoader([1], persistent_workers=True),
    "context": lambda d, t: d.DataLoader([1], multiprocessing_context="fork"),
    "pin_memory": lambda d, t: list(d.DataLoader([1], pin_memory=True)),
    "sampler and shuffle": lambda d, t: d.DataLoader([1], shuffle=True, sampler=[0]),
    "batch_sampler and batch_size": lambda d, t: d.DataLoader([1], batch_size=2, batch_sampler=[[0]]),
    "batch_sampler and drop_last": lambda d, t: d.DataLoader([1], drop_last=True, batch_sampler=[[0]]),
    "no batch and drop_last": lambda d, t: d.DataLoader([1], batch_size=None, drop_last=True),
    "batch_size 0": lambda d, t: d.DataLoader([1], batch_size=0),
    "batch_size float": lambda d, t: d.DataLoader([1], batch_size=2.5),
    "shuffle nothing": lambda d, t: d.DataLoader([], shuffle=True),
    "stream shuffled": lambda d, t: d.DataLoader(stream(t, 3), shuffle=True),
    "stream sampled": lambda d, t: d.DataLoader(stream(t, 3), sampler=[1]),
    "stream batch_sampled": lambda d, t: d.DataLoader(stream(t, 3), batch_sampler=[[1]]),
    "set afterwards": lambda d, t: setattr(d.DataLoader([1]), "batch_size", 3),
    "index": lambda d, t: list(d.DataLoader(d.TensorDataset(t.ones(3)), sampler=[5])),
    "empty batch": lambda d, t: list(d.DataLoader(d.TensorDataset(t.ones(3)), batch_sampler=[[]])),
    "lengths": lambda d, t: d.TensorDataset(t.ones(2), t.ones(3)),
    "concat nothing": lambda d, t: d.ConcatDataset([]),
    "concat stream": lambda d, t: d.ConcatDataset([stream(t, 2)]),
    "concat index": lambda d, t: d.ConcatDataset([[1]])[-2],
    "stack nothing": lambda d, t: d.StackDataset(),
    "stack both ways": lambda d, t: d.StackDataset([1], a=[1]),
    "stack lengths": lambda d, t: d.StackDataset([1], [1, 2]),
    "stack named lengths": lambda d, t: d.StackDataset(a=[1], b=[]),
    "stack index": lambda d, t: d.StackDataset([1])[1],
    "stack too many": lambda d, t: d.StackDataset(TooMany([1, 2])).__getitems__([0]),
    "stack too many, by name": lambda d, t: d.StackDataset(a=TooMany([1, 2])).__getitems__([0]),
    "chain of lists": lambda d, t: list(d.ChainDataset([[1]])),
    "no getitem": lambda d, t: d.Dataset()[0],
    "half a subset": lambda d, t: type("Half", (d.Subset,), {"__getitem__": lambda s, i: i})([1], [0]),
    "split sum": lambda d, t: d.random_split(range(5), [2, 2]),
    "split fraction": lambda d, t: d.random_split(range(5), [1.5, -0.5]),
    "split empty": lambda d, t: d.random_split(range(2), [0.5, 0.25, 0.25]),
    "replacement": lambda d, t: d.RandomSampler([1], replacement=1),
    "num_samples": lambda d, t: d.RandomSampler([1], num_samples=0),
    "weighted num_samples": lambda d, t: d.WeightedRandomSampler([1], True),
    "weighted replacement": lambda d, t: d.WeightedRandomSampler([1], 1, 0),
    "weighted shape": lambda d, t: d.WeightedRandomSampler([[1.0]], 1),
    "drop_last": lambda d, t: d.BatchSampler([1], 1, 0),
    "sampler": lambda d, t: iter(d.Sampler()),
    "collate none": lambda d, t: d.default_collate([None, None]),
    "collate text array": lambda d, t: d.default_collate([np.array(["a"])]),
    "collate unequal lists": lambda d, t: d.default_collate([[1], [1, 2]]),
    "collate unequal tensors": lambda d, t: d.default_collate([t.ones(1), t.ones(2)]),
    "collate nothing": lambda d, t: d.default_collate([]),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case):
    def program(torch, nn):
        ERRORS[case](torch.utils.data, torch)

    assert assert_same(program)[0] == "error"
