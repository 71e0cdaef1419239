"""Steps of further optimizers in one pass, written into their first argument; every array has the parameter's shape."""

from functools import wraps

import numpy as np

from ...parallel import hand_out
from ..formula import adaptive as formula
from . import _jobs
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


_adagrad_job = _jobs.job_on_pieces(_adagrad)


@jit
def _hand_out_adagrad(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _adagrad_job(box, arguments))


_adadelta_job = _jobs.job_on_pieces(_adadelta)


@jit
def _hand_out_adadelta(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _adadelta_job(box, arguments))


_adamax_job = _jobs.job_on_pieces(_adamax)


@jit
def _hand_out_adamax(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _adamax_job(box, arguments))


_asgd_job = _jobs.job_on_pieces(_asgd)


@jit
def _hand_out_asgd(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _asgd_job(box, arguments))


_nadam_job = _jobs.job_on_pieces(_nadam)


@jit
def _hand_out_nadam(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _nadam_job(box, arguments))


_radam_job = _jobs.job_on_pieces(_radam)


@jit
def _hand_out_radam(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _radam_job(box, arguments))


_rmsprop_job = _jobs.job_on_pieces(_rmsprop)


@jit
def _hand_out_rmsprop(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _rmsprop_job(box, arguments))


_rprop_job = _jobs.job_on_pieces(_rprop)


@jit
def _hand_out_rprop(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _rprop_job(box, arguments))


def _shared_out(starter, plain, count):
    """A kernel that hands out its first `count` arguments, or `plain` where they are not contiguous."""

    @wraps(plain)
    def kernel(*args):
        lines = as_lines(*args[:count])
        if lines is None:
            return plain(*args)
        options = [float(option) for option in args[count:-1]] + [-1.0 if args[-1] else 1.0]
        return hand_out(starter, args[0].size, GRAIN, *lines, *options)

    return kernel


adagrad_ = _shared_out(_hand_out_adagrad, formula.adagrad_, 3)
adadelta_ = _shared_out(_hand_out_adadelta, formula.adadelta_, 4)
adamax_ = _shared_out(_hand_out_adamax, formula.adamax_, 4)
asgd_ = _shared_out(_hand_out_asgd, formula.asgd_, 3)
nadam_ = _shared_out(_hand_out_nadam, formula.nadam_, 4)
radam_ = _shared_out(_hand_out_radam, formula.radam_, 4)
rmsprop_ = _shared_out(_hand_out_rmsprop, formula.rmsprop_, 5)
rprop_ = _shared_out(_hand_out_rprop, formula.rprop_, 4)
