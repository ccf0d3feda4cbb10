"""Ctrl-C comes out as what it is."""

import os
import signal

import pytest

from graphs.system.interrupt import ctrl_c_stays_ctrl_c


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


def test_what_library_code_makes_of_ctrl_c_is_ctrl_c_again():
    def array():
        try:
            press_ctrl_c()
        except KeyboardInterrupt:
            raise SystemError("`__array__` returned a result with an exception set") from None

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), ctrl_c_stays_ctrl_c():
        array()
    assert signal.getsignal(signal.SIGINT) is before


def test_an_error_without_ctrl_c_stays_what_it_is():
    with pytest.raises(TypeError), ctrl_c_stays_ctrl_c():
        raise TypeError("a real one")


def test_ctrl_c_itself_comes_through():
    with pytest.raises(KeyboardInterrupt), ctrl_c_stays_ctrl_c():
        press_ctrl_c()
