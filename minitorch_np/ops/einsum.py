"""Products of tensors along any dimensions: einsum, tensordot, kron, inner, vdot, addbmm.

All are permutations around one batched matrix product, so that their gradients come by themselves.
"""

import math

from .. import checks
from ..tensor import Tensor
from .matmul import bmm_op, check_numeric, check_vectors, dot_op, mm_op
from .public import public
from .shape import reshaped_copy

# --- einsum: the equation ---------------------------------------------------------------------------------

ELLIPSIS = "..."
NOTHING = (
    "einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list"
)


def _letter(number):
    """The letter of a subscript given as a number, or the ellipsis."""
    if number is Ellipsis:
        return ELLIPSIS
    if not 0 <= number < 52:
        raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
    return chr(ord("A") + number) if number < 26 else chr(ord("a") + number - 26)


def _equation(args):
    """einsum's arguments in either form as (equation, operands)."""
    if len(args) < 2:
        raise ValueError(NOTHING)
    if isinstance(args[0], str):
        operands = args[1:]
        if len(operands) == 1 and isinstance(operands[0], list | tuple):
            operands = operands[0]
        return args[0], list(operands)
    equation = ",".join("".join(map(_letter, subscripts)) for subscripts in args[1::2])
    if len(args) % 2:
        equation += "->" + "".join(map(_letter, args[-1]))
    return equation, list(args[: len(args) // 2 * 2 : 2])


def _subscripts(text, begin, again, alone):
    """The letters of one operand or of the output, an ellipsis as one; the errors' words differ."""
    labels, at = [], 0
    while at < len(text):
        letter = text[at]
        at += 1
        if letter == " ":
            continue
        if letter == ".":
            if ELLIPSIS in labels:
                raise RuntimeError(f"einsum(): found '.' for {again}")
            if text[at : at + 2] != "..":
                raise RuntimeError(f"einsum(): found '.' for {alone}")
            at += 2
            labels.append(ELLIPSIS)
        elif letter.isascii() and letter.isalpha():
            labels.append(letter)
        else:
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {begin + at - 1} in the equation string, subscripts must be in "
                "[a-zA-Z]"
            )
    return labels


def _parse(equation, count):
    """(labels of each operand, labels of the output or None)"""
    left, arrow, right = equation.partition("->")
    parts, begin, inputs = left.split(","), 0, []
    for i, part in enumerate(parts):
        inputs.append(
            _subscripts(
                part,
                begin,
                f"operand {i} for which an ellipsis was already found",
                f"operand {i} that is not part of any ellipsis",
            )
        )
        begin += len(part) + 1
    if len(parts) != count:
        which = "fewer" if len(parts) > count else "more"
        raise RuntimeError(f"einsum(): {which} operands were provided than specified in the equation")
    if not arrow:
        return inputs, None
    return inputs, _subscripts(
        right,
        len(left) + 2,
        "output but an ellipsis (...) was already found",
        "output that is not part of any ellipsis (...)",
    )


def _spread(labels, extent):
    """An ellipsis made `extent` numbered labels, right-aligned: the last is -1."""
    return [new for old in labels for new in (range(-extent, 0) if old == ELLIPSIS else [old])]


def _label_operands(operands, inputs):
    """Every operand's labels, one per dimension; the largest ellipsis.  Raises: RuntimeError if the numbers differ."""
    widest = 0
    for i, (x, labels) in enumerate(zip(operands, inputs)):
        has = ELLIPSIS in labels
        named = len(labels) - has
        if named > x.ndim or (named != x.ndim and not has):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) "
                + ("is more than" if has else "does not match")
                + f" the number of dimensions ({x.ndim}) for operand {i}"
                + ("" if has else " and no ellipsis was given")
            )
        if has:
            widest = max(widest, x.ndim - named)
    return [_spread(labels, x.ndim - len(labels) + 1) for x, labels in zip(operands, inputs)], widest


def _output_labels(output, labelled, widest):
    """The output's labels; without an arrow, the ellipsis and then, in order, what occurs once."""
    everything = [label for labels in labelled for label in labels]
    if output is None:
        once = sorted(label for label in set(everything) if isinstance(label, str) and everything.count(label) == 1)
        return [*range(-widest, 0), *once]
    for at, label in enumerate(output):
        if label != ELLIPSIS and label in output[:at]:
            raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
        if label != ELLIPSIS and label not in everything:
            raise RuntimeError(f"einsum(): output subscript {label} does not appear in the equation for any input operand")
    return _spread(output, widest)


# --- einsum: the products -----------------------------------------------------------------------------------


def _aligned(x, labels, order, number):
    """x with a label's dimensions made one (its diagonal), and one dimension per label of `order`, 1 where x has none."""
    labels = list(labels)
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            m, n = x._array.shape[first], x._array.shape[second]
            if m != n:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for operand {number} but the sizes don't match, {n} != {m}"
                )
            x = x.diagonal(0, first, second)
            labels = labels[:first] + labels[first + 1 : second] + labels[second + 1 :] + [label]
    missing = len(order) - len(labels)
    x = x.reshape((*x._array.shape, *[1] * missing)) if missing else x
    spare = iter(range(len(labels), len(order)))
    return x.permute([labels.index(label) if label in labels else next(spare) for label in order])


def _contract(left, right, summed):
    """sum over the dimensions `summed` of left * right, which stay with size 1: one batched matrix product."""
    ndim = left.ndim
    for d in summed:  # what only one side has is summed there
        if left._array.shape[d] != 1 and right._array.shape[d] == 1:
            left = left.sum(d, keepdim=True)
        elif left._array.shape[d] == 1 and right._array.shape[d] != 1:
            right = right.sum(d, keepdim=True)
    a, b = left._array.shape, right._array.shape
    inner = [d for d in summed if a[d] != 1]
    if not inner:
        return left * right
    if left.dtype is not right.dtype:
        raise RuntimeError(f"expected scalar type {left.dtype.long_name} but found {right.dtype.long_name}")
    if left.numel() and right.numel():
        check_numeric("bmm", left)
    free = [d for d in range(ndim) if d not in inner]
    both = [d for d in free if a[d] != 1 and b[d] != 1]
    rows = [d for d in free if a[d] != 1 and b[d] == 1]
    columns = [d for d in free if d not in both and d not in rows]
    sizes = lambda dims, shape: math.prod([shape[d] for d in dims])
    batch, n, k, m = sizes(both, a), sizes(rows, a), sizes(inner, a), sizes(columns, b)
    x = left.permute([*both, *rows, *inner, *columns]).reshape(batch, n, k)
    y = right.permute([*both, *inner, *columns, *rows]).reshape(batch, k, m)
    order = [*both, *rows, *columns, *inner]
    shape = [1 if d in inner else a[d] if a[d] != 1 else b[d] for d in order]
    return bmm_op(x, y).reshape(shape).permute([order.index(d) for d in range(ndim)])


def _refuse_extents(label, labels, number, n, seen):
    if isinstance(label, str):
        raise RuntimeError(
            f"einsum(): subscript {label} has size {n} for operand {number} which does not broadcast with previously seen "
            f"size {seen}"
        )
    raise RuntimeError(  # torch forgets the space before "has"
        f"einsum(): dimension {labels.index(label)} covered by ellipsis in operand {number}has size {n} which does not "
        f"broadcast with previously seen ellipsis with size {seen} for the respective dimension"
    )


@public(method=False)
def einsum(*args):
    """Sums of products of elements that have the same letters: "ij,jk->ik" is the matrix product.

    Letters missing in the output are summed over; without "->" those that occur once stay, in alphabetical order; a
    letter twice in an operand is its diagonal; "..." stands for dimensions that broadcast.  Also by numbers:
    einsum(x, [0, 1], y, [1, 2], [0, 2]).
    Raises: RuntimeError for an equation that does not fit, ValueError for too few arguments.  Torch: torch.einsum
    """
    equation, operands = _equation(args)
    if not operands:
        raise ValueError(NOTHING)
    inputs, output = _parse(equation, len(operands))
    labelled, widest = _label_operands(operands, inputs)
    kept = _output_labels(output, labelled, widest)
    order = kept + [label for label in dict.fromkeys(la for labels in labelled for la in labels) if label not in kept]
    aligned, extents = [], {}
    for i, (x, labels) in enumerate(zip(operands, labelled)):
        x = _aligned(x, labels, order, i)
        for label, n in zip(order, x._array.shape):
            if extents.setdefault(label, n) == 1:
                extents[label] = n
            elif n not in (1, extents[label]):
                _refuse_extents(label, labels, i, n, extents[label])
        aligned.append(x)
    result, inner = aligned[0], list(range(len(kept), len(order)))
    for i, x in enumerate(aligned[1:], 1):
        later = aligned[i + 1 :]
        done = [d for d in inner if not any(order[d] in labels for labels in labelled[i + 1 :])] if later else inner
        result = _contract(result, x, done)
    if not inner:
        return result
    if len(aligned) == 1:
        return result.sum(inner)
    return result.reshape(result._array.shape[: len(kept)])


# --- the others --------------------------------------------------------------------------------------------------


def _contracted_dims(a, b, dims):
    if isinstance(dims, Tensor):
        dims = dims.tolist() if dims.numel() > 1 else int(dims.item())
    if isinstance(dims, str | float) or isinstance(dims, tuple | list) and len(dims) != 2:
        raise RuntimeError(
            "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] containing two lists, but "
            f"got dims={dims}"
        )
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        return list(range(-dims, 0)), list(range(dims))
    first, second = [[d] if isinstance(d, int) else list(d) for d in dims]
    if len(first) != len(second):
        raise RuntimeError("both dimension lists should have same length")
    return first, second


@public(method=False, out=True)
def tensordot(a, b, dims=2):
    """The sum of products over pairs of dimensions: the last of a with the first of b, or dims=(dims of a, dims of b).

    Shapes: what is left of a, then of b.  Raises: RuntimeError if the sizes differ.  Torch: torch.tensordot
    """
    given = _contracted_dims(a, b, dims)
    if a.dtype is not b.dtype:
        raise RuntimeError("both inputs should have same dtype")
    check_numeric("addmm_impl_cpu_", a)
    first = [checks.check_dim(d, a.ndim) for d in given[0]]
    second = [checks.check_dim(d, b.ndim) for d in given[1]]
    for d, e, at, to in zip(first, second, *given):
        m, n = a._array.shape[d], b._array.shape[e]
        if m == 1:
            b = b.sum(e, keepdim=True, dtype=b.dtype)
        elif n == 1:
            a = a.sum(d, keepdim=True, dtype=a.dtype)
        elif m != n:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {m} in dim {at} and second has size {n} in dim "
                f"{to}"
            )
    checks.check_dims(tuple(first), a.ndim), checks.check_dims(tuple(second), b.ndim)
    rows = [d for d in range(a.ndim) if d not in first]
    columns = [d for d in range(b.ndim) if d not in second]
    left, right = [a._array.shape[d] for d in rows], [b._array.shape[d] for d in columns]
    k = math.prod([a._array.shape[d] for d in first])
    x = a.permute([*rows, *first]).reshape(math.prod(left), k)
    y = b.permute([*second, *columns]).reshape(k, math.prod(right))
    check_numeric("addmm_impl_cpu_", x)  # once more: a sum has made something of nothing
    return mm_op(x, y).view([*left, *right])


@public(out=True)
def kron(input, other):
    """The Kronecker product: a block a[i][j] * b for every element of a; the missing leading dimensions count as 1.

    Shapes: (N, M), (K, L) -> (N K, M L).  Torch: torch.kron
    """
    checks.check_tensor(input, "kron")
    checks.check_tensor(other, "kron", "other", 2)
    ndim = max(input.ndim, other.ndim)
    a = (1,) * (ndim - input.ndim) + input._array.shape
    b = (1,) * (ndim - other.ndim) + other._array.shape
    product = input.reshape([n for s in a for n in (s, 1)]) * other.reshape([n for s in b for n in (1, s)])
    return reshaped_copy(product, shape=tuple([m * n for m, n in zip(a, b)]))


@public(out=True)
def inner(input, other):
    """The sum of products along the last dimensions; with a number, the product.

    Shapes: (..., K), (*, K) -> (..., *).  Raises: RuntimeError if K differs.  Torch: torch.inner
    """
    if input.ndim == 0 or other.ndim == 0:
        return input * other
    if input.dtype is not other.dtype:
        raise RuntimeError("both inputs should have same dtype")
    if input._array.shape[-1] != other._array.shape[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(input.shape)} and "
            f"{list(other.shape)}"
        )
    if input.ndim == other.ndim == 1:
        check_numeric("dot", input)
    return tensordot(input, other, ([-1], [-1]))


_vdot = dot_op.named("VdotBackward0")


@public(out=True)
def vdot(input, other):
    """sum(a * b) of two vectors: the first would be conjugated, were it complex.  Torch: torch.vdot"""
    return _vdot(*check_vectors("vdot", input, other))
