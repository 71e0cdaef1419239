"""New tensors: every line below gives the same, or fails with the same words, in both libraries."""

import re
import warnings

import numpy as np
import pytest
import torch

import minitorch_np as mt
from minitorch_np import backends

DATA = """
t.tensor([1,2.5])
t.tensor([[1,2],[3]])
t.tensor([[1,2],3])
t.tensor([1,[2]])
t.tensor([True,2])
t.tensor([])
t.tensor([[],[]])
t.tensor(3)
t.tensor('a')
t.tensor(['a'])
t.tensor([1,'a'])
t.tensor(None)
t.tensor([None])
t.tensor({})
t.tensor({'a':1})
t.tensor(np.float32(2))
t.tensor(np.int8(2))
t.tensor([np.float32(2)])
t.tensor([np.float64(2)])
t.tensor([np.int8(2)])
t.tensor(np.arange(3))
t.tensor(np.arange(3,dtype=np.float64),dtype=t.float32)
t.tensor(np.array(2.))
t.tensor([t.tensor(1),t.tensor(2.5)])
t.tensor([t.tensor([1]),t.tensor([2.5])])
t.tensor([t.tensor([1,2]),t.tensor([2,3])])
t.tensor(t.ones(2))
t.tensor(t.ones(2),requires_grad=True)
t.tensor([1,2],requires_grad=True)
t.tensor([1.],dtype=t.float16,requires_grad=True)
t.tensor([300],dtype=t.uint8)
t.tensor([-1],dtype=t.uint8)
t.tensor([2**70])
t.tensor(2**63)
t.tensor([1.7],dtype=t.int32)
t.tensor([float('nan')],dtype=t.int64)
t.tensor([1e40])
t.tensor(1e40,dtype=t.float16)
t.tensor([2**40],dtype=t.int32)
t.tensor([1],dtype='float32')
t.tensor([1],dtype=float)
t.tensor([1],dtype=int)
t.tensor([1],dtype=bool)
t.tensor(range(3))
t.tensor((1,2))
t.tensor({1,2})
t.tensor(b'ab')
t.tensor([b'ab'])
t.tensor(bytearray(b'ab'))
t.tensor(1,2)
t.tensor([1],device='cuda')
t.tensor([1],device='cpu')
t.tensor(data=[1,2])
t.tensor([1.0,True])
t.tensor(np.arange(4)[::-1])
t.tensor([[1,2],[3,4]],dtype=t.bool)
t.tensor(0.1,dtype=t.float64)
t.tensor(object())
t.tensor(len)
t.tensor([[[1,2]],[[3,4]]]).shape
t.tensor([1,2],pin_memory=True)
t.as_tensor([1,2])
t.as_tensor(np.arange(3)).dtype
a=np.arange(3);x=t.as_tensor(a);a[0]=7;x
a=np.arange(3);x=t.as_tensor(a,dtype=t.float32);a[0]=7;x
x=t.ones(2);t.as_tensor(x) is x
x=t.ones(2);t.as_tensor(x,dtype=t.float64)
x=t.ones(2,requires_grad=True);t.as_tensor(x,dtype=t.float64)
t.as_tensor(3.5)
t.as_tensor('a')
t.as_tensor(np.float64(2))
t.asarray([1,2])
t.asarray([1,2],dtype=t.float32,requires_grad=True)
a=np.arange(3.);x=t.asarray(a);a[0]=7;x
a=np.arange(3.);x=t.asarray(a,copy=True);a[0]=7;x
a=np.arange(3.);t.asarray(a,dtype=t.float32,copy=False)
t.asarray([1,2],copy=False)
x=t.ones(2);t.asarray(x) is x
x=t.ones(2,requires_grad=True);t.asarray(x,requires_grad=True)
t.asarray(3)
t.asarray(bytearray(b'abcd'))
t.asarray(bytearray(b'abcdefgh'),dtype=t.int32)
t.asarray(np.float32(1))
t.asarray(object())
t.from_numpy([1])
t.from_numpy(np.float32(1))
t.from_numpy(np.arange(3)[::-1])
t.from_numpy(np.arange(3).astype('>i4'))
t.frombuffer(bytearray(b'abcd'),dtype=t.uint8)
t.frombuffer(bytearray(b'abcdefgh'),dtype=t.int32,count=1,offset=4)
t.frombuffer(bytearray(b'abcdefgh'),dtype=t.int32,count=3)
t.frombuffer(bytearray(b'abcdefgh'),dtype=t.int32,offset=9)
t.frombuffer(bytearray(b'abcdefg'),dtype=t.int32)
t.frombuffer(bytearray(b''),dtype=t.int32)
t.frombuffer(bytearray(b'abcd'),dtype=t.int32,count=0)
t.frombuffer(bytearray(b'abcd'),dtype=t.int32,offset=-1)
t.frombuffer(3,dtype=t.int32)
t.frombuffer(bytearray(b'abcd'),dtype=t.float32,requires_grad=True).requires_grad
t.frombuffer(bytearray(b'abcd'),dtype=t.int32,requires_grad=True)
t.frombuffer(memoryview(bytearray(b'abcd')),dtype=t.uint8)
import array;t.frombuffer(array.array('i',[1,2]),dtype=t.int32)
t.scalar_tensor(3)
t.scalar_tensor(3,dtype=t.int32)
t.scalar_tensor(2.5,dtype=t.float64,requires_grad=True)
t.scalar_tensor('a')
t.scalar_tensor(t.tensor(3.))
"""

SIZES = """
t.zeros(2,3)
t.zeros((2,3))
t.zeros([2,3])
t.zeros(t.Size([2]))
t.zeros(t.tensor(2))
t.zeros(t.tensor(2),t.tensor(3))
t.zeros((t.tensor(2),3))
t.zeros([t.tensor([2]),3])
t.zeros(np.int64(2))
t.zeros((np.int64(2),3))
t.zeros(())
t.zeros([])
t.zeros()
t.zeros(0)
t.zeros(2.)
t.zeros((2.,3))
t.zeros('a')
t.zeros(None)
t.zeros(True)
t.zeros(-1)
t.zeros(2,-1)
t.zeros(2,'a')
t.zeros(2,(3,))
t.zeros((2,),(3,))
t.zeros(size=(2,))
t.zeros(size=2)
t.zeros(2,size=(2,))
t.zeros(2,foo=1)
t.zeros(2,dtype=t.int32,requires_grad=True)
t.zeros(2,dtype='int32')
t.zeros(2,dtype=float)
t.zeros(2,dtype=int).dtype
t.zeros(2,layout=t.strided)
t.zeros(2,layout='x')
t.zeros(2,device='cuda')
t.zeros(2,device=t.device('cpu'))
t.zeros(2,pin_memory=True)
t.zeros(2,pin_memory=False)
t.zeros(2,3,out=t.ones(2,3))
t.zeros(2,3,out=t.ones(0))
t.zeros(2,3,out=t.ones(2))
t.zeros(2,out=t.ones(2,dtype=t.int64))
t.zeros(2,out=t.ones(2),dtype=t.float64)
t.zeros(2,out=t.ones(2),dtype=t.float32)
o=t.ones(2);t.zeros(2,out=o) is o
o=t.ones(2);p=o[:1];t.zeros(2,out=o);p
t.ones(2,out=[1])
t.zeros(2,names=None)
t.ones(2,3,dtype=t.bool)
t.ones(2,device='cpu',dtype=t.float64,requires_grad=True)
t.empty(2,3).shape
t.empty_strided((2,3),(1,2)).stride()
t.empty_strided((2,3),(1,)).stride()
t.empty_strided((2,3),(-1,2)).stride()
t.empty_strided((2,-3),(1,2)).stride()
t.empty_strided((2,),(3,),dtype=t.int64).stride()
t.empty_strided((),()).shape
t.full((2,),3)
t.full((2,),3.)
t.full((2,),True)
t.full((2,),3,dtype=t.float64)
t.full(2,3)
t.full((2,),t.tensor(3))
t.full((2,),t.tensor([3]))
t.full((2,),t.tensor([3,4]))
t.full((2,),t.tensor(3.,requires_grad=True))
t.full((2,),'a')
t.full((2,),3,requires_grad=True)
t.full((2,),1e10,dtype=t.int32)
t.full((2,),300,dtype=t.uint8)
t.full((2,),-1,dtype=t.uint8)
t.full((2,),1e40,dtype=t.float32)
t.full((2,),2.7,dtype=t.int32)
t.full((2,),2,dtype=t.bool)
t.full((2,),3,out=t.zeros(2))
t.full((2,),3,out=t.zeros(2,dtype=t.int64))
t.full(size=(2,),fill_value=3)
t.full((-1,),3)
t.full((),3)
t.eye(3)
t.eye(2,3)
t.eye(3,2,dtype=t.int64)
t.eye(0)
t.eye(-1)
t.eye(2,-1)
t.eye(2.)
t.eye(2,out=t.zeros(2,2))
t.eye(2,out=t.zeros(2,2,dtype=t.bool))
t.eye(2,dtype=t.bool)
t.eye(n=2,m=3)
t.eye(t.tensor(2))
t.arange(5)
t.arange(5.)
t.arange(1,5)
t.arange(1,5,2)
t.arange(5,1,-1)
t.arange(0,1,0.3)
t.arange(1,2.5,0.5)
t.arange(0,5,dtype=t.float32)
t.arange(5,dtype=t.int8)
t.arange(2.5)
t.arange(0.5,4)
t.arange(5,1)
t.arange(1,5,-1)
t.arange(1,5,0)
t.arange(float('inf'))
t.arange(float('nan'))
t.arange(0,5,float('nan'))
t.arange(t.tensor(3))
t.arange(t.tensor(3.))
t.arange(np.int64(3))
t.arange(np.float32(3))
t.arange('a')
t.arange(True)
t.arange(start=1,end=4)
t.arange(end=4)
t.arange(start=1)
t.arange(1,end=4,step=2)
t.arange(3,requires_grad=True)
t.arange(3.,requires_grad=True)
t.arange(3,out=t.zeros(3))
t.arange(3,out=t.zeros(0))
t.arange(3.5,out=t.zeros(0,dtype=t.int64))
t.arange(0,5,2.5,dtype=t.int64)
t.arange(0.,5,2.5,dtype=t.int64)
t.arange(5,dtype=t.bool)
t.arange(0,2,dtype=t.bool)
t.arange(0,2,dtype=t.float16)
t.arange(0,1,0.1,dtype=t.float16)
t.arange(0,1,0.1)
t.arange(0,1,0.1,dtype=t.float64)
t.arange(-3,3,0.7)
t.arange(2**53,2**53+3)
t.arange(0,0)
t.arange(3,3,-1)
t.linspace(0,1,5)
t.linspace(0,1,1)
t.linspace(0,1,0)
t.linspace(0,1,2)
t.linspace(0,10,11,dtype=t.int64)
t.linspace(0,10,7,dtype=t.int64)
t.linspace(-3,10,7,dtype=t.int32)
t.linspace(0,1,-1)
t.linspace(0,1,steps=3)
t.linspace(t.tensor(0.),t.tensor(1.),3)
t.linspace(t.tensor([0.]),t.tensor(1.),3)
t.linspace(0,1,3,dtype=t.float16)
t.linspace(3,10,5)
t.linspace(-10,10,5)
t.linspace(1,1,3)
t.linspace(0,1,3,out=t.zeros(3))
t.linspace(0,1,3,out=t.zeros(0,dtype=t.float64))
t.linspace(0,1,3,requires_grad=True)
t.linspace(0,255,7,dtype=t.uint8)
t.linspace(0,1,3,dtype=t.bool)
t.logspace(0,2,3)
t.logspace(0,2,5,base=2)
t.logspace(-1,1,4,dtype=t.float64)
t.logspace(0,2,3,dtype=t.int64)
t.logspace(0,2,-3)
t.logspace(0,2,0)
t.logspace(0,2,1)
t.logspace(0,2,3,10)
t.logspace(0,2,3,-2)
"""

OTHERS = """
t.zeros_like(t.ones(2,3).T).stride()
t.ones_like(t.ones(2,3).T)
t.ones_like(t.ones(2,3),dtype=t.int64)
t.zeros_like(t.ones(2,3,4).permute(2,0,1)).stride()
t.zeros_like(t.ones(6)[::2]).stride()
t.empty_like(t.ones(4,6)[::2,::3]).stride()
t.full_like(t.ones(2,3).T,4)
t.full_like(t.ones(2,dtype=t.int64),2.5)
t.full_like(t.ones(2),t.tensor(3))
t.full_like(t.ones(2),3,requires_grad=True)
t.full_like(t.ones(2),'a')
t.zeros_like([1])
t.zeros_like(t.ones(2),layout=t.strided)
t.empty((2,3),memory_format=t.contiguous_format).shape
t.empty(2,3,4,5,memory_format=t.channels_last).stride()
t.empty(2,3,memory_format=t.channels_last).stride()
t.empty(2,3,memory_format=t.preserve_format).stride()
t.zeros(2,memory_format=t.contiguous_format)
t.zeros_like(t.ones(1,3).expand(2,3)).stride()
t.zeros_like(t.ones(2,3).T,memory_format=t.contiguous_format).stride()
t.full_like(t.ones(2,3,4,5),1,memory_format=t.channels_last).stride()
t.zeros_like(t.ones(2),device='cpu')
t.zeros_like(t.ones(2),device='cuda')
t.zeros_like(t.ones(2,requires_grad=True))
t.zeros_like(input=t.ones(2))
t.ones(2).new_zeros(2,3)
t.ones(2).new_zeros((2,3),dtype=t.int64)
t.ones(2,dtype=t.int64).new_ones(2)
t.ones(2,dtype=t.int64).new_full((2,),2.5)
t.ones(2).new_full((2,),3)
t.ones(2).new_full((2,),t.tensor(3))
t.ones(2).new_empty(2,3).shape
t.ones(2).new_empty_strided((2,3),(1,2)).stride()
t.ones(2).new_tensor([1,2])
t.ones(2).new_tensor([1,2],dtype=t.int64)
t.ones(2,dtype=t.int64).new_tensor([1.5,2])
t.ones(2).new_tensor(t.ones(2))
t.ones(2).new_tensor([1,2],requires_grad=True)
t.ones(2).new_zeros(2,requires_grad=True)
t.ones(2).new_zeros(-1)
t.ones(2).new_zeros(2.)
t.ones(2).new_zeros()
t.ones(2).new_zeros(size=(2,))
t.ones(2).new_zeros(2,device='cuda')
t.ones(2).new_zeros(2,layout=t.strided)
t.ones(2).new(2,3).shape
t.ones(2).new([1,2])
t.ones(2).new()
"""

TYPES = """
t.Tensor(2,3).shape
t.Tensor([1,2])
t.Tensor([[1,2],[3]])
t.Tensor()
t.Tensor(2.)
t.Tensor(np.arange(3))
t.Tensor(t.ones(2))
t.Tensor((2,3))
t.Tensor(t.Size([2,3])).shape
t.Tensor(range(3))
t.Tensor('a')
t.Tensor(-1)
t.Tensor(t.ones(2).long())
t.FloatTensor([1,2])
t.FloatTensor(2,3).shape
t.FloatTensor()
t.LongTensor([1,2])
t.LongTensor([1.5,2])
t.LongTensor(2,3).dtype
t.DoubleTensor([1])
t.HalfTensor([1])
t.IntTensor([1])
t.ShortTensor([1])
t.CharTensor([1])
t.ByteTensor([1])
t.ByteTensor([300])
t.BoolTensor([1,0])
t.LongTensor(t.ones(2).long())
t.LongTensor(t.ones(2))
t.LongTensor(np.arange(3))
t.FloatTensor(np.arange(3.))
t.FloatTensor(np.arange(3.,dtype=np.float32))
isinstance(t.ones(2),t.FloatTensor), isinstance(t.ones(2).long(),t.FloatTensor), isinstance(t.ones(2).long(),t.LongTensor)
isinstance(3,t.FloatTensor)
t.ones(2).type()
t.ones(2).type(t.LongTensor)
t.ones(2).type('torch.LongTensor')
t.ones(2).type('torch.FooTensor')
t.ones(2).type(t.float64)
t.FloatTensor
t.LongTensor.dtype
t.FloatTensor.__name__
t.FloatTensor.is_cuda
t.FloatTensor.layout
issubclass(t.FloatTensor,t.Tensor)
t.strided
t.ones(2).layout
type(t.strided)
isinstance(t.strided,t.layout)
t.set_default_tensor_type('torch.LongTensor')
t.set_default_tensor_type(t.LongTensor)
t.set_default_tensor_type(3)
t.set_default_device('cpu')
t.set_default_device(None)
t.get_default_device()
t.set_default_dtype(t.int64)
t.set_default_dtype('a')
t.set_default_dtype(3)
t.typename(t.ones(2))
t.typename(3)
t.get_default_dtype()
"""

WARNINGS = """
t.tensor([np.arange(2), np.arange(2)])
t.arange(3, out=t.zeros(2))
t.set_default_tensor_type(t.FloatTensor)
t.tensor(t.ones(2))
"""


def lines(*blocks):
    """The expressions of some blocks; what stands before the last semicolon is run first."""
    return [line for block in blocks for line in block.strip().splitlines()]


def plain(value):
    """What is compared of a value."""
    if isinstance(value, torch.Tensor | mt.Tensor):
        flags = (str(value.dtype), tuple(value.shape), tuple(value.stride()), value.requires_grad)
        return *flags, value.detach().numpy().tolist()
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    return repr(value).replace("minitorch_np", "torch")


def words(message) -> str:
    """One line without addresses, the place in torch's sources, and what torch says at the first time only."""
    text = re.sub(r"0x[0-9a-f]+", "0x", str(message)).replace("minitorch_np", "torch")
    return re.sub(r"\s+", " ", text.split(" (Triggered internally")[0]).strip()


def outcome(lib, line):
    """("value", ...) or (type of the error, words), and the warnings."""
    *before, last = line.split(";")
    names = {"t": lib, "np": np}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec("\n".join(before), names)
            result = "value", plain(eval(last, names))
        except Exception as error:
            result = type(error).__name__, words(error)
    return result, [(w.category.__name__, words(w.message)) for w in caught]


@pytest.mark.parametrize("line", lines(DATA, SIZES, OTHERS, TYPES))
def test_same(line):
    (kind, ours), (other, theirs) = outcome(mt, line)[0], outcome(torch, line)[0]
    assert kind == other, (ours, theirs)
    if kind == "value" and isinstance(theirs, tuple) and "float" in theirs[0]:
        assert ours[:4] == theirs[:4]
        np.testing.assert_allclose(ours[4], theirs[4], rtol=2e-7 if theirs[0] != "torch.float16" else 1e-3)
    else:
        assert ours == theirs


@pytest.mark.parametrize("line", lines(WARNINGS))
def test_same_warning(line):
    assert outcome(mt, line)[1], line
    theirs = outcome(torch, line)[1]
    assert outcome(mt, line)[1] == theirs or not theirs  # torch says some of them once in a process


def test_default_tensor_type():
    with pytest.warns(UserWarning, match="deprecated as of"):
        mt.set_default_tensor_type(mt.DoubleTensor)
    try:
        assert mt.ones(1).dtype is mt.get_default_dtype() is mt.float64
        assert mt.Tensor([1]).dtype is mt.float64
    finally:
        mt.set_default_dtype(mt.float32)


def test_no_backend_is_there():
    assert not any(getattr(backends, name).is_available() for name in ("cudnn", "mkl", "mkldnn", "mps", "openmp"))
    assert not backends.cuda.is_built()


def test_out_is_written_in_place():
    for lib in (torch, mt):
        x = lib.ones(4)
        part = x[1:3]
        lib.full((2,), 5.0, out=part)
        assert x.tolist() == [1, 5, 5, 1]


def test_buffers_are_shared():
    for lib in (torch, mt):
        memory = bytearray(4)
        x = lib.frombuffer(memory, dtype=lib.uint8, offset=1)
        memory[2] = 7
        assert x.tolist() == [0, 7, 0]
        assert lib.asarray(memory, dtype=lib.uint8).tolist() == [0, 0, 7, 0]


def test_typename_of_classes():
    assert mt.typename(mt.ones(2)) == torch.typename(torch.ones(2))
    assert mt.typename(dict) == torch.typename(dict)
