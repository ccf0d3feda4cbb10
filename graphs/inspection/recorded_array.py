"""An array that notes what NumPy does with it."""

import operator

import numpy as np


def recording(note):
    """A function that wraps an array, so that note(function, arguments, options, value, writes) hears of every
    operation on it and on what comes of it: value = function(*arguments, **options), all of them plain arrays; writes
    says whether that went into an array that was there before.
    """

    class Recorded(np.ndarray):
        """NumPy hands every operation to it by the first two of these names."""

        def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
            function, inputs = getattr(ufunc, method), tuple(map(_plain, inputs))
            if out is not None:
                options["out"] = tuple(map(_plain, out))
            value = function(*inputs, **options)
            note(function, inputs, options, value, out is not None)
            return out[0] if out is not None else wrap(value)

        def __array_function__(self, function, types, arguments, options):
            arguments = tuple(map(_plain, arguments))
            value = function(*arguments, **options)
            note(function, arguments, options, value, False)
            return wrap(value)

        def copy(self, order="C"):
            value = _plain(self).copy(order)
            note(np.ndarray.copy, (_plain(self), order), {}, value, False)
            return wrap(value)

        def __setitem__(self, key, value):
            operator.setitem(_plain(self), key, _plain(value))
            note(operator.setitem, (_plain(self), key, _plain(value)), {}, _plain(self), True)

    def wrap(value):
        return np.asarray(value).view(Recorded)

    return wrap


def _plain(value):
    return value.view(np.ndarray) if isinstance(value, np.ndarray) else value
