"""Subclasses of Tensor (as_subclass, __torch_function__), and Python's own protocols (__reversed__, __complex__ and so on).

Both libraries run the same small programs.
"""

import pytest
import torch
from test_interplay import calls, run
from twin import assert_same

import minitorch_np as mt

CLASSES = """class M(t.Tensor): pass
class B(M): pass
class C(t.Tensor): pass
class D(t.Tensor):
    def __new__(cls, data, extra): return super().__new__(cls, data)
    def __init__(self, data, extra): self.extra = extra
class PP(nn.Parameter): pass
m = M([1., 2.])
mm = M([1., 2.]).requires_grad_()
def kind(v): return type(v).__name__ if not isinstance(v, (list, tuple)) else [type(v).__name__, *map(kind, v)]"""


@pytest.fixture(scope="module")
def classes():
    spaces = {}
    for lib in (mt, torch):
        spaces[lib] = space = {"t": lib, "nn": lib.nn}
        exec(CLASSES, space)
    return spaces


@pytest.mark.parametrize(
    "call",
    calls("""m+1  1+m  m*m  -m  m.sum()  t.add(m,m)  t.add(t.ones(2),m)  t.ones(2)-m  m.detach()  m.data  m.clone()  m[0]
    m.max(0)  m.split(1)  list(m)  t.stack([m,m])  t.cat([t.ones(1),m])  t.cat([m,t.ones(1)])  m[None].T
    m.to(t.float64)  m>1  m==1  m.tolist()  t.ones_like(m)  m.new_zeros(2)  t.as_tensor(m)  m.cpu()  m.numpy()
    t.zeros_like(m)  t.full_like(m,2)  (mm*2).sum().backward() or mm.grad  t.autograd.grad((mm*mm).sum(),mm)
    mm.is_leaf  mm*2  (mm*2).grad_fn.name()  m.add_(1)  nn.functional.relu(m)  nn.Linear(2,1)(m).shape  m+B([1.,2.])
    B([1.,2.])+m  M([1.])+C([1.])  t.where(m>0,m,m)  t.einsum('i,i',m,m)  nn.functional.mse_loss(m,t.ones(2))
    t.argmax(m)  t.allclose(m,m)  t.equal(m,m)  t.nonzero(m)  t.sort(m)  repr(mm)  str(m)  f"{m}"
    D([1.,2.],5).extra  D([1.,2.],5)+1  hasattr(D([1.,2.],5)+1,'extra')  M()  M(2).shape  M(t.ones(3))  M((1,2))
    m.float()  m.requires_grad_() is m  t.ones(2).as_subclass(M)  t.ones(2).as_subclass(int)
    t.ones(2).as_subclass(nn.Parameter)  (t.ones(2,requires_grad=True)*2).as_subclass(M)
    t.ones(2,requires_grad=True).as_subclass(M).is_leaf  t.Tensor._make_subclass(M,t.ones(2),True)
    t.Tensor._make_subclass(M,t.ones(2,requires_grad=True)*2).is_leaf  nn.Parameter(m)
    isinstance(nn.Parameter(m),nn.Parameter)  nn.Parameter(m)+1  PP(t.ones(2))  PP(t.ones(2))+1
    nn.Buffer(t.ones(2))+1  isinstance(nn.Buffer(t.ones(2)),nn.Buffer)  isinstance(t.ones(2),nn.Buffer)
    isinstance(t.ones(2),nn.Parameter)  nn.Parameter(t.ones(2)).detach()
    nn.Parameter(t.ones(2)).requires_grad_(False)  nn.Parameter(t.ones(2))[0]  nn.Parameter(t.ones(2)).data
    nn.Parameter(t.arange(2))  sum([m,m])  max(M([1.]),M([2.]))  len({m,m})  t.is_tensor(m)  isinstance(m,t.Tensor)
    m.view(2)._is_view()  m.shape  m.stride()  m.where(m>0,0)  m[m>0]  m[None]  m[[0,1]]  m[0].item()
    t.Tensor.add(m,1)  t.rand_like(m).shape  m.unbind()  __import__('copy').copy(m)  __import__('copy').deepcopy(m)
    m.__reduce_ex__(2)[0].__name__  m.t()  m.reshape(2,1)  m.mean()"""),
)  # fmt: skip
def test_results_are_of_the_subclass(classes, call):
    def program(lib, nn):
        value = eval(call, classes[lib])
        return value, classes[lib]["kind"](value)

    assert_same(program)


def test_subclass_shares_memory_and_counter():
    run("class M(t.Tensor): pass\nx = t.ones(2)\ny = x.as_subclass(M)\nx.add_(1)\n"
        "(y, y.data_ptr() == x.data_ptr(), y._is_view(), y._version, x._version)")  # fmt: skip


def test_own_torch_function():
    """A class may see every call, change it, refuse it, or hand it on."""

    def program(lib, nn):
        seen = []

        class Logged(lib.Tensor):
            @classmethod
            def __torch_function__(cls, func, types, args=(), kwargs=None):
                seen.append((func.__name__, [kind.__name__ for kind in types]))
                if func.__name__ == "cos":
                    return "a cosine"
                if func.__name__ == "tan":
                    return NotImplemented
                return super().__torch_function__(func, types, args, kwargs)

        x = Logged([1.0, 2.0])
        result = lib.exp(x).add(1), lib.cos(x), x.cos()
        try:
            lib.tan(x)
        except TypeError as error:
            seen.append(str(error))
        return type(result[0]).__name__, result[0].tolist(), result[1:], [entry for entry in seen if entry[0] != "tolist"]

    assert_same(program)


def test_a_class_that_takes_no_part():
    def program(lib, nn):
        class Q(lib.Tensor):
            __torch_function__ = nn.Parameter.__torch_function__

        return type(Q([1.0]) + 1).__name__, type(Q([1.0])).__name__

    assert_same(program)


# --- Python's protocols ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    calls("""[v.item() for v in x]  list(reversed(x))  len(x)  3. in x  9. in x  sorted(x)  sum([x,x])  sum(x)  max(x)
    min(x)  max(x,key=float)  list(zip(x,x))  dict(zip('abc',x))  f"{x}"  f"{x[0]:.3f}"  f"{x:.3f}"  len({x,x,x[0]})
    {x:1}[x]  hash(x)==hash(x)  hash(x)==hash(x.clone())  bool(x)  bool(x[1])  bool(t.zeros(0))  not x  x and 1
    x[0] or 5  if_else(x>1)  iter(x[0])  len(x[0])  x[0] in [x[0]]  list(x[0])  reversed(x[0])  2. in x[0]
    int(x[1])  float(x[1])  complex(x[1])  int(x)  float(x)  [10,20,30][x.long()[1]]  range(x.long()[2])  x.item()
    t.is_tensor(x)  t.is_tensor(1)  isinstance(x,t.Tensor)  round(x[1].item())  abs(x)  +x  -x  divmod(x,2)
    pow(x,2)  x.__index__()  x[1].__index__()  any(x)  all(x)  list(map(float,x))  list(enumerate(x))
    bytes(t.tensor([1,2],dtype=t.uint8))  'a'*t.tensor(3)  [1]*t.tensor(2)  x.sort()[0].tolist()  "%s"%x  "%d"%x[2]
    "{:5.1f}".format(x[1])  a_b_c(x)  list(t.zeros(0))  list(t.zeros(2,0))  str(x[0])  x=={}  x==None
    math.sqrt(x[1])  math.floor(x[1])  sum([])  None in x  'a' in x  [1] in x  x in [x]
    'abc'[x.long()[0]:x.long()[2]]"""),
)  # fmt: skip
def test_protocols_of_python(call):
    run("import math\ndef if_else(v): return 1 if v else 2\ndef a_b_c(v): a, b, c = v; return a, b, c\n"
        f"x = t.tensor([0., 1., 2.])\n{call}")  # fmt: skip


@pytest.mark.parametrize(
    "call",
    calls("""c(np.ones(2))  c([np.ones(2),np.zeros(2)])  c({'a':np.float32(2)})  c('abc')  c(np.array(['a']))  c((1,2))
    c(np.float64(1))  d([np.ones(2),np.ones(2)])  d([np.float32(1),np.float32(2)])  d([1,2])  d([1.,2.])
    d([t.ones(2),t.zeros(2)])  d([{'a':1},{'a':2}])  d(['a','b'])  d([(1,np.ones(1)),(2,np.ones(1))])
    d([np.int32(1),np.int32(2)])  d([None])  d([np.array(['a'])])  d([True,False])
    d([np.bool_(True),np.bool_(False)])  d([[1,2],[3]])  d([np.array(1.),np.array(2.)])  d([b'a'])"""),
)  # fmt: skip
def test_collating_arrays(call):
    run(f"c, d = t.utils.data.default_convert, t.utils.data.default_collate\n{call}")
