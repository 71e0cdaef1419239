"""Steps of further optimizers, written into their first argument; every array has the parameter's shape.

In all of them d is the gradient, negated if `maximize`, plus weight_decay param.
"""

import numpy as np

__all__ = ["adadelta_", "adagrad_", "adamax_", "asgd_", "nadam_", "radam_", "rmsprop_", "rprop_"]


def _direction(param, grad, weight_decay, maximize):
    d = -grad if maximize else grad
    return d + weight_decay * param if weight_decay else d


def adagrad_(param, grad, total, rate, eps, weight_decay, maximize):
    """total += d^2, param -= rate d / (sqrt(total) + eps)"""
    d = _direction(param, grad, weight_decay, maximize)
    total += d * d
    param -= rate * d / (np.sqrt(total) + eps)


def adadelta_(param, grad, square_avg, acc_delta, lr, rho, eps, weight_decay, maximize):
    """param -= lr delta, delta = d sqrt(acc_delta + eps) / sqrt(square_avg + eps), with running means of d^2 and delta^2"""
    d = _direction(param, grad, weight_decay, maximize)
    square_avg *= rho
    square_avg += (1 - rho) * d * d
    delta = np.sqrt(acc_delta + eps) / np.sqrt(square_avg + eps) * d
    acc_delta *= rho
    acc_delta += (1 - rho) * delta * delta
    param -= lr * delta


def adamax_(param, grad, exp_avg, exp_inf, rate, beta1, beta2, eps, weight_decay, maximize):
    """exp_inf = max(beta2 exp_inf, |d| + eps), param -= rate exp_avg / exp_inf, rate = lr / (1 - beta1^t)"""
    d = _direction(param, grad, weight_decay, maximize)
    exp_avg += (d - exp_avg) * (1 - beta1)
    exp_inf *= beta2
    np.maximum(exp_inf, np.abs(d) + eps, out=exp_inf)
    param -= rate * exp_avg / exp_inf


def asgd_(param, grad, ax, eta, mu, lambd, weight_decay, maximize):
    """param = (1 - lambd eta) param - eta d, ax += mu (param - ax)"""
    d = _direction(param, grad, weight_decay, maximize)
    param *= 1 - lambd * eta
    param -= eta * d
    if mu == 1:
        ax[...] = param
    else:
        ax += (param - ax) * mu


def nadam_(param, grad, exp_avg, exp_avg_sq, now, ahead, correction, beta1, beta2, eps, weight_decay, shrink, maximize):
    """param = shrink param - (now d + ahead exp_avg) / (sqrt(exp_avg_sq / correction) + eps)"""
    param *= shrink
    d = _direction(param, grad, weight_decay, maximize)
    exp_avg += (d - exp_avg) * (1 - beta1)
    exp_avg_sq *= beta2
    exp_avg_sq += (1 - beta2) * d * d
    denominator = np.sqrt(exp_avg_sq / correction) + eps
    param -= now * d / denominator
    param -= ahead * exp_avg / denominator


def radam_(param, grad, exp_avg, exp_avg_sq, rate, scale, beta1, beta2, eps, weight_decay, shrink, maximize):
    """param = shrink param - rate exp_avg scale / (sqrt(exp_avg_sq) + eps); without the quotient if scale is 0"""
    param *= shrink
    d = _direction(param, grad, weight_decay, maximize)
    exp_avg += (d - exp_avg) * (1 - beta1)
    exp_avg_sq *= beta2
    exp_avg_sq += (1 - beta2) * d * d
    param -= rate * exp_avg * (scale / (np.sqrt(exp_avg_sq) + eps)) if scale else rate * exp_avg


def rmsprop_(param, grad, square_avg, buffer, grad_avg, lr, alpha, eps, weight_decay, momentum, maximize):
    """param -= lr d / (sqrt(square_avg - grad_avg^2) + eps), the quotient through the momentum buffer

    buffer is None without momentum, grad_avg None where the mean is not taken off.
    """
    d = _direction(param, grad, weight_decay, maximize)
    square_avg *= alpha
    square_avg += (1 - alpha) * d * d
    variance = square_avg
    if grad_avg is not None:
        grad_avg += (d - grad_avg) * (1 - alpha)
        variance = square_avg - grad_avg * grad_avg
    step = d / (np.sqrt(variance) + eps)
    if buffer is not None:
        buffer *= momentum
        buffer += step
        step = buffer
    param -= lr * step


def rprop_(param, grad, prev, step_size, shrink, grow, smallest, largest, maximize):
    """step_size *= grow where prev d > 0 and shrink where prev d < 0, d becoming 0 there; param -= step_size sign(d)

    prev is d of the step before.  What is NaN has no sign: it moves nothing.
    """
    d = _direction(param, grad, 0.0, maximize)
    agreement = d * prev
    step_size *= np.where(agreement > 0, grow, np.where(agreement < 0, shrink, 1.0)).astype(param.dtype)
    np.minimum(np.maximum(step_size, smallest), largest, out=step_size)
    np.copyto(prev, np.where(agreement < 0, 0, d))
    param -= np.nan_to_num(np.sign(prev), nan=0.0) * step_size
