"""Steps of further optimizers in one pass, written into their first argument; every array has the parameter's shape."""

from functools import wraps

import numpy as np

from ...parallel import share
from ..formula import adaptive as formula
from ._jit import PRECISE, jit
from .optim import GRAIN, as_lines

__all__ = ["adadelta_", "adagrad_", "adamax_", "asgd_", "nadam_", "radam_", "rmsprop_", "rprop_"]


@jit(fastmath=PRECISE)
def _direction(grad, param, decay, sign):
    return sign * grad + decay * param if decay else sign * grad  # 0 * inf is no zero


@jit(fastmath=PRECISE)
def _adagrad(param, grad, total, rate, eps, decay, sign):
    t = param.dtype.type
    rate, eps, decay, sign = t(rate), t(eps), t(decay), t(sign)
    for k in range(param.size):
        d = _direction(grad[k], param[k], decay, sign)
        total[k] += d * d
        param[k] -= rate * d / (np.sqrt(total[k]) + eps)


@jit(fastmath=PRECISE)
def _adadelta(param, grad, square_avg, acc_delta, lr, rho, eps, decay, sign):
    t = param.dtype.type
    lr, keep, gain, eps, decay, sign = t(lr), t(rho), t(1 - rho), t(eps), t(decay), t(sign)
    for k in range(param.size):
        d = _direction(grad[k], param[k], decay, sign)
        square = square_avg[k] * keep + gain * d * d
        square_avg[k] = square
        delta = np.sqrt(acc_delta[k] + eps) / np.sqrt(square + eps) * d
        acc_delta[k] = acc_delta[k] * keep + gain * delta * delta
        param[k] -= lr * delta


@jit(fastmath=PRECISE)
def _adamax(param, grad, exp_avg, exp_inf, rate, beta1, beta2, eps, decay, sign):
    t = param.dtype.type
    rate, gain, beta2, eps, decay, sign = t(rate), t(1 - beta1), t(beta2), t(eps), t(decay), t(sign)
    for k in range(param.size):
        d = _direction(grad[k], param[k], decay, sign)
        exp_avg[k] += (d - exp_avg[k]) * gain
        before, now = beta2 * exp_inf[k], abs(d) + eps
        largest = before if before > now or before != before else now  # a NaN of either wins
        exp_inf[k] = largest
        param[k] -= rate * exp_avg[k] / largest


@jit(fastmath=PRECISE)
def _asgd(param, grad, ax, eta, mu, lambd, decay, sign):
    t = param.dtype.type
    keep, eta, mu, decay, sign = t(1 - lambd * eta), t(eta), t(mu), t(decay), t(sign)
    for k in range(param.size):
        p = param[k] * keep - eta * _direction(grad[k], param[k], decay, sign)
        param[k] = p
        ax[k] = p if mu == 1 else ax[k] + (p - ax[k]) * mu


@jit(fastmath=PRECISE)
def _nadam(param, grad, exp_avg, exp_avg_sq, now, ahead, correction, beta1, beta2, eps, decay, shrink, sign):
    t = param.dtype.type
    now, ahead, correction, gain1, beta2, gain2 = t(now), t(ahead), t(correction), t(1 - beta1), t(beta2), t(1 - beta2)
    eps, decay, shrink, sign = t(eps), t(decay), t(shrink), t(sign)
    for k in range(param.size):
        p = param[k] * shrink
        d = _direction(grad[k], p, decay, sign)
        exp_avg[k] += (d - exp_avg[k]) * gain1
        exp_avg_sq[k] = exp_avg_sq[k] * beta2 + gain2 * d * d
        denominator = np.sqrt(exp_avg_sq[k] / correction) + eps
        param[k] = p - now * d / denominator - ahead * exp_avg[k] / denominator


@jit(fastmath=PRECISE)
def _radam(param, grad, exp_avg, exp_avg_sq, rate, scale, beta1, beta2, eps, decay, shrink, sign):
    t = param.dtype.type
    rate, scale, gain1, beta2, gain2 = t(rate), t(scale), t(1 - beta1), t(beta2), t(1 - beta2)
    eps, decay, shrink, sign = t(eps), t(decay), t(shrink), t(sign)
    for k in range(param.size):
        p = param[k] * shrink
        d = _direction(grad[k], p, decay, sign)
        exp_avg[k] += (d - exp_avg[k]) * gain1
        exp_avg_sq[k] = exp_avg_sq[k] * beta2 + gain2 * d * d
        step = rate * exp_avg[k]
        param[k] = p - (step * (scale / (np.sqrt(exp_avg_sq[k]) + eps)) if scale else step)


@jit(fastmath=PRECISE)
def _rmsprop(param, grad, square_avg, buffer, grad_avg, lr, alpha, eps, decay, momentum, sign):
    """buffer is empty without momentum, grad_avg where the mean is not taken off"""
    t = param.dtype.type
    lr, keep, gain, eps, decay = t(lr), t(alpha), t(1 - alpha), t(eps), t(decay)
    momentum, sign = t(momentum), t(sign)
    for k in range(param.size):
        d = _direction(grad[k], param[k], decay, sign)
        variance = square_avg[k] * keep + gain * d * d
        square_avg[k] = variance
        if grad_avg.size:
            grad_avg[k] += (d - grad_avg[k]) * gain
            variance -= grad_avg[k] * grad_avg[k]
        step = d / (np.sqrt(variance) + eps)
        if buffer.size:
            step += buffer[k] * momentum
            buffer[k] = step
        param[k] -= lr * step


@jit(fastmath=PRECISE)
def _rprop(param, grad, prev, step_size, shrink, grow, smallest, largest, sign):
    t = param.dtype.type
    zero, one, sign = t(0), t(1), t(sign)
    shrink, grow, smallest, largest = t(shrink), t(grow), t(smallest), t(largest)
    for k in range(param.size):
        d = sign * grad[k]
        agreement = d * prev[k]
        step = step_size[k] * (grow if agreement > zero else shrink if agreement < zero else one)
        step = smallest if step < smallest else step  # a NaN stays
        step = largest if step > largest else step
        step_size[k] = step
        d = zero if agreement < zero else d
        prev[k] = d
        param[k] -= (one if d > zero else -one if d < zero else zero) * step


def _shared_out(loop, plain, count):
    """A kernel that runs `loop` on pieces of its first `count` arguments, or `plain` where they are not contiguous."""

    @wraps(plain)
    def kernel(*args):
        lines = as_lines(*args[:count])
        if lines is None:
            return plain(*args)
        options = [float(option) for option in args[count:-1]] + [-1.0 if args[-1] else 1.0]
        return share(lambda a, b: loop(*[x[a:b] for x in lines], *options), args[0].size, GRAIN)

    return kernel


adagrad_ = _shared_out(_adagrad, formula.adagrad_, 3)
adadelta_ = _shared_out(_adadelta, formula.adadelta_, 4)
adamax_ = _shared_out(_adamax, formula.adamax_, 4)
asgd_ = _shared_out(_asgd, formula.asgd_, 3)
nadam_ = _shared_out(_nadam, formula.nadam_, 4)
radam_ = _shared_out(_radam, formula.radam_, 4)
rmsprop_ = _shared_out(_rmsprop, formula.rmsprop_, 5)
rprop_ = _shared_out(_rprop, formula.rprop_, 4)
