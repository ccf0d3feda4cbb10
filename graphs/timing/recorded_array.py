"""An array that records every NumPy operation on it, so that the operation can be repeated."""

import operator
from functools import partial

import numpy as np


def recording(calls):
    """A function that wraps an array. Every operation on the array, and on its results, is appended to the list calls,
    as a function without arguments that repeats the operation on plain arrays.
    """

    class Recorded(np.ndarray):
        """NumPy passes its operations to the first two methods."""

        def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
            if out is not None:
                options["out"] = tuple(map(_plain, out))
            value = note(getattr(ufunc, method), map(_plain, inputs), options)
            return out[0] if out is not None else wrap(value)

        def __array_function__(self, function, types, arguments, options):
            return wrap(note(function, map(_plain, arguments), options))

        def copy(self, order="C"):
            return wrap(note(np.ndarray.copy, (_plain(self), order), {}))

        def __setitem__(self, key, value):
            note(operator.setitem, (_plain(self), key, _plain(value)), {})

    def note(function, arguments, options):
        calls.append(partial(function, *arguments, **options))
        return calls[-1]()

    def wrap(value):
        return np.asarray(value).view(Recorded)

    return wrap


def _plain(value):
    return value.view(np.ndarray) if isinstance(value, np.ndarray) else value
