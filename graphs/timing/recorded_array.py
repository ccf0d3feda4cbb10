"""An array that notes every operation that NumPy does on it, so that it can be done again."""

import operator
from functools import partial

import numpy as np


def recording(calls):
    """A function that wraps an array, so that every operation on it, and on what comes of it, is appended to the list
    calls: a function without arguments that does the same once more, on plain arrays.
    """

    class Recorded(np.ndarray):
        """NumPy hands every operation to it by the first two of these names."""

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
