"""To which cores a process that measures is bound."""

import os

import psutil
import pytest

from graphs.system.environment import bind_to_idle_cores, cores


@pytest.fixture
def bound(monkeypatch):
    """The cores to which this process would be bound, of four: 0, 1, 3 and 4, with 2 left to others."""
    asked: list = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {4, 3, 1, 0}, raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", lambda process, chosen: asked.append(list(chosen)), raising=False)
    monkeypatch.setattr(psutil, "cpu_percent", lambda interval, percpu: [50.0, 90.0, 0.0, 10.0, 60.0])
    return asked


def test_a_process_is_bound_to_the_idlest_of_its_cores(bound):
    assert cores() == [0, 1, 3, 4]
    bind_to_idle_cores(1)
    bind_to_idle_cores(3)
    assert bound == [[3], [3, 0, 4]]


def test_without_a_number_of_threads_nothing_is_bound(bound):
    bind_to_idle_cores(None)
    assert bound == []
