"""1x1 convolution without padding: per image one product of the filters with the channels, nothing to unfold.

Axes: N images, C channels, G groups, O filters, L positions.
"""

import numpy as np

from ...parallel import parts, split

GRAIN = 1 << 19  # multiplications that are worth a thread's while
PARTS = 8  # of the weight's gradient: each holds a sum of its own


def suits(w_shape, spec):
    return w_shape[2:] == (1, 1) and spec.padding == (0, 0)


def _filters(w, groups):
    """(O,C/G,1,1) -> (G,O/G,C/G)"""
    return w.reshape(groups, w.shape[0] // groups, w.shape[1])


def _channels(x, groups):
    """(B,C,H,W) -> (B,G,C/G,L), contiguous"""
    return np.ascontiguousarray(x).reshape(len(x), groups, x.shape[1] // groups, x.shape[2] * x.shape[3])


def _grain(positions, weights):
    return max(1, GRAIN // max(1, positions * weights))


def conv(x, w, bias, spec):
    """x (N,C,H,W), w (O,C/G,1,1), bias (O,) or None -> (N,O,H',W')"""
    x = x[:, :, :: spec.stride[0], :: spec.stride[1]]
    y = np.empty((len(x), len(w), *x.shape[2:]), x.dtype)
    filters = _filters(w, spec.groups)

    def work(start, stop):
        for n in range(start, stop):
            np.matmul(filters, _channels(x[n : n + 1], spec.groups), out=_channels(y[n : n + 1], spec.groups))
            if bias is not None:
                y[n] += bias[:, None, None]  # while the image is in cache

    split(work, len(x), _grain(x.shape[2] * x.shape[3], w.size))
    return y


def conv_input(g, w, shape, spec):
    """g (N,O,H',W'), w (O,C/G,1,1) -> (N,C,H,W); positions that were stepped over get zero"""
    if spec.stride == (1, 1):
        x = steps = np.empty(shape, g.dtype)
    else:
        x = np.zeros(shape, g.dtype)
        steps = x[:, :, :: spec.stride[0], :: spec.stride[1]]
    filters = _filters(w, spec.groups).swapaxes(1, 2)

    def work(start, stop):
        for n in range(start, stop):
            if steps is x:
                np.matmul(filters, _channels(g[n : n + 1], spec.groups), out=_channels(x[n : n + 1], spec.groups))
            else:
                steps[n] = np.matmul(filters, _channels(g[n : n + 1], spec.groups)).reshape(steps.shape[1:])

    split(work, len(x), _grain(g.shape[2] * g.shape[3], w.size))
    return x


def conv_weight(g, x, shape, spec):
    """g (N,O,H',W'), x (N,C,H,W) -> (O,C/G,1,1)"""
    x = x[:, :, :: spec.stride[0], :: spec.stride[1]]
    grain = max(_grain(g.shape[2] * g.shape[3], shape[0] * shape[1]), -(-len(x) // PARTS))
    size = spec.groups, shape[0] // spec.groups, shape[1]
    sums = {start: np.zeros(size, g.dtype) for start, _ in parts(len(x), grain)}

    def work(start, stop):
        for n in range(start, stop):
            columns = _channels(x[n : n + 1], spec.groups).swapaxes(2, 3)
            sums[start] += np.matmul(_channels(g[n : n + 1], spec.groups), columns)[0]

    split(work, len(x), grain)
    total = sums[0]
    for start in list(sums)[1:]:  # in order: the same for every number of threads
        total += sums[start]
    return total.reshape(shape)
