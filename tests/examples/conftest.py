"""Runs an example as a reader does."""

import runpy
import sys

import pytest


@pytest.fixture
def run(monkeypatch, capfd):
    """Runs an example in this process: a function of its file and arguments that returns (output, errors)."""

    def run(path, *arguments):
        monkeypatch.setattr(sys, "argv", [str(path), *map(str, arguments)])
        runpy.run_path(str(path), run_name="__main__")
        return capfd.readouterr()

    return run
