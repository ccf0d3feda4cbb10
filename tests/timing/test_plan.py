"""What may be asked of a timing."""

import dataclasses

import pytest
from fake_timings import SMALL

from graphs.timing.plan import SIZES, Cell, Series, TimingPlan, step_flops

QUICK = TimingPlan([SMALL], processes=1, rounds=5)


def test_flops_are_those_of_the_matrix_products():
    # Forward 2 N (D H1 + H1 H2 + H2 C); as much for the weights' gradients; and for those of both hidden layers.
    batch, inputs, hidden1, hidden2, outputs = 3, 5, 7, 11, 13
    forward = 2 * batch * (inputs * hidden1 + hidden1 * hidden2 + hidden2 * outputs)
    hidden = 2 * batch * (hidden1 * hidden2 + hidden2 * outputs)
    assert step_flops(Cell((inputs, hidden1, hidden2, outputs), batch)) == 2 * forward + hidden


def test_the_plan_puts_in_order_and_drops_what_comes_twice():
    plan = TimingPlan([SIZES[2], SIZES[0], SIZES[2]], ["tf2_xla", "numpy_manual", "tf2_xla"], [10, 1, 10])
    assert plan.cells == (SIZES[0], SIZES[2])
    assert plan.implementations == ("numpy_manual", "tf2_xla")
    assert plan.series() == [
        *(Series("numpy_manual", 1), Series("tf2_xla", 1), Series("numpy_manual", 10), Series("tf2_xla", 10)),
        Series("numpy_manual", 1, control=True),
    ]
    assert TimingPlan().series()[-1] == Series("tf2_function", 1, control=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("implementations", ["tf3"]),
        ("implementations", []),
        ("cells", []),
        ("steps_per_call", []),
        ("steps_per_call", [0]),
        ("steps_per_call", [2**31]),
        ("processes", 0),
        ("processes", 1.5),
        ("threads", 0),
        ("rounds", 2),
        ("seconds", 19),
        ("seconds", "90"),
        ("seed", -1),
        ("optimizer", "adamax"),
        ("dtype", "float16"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(field, value):
    with pytest.raises(ValueError, match=rf"{field}: got .*; allowed: "):
        dataclasses.replace(QUICK, **{field: value})


def test_sizes_beyond_memory_are_refused():
    with pytest.raises(ValueError, match=r"layer_sizes, batch_sizes: got .*; allowed: sizes that fit into memory"):
        TimingPlan([Cell((10**6, 10**7, 10**7, 1), 1)])
    with pytest.raises(ValueError, match="layer_sizes: got "):
        TimingPlan([Cell((0, 8, 8, 1), 8)])
    with pytest.raises(ValueError, match="layer_sizes: got "):
        TimingPlan([Cell((4, 8, 8), 8)])  # type: ignore[arg-type]


def test_an_anatomy_needs_calls_of_one_step():
    with pytest.raises(ValueError, match=r"anatomy: got steps_per_call 10, 100; allowed: 1 among them"):
        TimingPlan(steps_per_call=[10, 100], anatomy=True)


def test_all_looks_end_with_the_last_process():
    assert TimingPlan().all_looks == (5, 12)
    assert TimingPlan(processes=5).all_looks == (5,)
    assert TimingPlan(processes=2).all_looks == (2,)
    assert TimingPlan(processes=8, looks=(2, 4)).all_looks == (2, 4, 8)


def test_repeats_are_series_of_their_own():
    plan = TimingPlan([SMALL], ["numpy_manual"], repeats=(10, 11))
    assert list(map(str, plan.series())) == [
        *("numpy_manual, 10 calls", "numpy_manual, 11 calls", "numpy_manual, 10 calls again")
    ]
