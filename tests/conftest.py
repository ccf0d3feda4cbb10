"""What every test needs: a TensorFlow that keeps quiet, and leaves the cores to the tests that run beside it."""

import os
import runpy
import sys

import pytest

# Read by TensorFlow and OpenBLAS when they are imported; the tests print their own findings. As many processes test as
# there are cores, and threads of one would only wait for those of another. Operations may still run side by side, or a
# missing control dependency would not show. The sweep runs with the threads that everyone has.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture
def graphs_command(tmp_path, monkeypatch, capfd):
    """Runs the command in this process, in an empty folder: a function of its arguments that returns (exit status,
    output, errors).
    """
    from graphs.commands import main

    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["graphs", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capfd.readouterr()

    return call


@pytest.fixture
def run(monkeypatch, capfd):
    """Runs an example in this process, as a reader does: a function of its file and arguments that returns (output,
    errors).
    """

    def run(path, *arguments):
        monkeypatch.setattr(sys, "argv", [str(path), *map(str, arguments)])
        runpy.run_path(str(path), run_name="__main__")
        return capfd.readouterr()

    return run


@pytest.fixture(scope="session")
def compared(tmp_path_factory):
    """(the Plan, the Comparison, its folder, the Inspection before it was logged) of a finished comparison of the
    digits, with the defaults of graphs compare but two epochs.

    Whoever looks at it is in the group "one comparison", so that one process makes it.
    """
    from log_files import compare_and_inspect

    from graphs.comparison import Plan
    from graphs.data.datasets import default_spec, load_dataset
    from graphs.event_log.folders import make_folder

    data = load_dataset("digits")
    plan = Plan(default_spec(data), data, batch_size=64, epochs=2)
    folder = make_folder(tmp_path_factory.mktemp("logs"))
    return plan, *compare_and_inspect(plan, folder)


@pytest.fixture(scope="session")
def comparison(compared):
    """The folder of the finished comparison."""
    _, _, folder, _ = compared
    return folder


@pytest.fixture(scope="session")
def small_comparison(tmp_path_factory):
    """The log folder of a short comparison of three implementations, for the group "small comparison"."""
    from log_files import compare_with_log

    from graphs.comparison import Plan
    from graphs.data.datasets import default_spec, load_dataset
    from graphs.event_log.folders import make_folder

    data = load_dataset("breast_cancer")
    names = ("numpy_manual", "tf1_session", "tf2_function")
    logs = tmp_path_factory.mktemp("logs")
    compare_with_log(Plan(default_spec(data, optimizer="sgd"), data, 64, 1, implementations=names), make_folder(logs))
    return logs
