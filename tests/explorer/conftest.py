"""A finished comparison of the digits, made once for the tests of its two panes."""

import pytest
from log_files import compare_with_log

from graphs.comparison import Plan
from graphs.data.datasets import default_spec, load_dataset
from graphs.event_log.folders import make_folder


@pytest.fixture(scope="session")
def comparison(tmp_path_factory):
    """The folder of the comparison."""
    data = load_dataset("digits")
    folder = make_folder(tmp_path_factory.mktemp("logs"))
    compare_with_log(Plan(default_spec(data), data, batch_size=64, epochs=1), folder)
    return folder
