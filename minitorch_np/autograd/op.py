"""Declaring an operation: the forward on ndarrays, the gradient on Tensors.

    @op
    def multiply(a, b):
        return a * b

    @multiply.gradient
    def _(g, a, b):
        return g * b, g * a

The gradient's *parameter names* say what is saved: an input's name (that Tensor), an output's name, an
option's name, `x_shape` or `x_dtype` for input x, or `needs` (which inputs want a gradient).  The
signature is read once, at import; what is not named is not kept alive.
"""

import copy
import functools
import inspect
from collections import namedtuple
from functools import cached_property

import numpy as np

from ..memory_order import in_memory_order, row_major
from ..quiet import restore, silence
from ..tensor import Tensor
from . import anomaly
from .deferred import Deferred
from .introspection import show_saved
from .mode import inferring, state
from .node import RELEASED, accumulator, node_class, sequence
from .saved import USED_UP, SavedTensor, saved_input, saved_output, unpack
from .views import current_history, make_view


class Op:
    """A callable operation on Tensors.  `forward` computes; the gradient is declared by a decorator."""

    def __init__(
        self, forward, *, name=None, outputs=None, differentiable=None, view=False, elementwise=False, any_order=False
    ):
        self.forward = forward
        self.view = view
        # How results lie in memory: as the operands do (memory_order.py), as the forward leaves them, or row by row.
        self.elementwise, self.any_order = elementwise, any_order
        self.outputs = outputs or ("out",)
        self.multiple = outputs is not None
        # Positions of the outputs that carry a gradient; "*" means a tuple of any length, all of them.
        self.differentiable = (
            None
            if outputs == "*"
            else tuple(i for i, o in enumerate(self.outputs) if differentiable is None or o in differentiable)
        )
        self.name = forward.__name__
        self.node_name = name or "".join(w.capitalize() for w in self.name.split("_")) + "Backward0"
        self.__doc__, self.__name__ = forward.__doc__, forward.__name__
        parameters = inspect.signature(forward).parameters.values()
        self.inputs = tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
        self.variadic = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        self.options = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        self._gradient = self._fast = self._definition = self._on_arrays = self._on_deferred = None
        self.per_input = False
        self.wants_none = False  # True: the gradient is asked for even if nothing came back to any output
        self.once = False  # True: a second backward pass is refused even though nothing is saved
        self.plan = ()  # what is saved, as steps (kind, index or name),
        self.steps = ()  # each with the inputs of which one must want a gradient for it to be worth it; None: always

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    @functools.cached_property
    def Needs(self):
        """The type of `needs`: one truth value per input, by name."""
        return None if self.variadic else namedtuple("needs", self.inputs)

    @cached_property
    def node_class(self):
        kind = node_class(self.node_name)
        show_saved(kind, self)
        return kind

    # --- declaring ---------------------------------------------------------------------------

    def gradient(self, function):
        """Declare the gradient: function(g, *names) -> one Tensor or None per input."""
        self._gradient = _rename(function, f"{self.name}.gradient")
        self.plan = self._bind(function)
        self.steps = [(step, None) for step in self.plan]
        return self

    def gradients(self, *functions):
        """Declare one gradient per input, each run only where it is wanted: functions of (g, *names)."""
        if len(functions) != len(self.inputs):
            raise TypeError(f"op {self.name} has {len(self.inputs)} inputs, but {len(functions)} gradients")
        self.per_input = True
        plans = [() if f is None else self._bind(f) for f in functions]
        self.plan = tuple(dict.fromkeys(step for plan in plans for step in plan))  # each value is saved once
        self._gradient = [
            None if f is None else (_rename(f, f"{self.name}.gradient"), tuple(self.plan.index(s) for s in plan))
            for f, plan in zip(functions, plans)
        ]
        self.steps = [(step, [i for i, p in enumerate(plans) if step in p]) for step in self.plan]
        return self

    def fast_gradient(self, function):
        """Declare the gradient on ndarrays, used unless `create_graph=True`."""
        self._fast = _rename(function, f"{self.name}.fast_gradient")
        self.plan = self._bind(function)
        self.steps = [(step, None) for step in self.plan]
        return self

    def on_arrays(self, *functions):
        """Declare the gradient a second time, on ndarrays, for where it is not recorded and all arrays lie row by row.

        One function, or one per input after `gradients`; None leaves an input to the first form.  They get what the
        functions of the first form get, and round as those do (a large product may be cut otherwise).  After `gradients`
        it may be one for all inputs, too, which gets `needs` behind g, then every saved value, and returns as many arrays,
        or None.
        """
        self._on_arrays = [None if f is None else _rename(f, f"{self.name}.gradient") for f in functions]
        return self

    def on_deferred(self, function):
        """Declare what is done with a gradient that nobody has looked at: function(parts, *values), as `gradient`'s values.

        It returns an array, or None where it has to be looked at after all.
        """
        self._on_deferred = _rename(function, f"{self.name}.gradient")
        return self

    def definition(self, function):
        """Declare the mathematics on Tensors, differentiated in the fast gradient's place if `create_graph=True`."""
        self._definition = _rename(function, f"{self.name}.definition")
        return self

    def named(self, node_name):
        """The same operation under another node's name: torch often has several for one mathematics."""
        twin = copy.copy(self)
        twin.node_name = node_name
        twin.__dict__.pop("node_class", None)
        return twin

    def _bind(self, function):
        """Read the names that `function` takes after g as steps (kind, index or name)."""
        steps = []
        for name in list(inspect.signature(function).parameters)[1:]:
            stem, _, what = name.rpartition("_")
            if name in self.inputs:
                steps.append(("input", self.inputs.index(name)))
            elif name == self.variadic:
                steps.append(("inputs", None))
            elif name in self.options:
                steps.append(("option", name))
            elif name == "needs":
                steps.append(("needs", None))
            elif name in self.outputs:
                steps.append(("output", self.outputs.index(name)))
            elif stem in self.inputs and what in ("shape", "dtype"):
                steps.append((what, self.inputs.index(stem)))
            elif stem and stem == self.variadic and what == "shapes":
                steps.append(("shapes", None))
            else:
                raise TypeError(
                    f"the gradient of op {self.name} asks for {name!r}, which is no input {self.inputs}, "
                    f"output {self.outputs} or option {tuple(self.options)} of it"
                )
        return tuple(steps)

    # --- running -------------------------------------------------------------------------------

    def __call__(self, *inputs, **options):
        """Run the forward; record a node if recording is on and an input requires grad."""
        if self.view:
            return self._view(inputs[0], options)
        record = ordered = False
        arrays = []
        for x in inputs:
            if isinstance(x, Tensor):
                array = x._array
                arrays.append(array)
                if x._requires_grad or (x._base is not None and x._base._requires_grad):
                    record = True
                if self.elementwise and array.ndim > 1 and not array.flags.c_contiguous:
                    ordered = True
            else:
                arrays.append(x)  # None, or a number: a constant
        settings = silence()
        try:
            result = in_memory_order(self.forward, arrays, options) if ordered else self.forward(*arrays, **options)
            if not self.elementwise and not self.any_order:
                result = row_major(result, arrays)
        finally:
            restore(settings)
        if self.multiple:
            out = tuple([Tensor._wrap(r) for r in result])
        else:
            out = Tensor._wrap(result if type(result) is np.ndarray else np.asarray(result))
        if record and state.enabled and not (inferring and state.inference):
            self._record(inputs, options, out)
        return out

    def _view(self, x, options):
        """The same for a view operation: nothing is calculated."""
        result = self.forward(x._array, **options)
        out = tuple([Tensor._wrap(r) for r in result]) if self.multiple else Tensor._wrap(result)
        if x._requires_grad or (x._base is not None and x._base._requires_grad):
            if state.enabled and not (inferring and state.inference):
                self._record((x,), options, out)
        make_view(x, out)
        return out

    def of_one(self, x, **options):
        """self(x, **options) in fewer steps, for one tensor and one output; not for views."""
        array = x._array
        if self.elementwise and array.ndim > 1 and not array.flags.c_contiguous:
            return self(x, **options)
        settings = silence()
        try:
            result = self.forward(array, **options)
        finally:
            restore(settings)
        if type(result) is not np.ndarray:
            result = np.asarray(result)
        elif result.ndim > 1 and not self.elementwise and not self.any_order:
            result = row_major(result, [array])
        out = Tensor._wrap(result)
        if x._requires_grad or (x._base is not None and x._base._requires_grad):
            if state.enabled and not (inferring and state.inference):
                self._record((x,), options, out)
        return out

    def of_two(self, a, b):
        """self(a, b) in fewer steps, for two tensors, one output and no options; not where results are made row-major."""
        x, y = a._array, b._array
        if not (x.flags.c_contiguous and y.flags.c_contiguous) or a._base is not None or b._base is not None:
            return self(a, b)
        settings = silence()
        try:
            result = self.forward(x, y)
        finally:
            restore(settings)
        out = Tensor._wrap(result if type(result) is np.ndarray else np.asarray(result))
        if (a._requires_grad or b._requires_grad) and state.enabled and not (inferring and state.inference):
            self._record((a, b), {}, out)
        return out

    def _record(self, inputs, options, out):
        """Hang the outputs into the graph, and keep what the gradient asked for."""
        if not self.multiple:
            dtype = out._array.dtype
            if dtype.kind != "f":
                return  # an answer about the inputs, such as x > 0, has no gradient
        edges: list = []
        for x in inputs:
            if isinstance(x, Tensor):
                if x._base is not None and x._seen != x._counter[0]:
                    current_history(x)
                # A view may require grad only because its base does by now: then the gradient goes nowhere, as in torch.
                if x._requires_grad:
                    edges.append((accumulator(x), 0) if x._node is None else (x._node, x._output_nr))
                    continue
            edges.append(None)
        node = self.node_class()
        node.op, node.edges, node.sequence, node.extras = self, edges, next(sequence), None
        if self.multiple:
            outs, node.outputs = out, []
            for k, y in enumerate(outs):
                array = y._array
                node.outputs.append((array.shape, array.dtype))
                if array.dtype.kind == "f" and (self.differentiable is None or k in self.differentiable):
                    y._node, y._output_nr, y._requires_grad = node, k, True
        else:  # the same for one: this is the path of small operations
            outs = (out,)
            node.outputs = ((out._array.shape, dtype),)
            out._node, out._output_nr, out._requires_grad = node, 0, True
        if anomaly.anomaly.enabled:
            anomaly.remember(node)
        saved, some_unwanted = [], None in edges
        for (kind, at), users in self.steps:
            if some_unwanted and users is not None:
                for user in users:
                    if edges[user] is not None:
                        break
                else:
                    saved.append(None)  # a value that only unwanted gradients would use is not kept alive
                    continue
            if kind == "input":
                x = inputs[at]
                saved.append(saved_input(x) if isinstance(x, Tensor) else x)
            elif kind == "output":
                saved.append(saved_output(outs[at], at))
            elif kind == "option":
                saved.append(options[at] if at in options else self.options[at])
            elif kind == "needs":
                saved.append(None)  # filled in when the gradient runs
            else:
                saved.append(_geometry(kind, at, inputs))
        if self._definition is not None:
            saved += [[saved_input(x) if isinstance(x, Tensor) else x for x in inputs], options]
        node.saved = tuple(saved)

    # --- differentiating -----------------------------------------------------------------------

    def differentiate(self, node, grads, needs, create_graph):
        """The gradients of the inputs, given one gradient (or None) per output.  Called by the engine."""
        saved = node.saved
        if saved is RELEASED:
            raise RuntimeError(USED_UP)
        g = grads if self.differentiable is None or len(self.differentiable) > 1 else grads[self.differentiable[0]]
        if create_graph and self._definition is not None:
            return _differentiate_definition(self, node, g, needs)
        values = []
        for value, (kind, _) in zip(saved, self.plan):
            if kind == "needs":
                value = needs if self.Needs is None else self.Needs(*needs)
            elif type(value) is SavedTensor or type(value) is list:
                value = unpack(value, node)
            values.append(value)
        if type(g) is Deferred and self._on_deferred is not None and not create_graph:
            known = _unrecorded(self._on_deferred, [g.parts, *values])
            if known is not None:
                return (known,)
        plain = None
        if self._on_arrays is not None and not create_graph:
            plain = _row_by_row(g, values)
            if plain is not None and not self.per_input:
                return (_unrecorded(self._on_arrays[0], plain),)
        if self.per_input:
            if plain is not None and len(self._on_arrays) < len(needs):
                known = _unrecorded_list(self._on_arrays[0], [plain[0], needs, *plain[1:]])
                plain = None
            else:
                known = [None] * len(needs)
            results: list = []
            for at, (gradient, wanted) in enumerate(zip(self._gradient, needs)):
                if known[at] is not None:
                    results.append(known[at])
                elif wanted and gradient is not None:
                    function, places = gradient
                    if plain is not None and self._on_arrays[at] is not None:
                        results.append(_unrecorded(self._on_arrays[at], [plain[0], *[plain[k + 1] for k in places]]))
                    else:
                        results.append(function(g, *[values[k] for k in places]))
                else:
                    results.append(None)
            return results
        if self._fast is not None:
            result = self._fast(_arrays(g), *[_arrays(v) for v in values])
            if type(result) is not tuple and isinstance(result, (np.ndarray, np.generic)):
                return (Tensor._wrap(np.asarray(result)),)
            return [Tensor._wrap(np.asarray(r)) if r is not None else None for r in result]
        if self._gradient is None:
            raise NotImplementedError(f"derivative for {self.name} is not implemented")
        result = self._gradient(g, *values)
        return (result,) if isinstance(result, Tensor) or result is None else result

    @cached_property
    def saves_tensors(self) -> bool:
        """True if a second backward pass would miss values that the first one released."""
        return (
            self.once or self._definition is not None or any(kind in ("input", "inputs", "output") for kind, _ in self.plan)
        )


def _geometry(kind, at, inputs):
    if kind == "shape":
        return inputs[at]._array.shape if isinstance(inputs[at], Tensor) else ()
    if kind == "dtype":
        return inputs[at].dtype
    if kind == "inputs":
        return [saved_input(x) for x in inputs]
    return [x._array.shape for x in inputs]


def op(forward=None, **declared):
    """Make an Op of a forward function; usable bare or with `name=`, `outputs=`, `view=`, ... (see Op)."""
    return Op(forward, **declared) if forward is not None else lambda f: Op(f, **declared)


def _rename(function, name):
    """Let tracebacks say `convolution.gradient` where the source says `_`."""
    function.__code__ = function.__code__.replace(co_name=name)
    function.__name__ = name
    return function


def _arrays(value):
    if isinstance(value, Tensor):
        return value._array
    if isinstance(value, (list, tuple)) and any(isinstance(v, Tensor) for v in value) and not hasattr(value, "_fields"):
        return [_arrays(v) for v in value]
    return value


def _row_by_row(g, values):
    """The gradient and the values with arrays in the tensors' places, or None if one does not lie row by row."""
    if not g._array.flags.c_contiguous:
        return None
    result = [g._array]
    for value in values:
        if isinstance(value, Tensor):
            value = value._array
            if not value.flags.c_contiguous:
                return None
        result.append(value)
    return result


def _unrecorded(function, arguments):
    settings = silence()
    try:
        result = function(*arguments)
    finally:
        restore(settings)
    if result is None or type(result) is Deferred:
        return result
    return Tensor._wrap(np.asarray(result))  # of arrays without dimensions NumPy makes numbers


def _unrecorded_list(function, arguments):
    settings = silence()
    try:
        return [None if array is None else Tensor._wrap(np.asarray(array)) for array in function(*arguments)]
    finally:
        restore(settings)


@op
def alias(x):
    """The same values, as an operation of its own."""
    return x


alias.gradient(lambda g: g)


def _differentiate_definition(operation, node, g, needs):
    """Differentiate the definition on aliases of the saved inputs.

    The aliases cut the walk there (if one input depends on another, its path must not be counted twice)
    while what comes out stays attached to the history of the inputs.
    """
    from .backward import grad

    inputs, options = node.saved[-2:]
    aliases = [alias(v) if isinstance(v := unpack(x, node), Tensor) and v._requires_grad else v for x in inputs]
    wanted = [a for a, needed in zip(aliases, needs) if needed]
    outputs = operation._definition(*aliases, **options)
    if type(outputs) is tuple:  # only those that a gradient arrived for
        outputs, g = zip(*[(y, one) for y, one in zip(outputs, g) if one is not None])
    results = iter(grad(outputs, wanted, g, create_graph=True, allow_unused=True))
    return [next(results) if needed else None for needed in needs]
