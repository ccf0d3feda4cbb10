"""A step is split into Python, dispatch and kernels: by hand-made traces, and by real ones."""

import time
from functools import partial

import numpy as np
import pytest

from graphs.implementations import load
from graphs.inspection.profiler import Event
from graphs.timing.anatomy import Anatomy, covered, kernels, numpy_anatomy, split, traced_anatomy
from graphs.timing.plan import SIZES, TimingPlan

CELL = SIZES[1]


def event(name, start_us, duration_us):
    return Event(name, float(start_us), float(duration_us), {})


def test_covered_is_the_length_of_a_union():
    assert covered([]) == 0
    assert covered([(0, 2), (1, 3), (1, 2), (5, 6)]) == 4
    assert covered([(5, 6), (0, 10)]) == 10


def test_a_session_waits_for_another_thread():
    events = [
        event("SessionRun", 10, 50),
        event("ExecutorState::Process", 20, 30),
        event("layer1/Sigmoid:_MklNativeFusedMatMul", 22, 10),
        event("loss/Mean:Mean", 40, 5),
        event("SessionRun", 200, 50),  # the next step's
    ]
    assert split(events, 0, 100) == Anatomy(python_us=50, dispatch_us=35, kernels_us=15)


def test_kernels_that_run_side_by_side_count_once():
    events = [event("SessionRun", 0, 100), event("a:MatMul", 10, 20), event("b:MatMul", 20, 20)]
    assert split(events, 0, 100) == Anatomy(0, 70, 30)


def test_eager_execution_calls_one_kernel_after_another():
    events = [
        event("TFE_Py_FastPathExecute_C", 10, 20),
        event("EagerExecute", 12, 15),
        event("KernelAndDeviceFunc::Run", 15, 5),
        event("TFE_Py_FastPathExecute_C", 50, 10),
        event("KernelAndDeviceFunc::Run", 52, 6),
    ]
    assert split(events, 0, 100) == Anatomy(70, 19, 11)


def test_a_function_is_no_kernel_but_holds_some():
    events = [
        event("TFE_Py_ExecuteCancelable", 0, 90),
        event("KernelAndDeviceFunc::Run", 10, 70),
        event("FunctionRun", 12, 5),
        event("update/mul:Mul", 30, 10),
    ]
    assert [each.name for each in kernels(events)] == ["update/mul:Mul"]
    assert split(events, 0, 100) == Anatomy(10, 80, 10)


def test_kernels_of_xla_are_those_that_say_when_they_end():
    events = [
        event("TFE_Py_ExecuteCancelable", 0, 90),
        event("__inference_function_103:__inference_function_103", 5, 80),
        event("matmul.6", 20, 10),
        event("end: matmul.6", 30, 0),
    ]
    assert split(events, 0, 100) == Anatomy(10, 80, 10)


def test_a_kernel_of_xla_that_threads_share_lasts_until_it_says_that_it_ends():
    events = [
        event("TFE_Py_ExecuteCancelable", 0, 100),
        event("fusion", 20, 1),
        event("matmul.6", 22, 5),
        event("end: matmul.6", 27, 0),
        event("end: fusion", 50, 0),
        event("fusion", 60, 1),  # its second turn in a loop
        event("end: fusion", 70, 0),
    ]
    assert split(events, 0, 100) == Anatomy(0, 60, 40)


@pytest.mark.parametrize("name", ["tf1_session", "tf2_eager", "tf2_function", "tf2_xla"])
def test_every_execution_has_calls_and_kernels_in_its_trace(name):
    plan = TimingPlan()
    with load(name).Network(plan.spec(CELL), plan.parameters(CELL)) as network:
        found = traced_anatomy(partial(network.train_step, plan.batch(CELL)))
    assert min(found) > 0


def test_what_python_does_is_pythons():
    plan = TimingPlan()
    with load("tf1_session").Network(plan.spec(CELL), plan.parameters(CELL)) as network:
        step = partial(network.train_step, plan.batch(CELL))

        def slow_step():
            time.sleep(0.02)
            step()

        found = traced_anatomy(slow_step)
    assert found.python_us > 20_000
    assert found.dispatch_us + found.kernels_us < 20_000


def test_the_parts_of_numpy_are_those_of_its_step():
    plan = TimingPlan()
    calls = []

    def step():
        calls.append(1)
        time.sleep(0.01)

    found = numpy_anatomy(plan.spec(CELL), plan.batch(CELL), step)
    # The step is slow, its operations are not: all of that is time beyond a step of one unit a layer.
    assert found.kernels_us > 9_000
    assert 0 < found.python_us + found.dispatch_us < 5_000
    assert found.step_us == pytest.approx(sum(found))
    assert calls
    assert np.all(np.array(found) >= 0)
