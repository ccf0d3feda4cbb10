"""Ctrl-C comes out as what it is."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from graphs.system.interrupt import ctrl_c_stays_ctrl_c, ctrl_c_waits


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


def test_ctrl_c_waits_until_the_end_even_if_another_thread_gets_the_signal():
    ended, reached = threading.Event(), []
    helper = threading.Thread(target=ended.wait)
    helper.start()
    before = signal.getsignal(signal.SIGINT)

    def press_and_go_on():
        press_ctrl_c()
        time.sleep(0.1)  # an interrupt that does not wait would come now
        reached.append("the end")

    try:
        with pytest.raises(KeyboardInterrupt), ctrl_c_waits():
            press_and_go_on()
    finally:
        ended.set()
        helper.join()
    assert reached == ["the end"]
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_what_is_started_while_ctrl_c_waits_never_gets_one():
    code = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('still here')"
    with ctrl_c_waits():
        finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout == "still here\n"
