"""The little that every lesson in examples/ needs: options, the digits, predictions, and what a lesson leaves behind.

Importing it imports TensorFlow, quietly.
"""

import argparse
import contextlib
import os
import re
import shlex
import shutil
import string
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

from graphs.data.datasets import LARGEST_SEED, default_spec, load_dataset, minibatches
from graphs.event_log.folders import make_folder
from graphs.network import Batch, NetworkSpec, Parameters, initial_parameters
from graphs.refusals import Refusal, refusal
from graphs.system.interrupt import ctrl_c_ends_at_once
from graphs.system.quiet_tensorflow import import_tensorflow_quietly

with ctrl_c_ends_at_once():
    import_tensorflow_quietly()

# After TensorFlow, which would print lines at its import.
from graphs.event_log.event_file import RunLog

DOTS_PER_INCH = 120  # of pictures


class Digits(NamedTuple):
    """What most lessons start from."""

    spec: NetworkSpec
    parameters: Parameters
    batch: Batch


class Lesson:
    """A lesson that runs: its options, its predictions, and its folder of logs, made when something is first written.

    name: the name of the lesson's file, without .py. text: its docstring; --help shows it as far as the output, which
    would give the answers away. A notebook's own arguments are left alone. Ends the program with one line and status 2
    for an unknown option or a bad value.
    """

    def __init__(self, name, text):
        if hasattr(sys.stdout, "reconfigure"):
            # What C++ prints would otherwise overtake what Python prints, where the output is a pipe or a file; and
            # not every output can show Chinese.
            sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
        sys.excepthook = _show_error
        with _one_line():
            options = _options(name, text)
            _check_writable(options.logdir)
        self.name = name
        self.seed = options.seed
        self.logdir = options.logdir
        self._asks = options.quiz and all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout))
        self._predictions: list[Prediction] = []
        self._folder: Path | None = None
        self._runs: dict[str, RunLog] = {}
        self._pictures: dict[str, tuple] = {}  # name: (PNG file, width, height)

    def digits(self, batch_size=64, **fields):
        """(spec, parameters, batch): the 64-64-32-10 network of `graphs compare`, its initial parameters, and the first
        minibatch of the digits, inputs (N, 64) and targets (N, 10). Fields of NetworkSpec replace the defaults.
        """
        data = load_dataset("digits", fields.get("dtype", "float32"), seed=self.seed)
        spec = default_spec(data, **fields)
        batch = minibatches(data.train, batch_size, seed=self.seed)[0]
        return Digits(spec, initial_parameters(spec, seed=self.seed), batch)

    def predict(self, question, choices):
        """Ask the reader, if the lesson runs with --quiz on a terminal. The Prediction is told the answer later."""
        prediction = Prediction(question, [str(choice) for choice in choices])
        if self._asks:
            prediction.ask()
            self._predictions.append(prediction)
        return prediction

    def log(self, run="lesson"):
        """The RunLog of that name in the lesson's folder, for graphs, text, scalars and histograms."""
        if run not in self._runs:
            self._runs[run] = RunLog(self.folder() / run)
        return self._runs[run]

    def figure(self, figure, name):
        """Write a matplotlib Figure to the lesson's folder as NAME.png, and show it where this is a notebook; a lesson
        that has logs shows it in TensorBoard, too.
        """
        file = self.folder() / f"{name}.png"
        figure.savefig(file, dpi=DOTS_PER_INCH)
        self._pictures[name] = file, *(round(DOTS_PER_INCH * inches) for inches in figure.get_size_inches())
        if _in_notebook():
            from IPython.display import Image, display

            display(Image(str(file), alt=name.replace("_", " ")))
        else:
            print(f"Picture: {file}")

    def folder(self):
        """The lesson's folder: LOGDIR/NAME-DATE-TIME."""
        if self._folder is None:
            with _one_line():
                self._folder = make_folder(self.logdir, self.name)
        return self._folder

    def end(self, try_next, follows):
        """Close the logs, and print how to see them, how many predictions were right, what to try and what follows.

        follows: the name of the next lesson's file, without .py; None after the last.
        """
        if self._runs:
            for name, (file, *size) in self._pictures.items():
                self.log("pictures").image(name, file.read_bytes(), *size)
        for run in self._runs.values():
            run.close()
        if self._runs:
            print(f"TensorBoard: {typed_command('tensorboard')} --logdir {shlex.quote(str(self._folder))}")
        right = [each.right for each in self._predictions if each.right is not None]
        if right:
            print(f"Predictions: {sum(right)} of {len(right)} right")
        print(f"Try next: {try_next}")
        if follows:
            print(f"Then: examples/{follows}.py")


class Prediction:
    """A question with its choices, the reader's guess, and whether it was right, once the answer was measured."""

    def __init__(self, question, choices):
        self.question = question
        self.choices = choices
        self.guess: str | None = None
        self.right: bool | None = None

    def ask(self):
        """Read the guess from the terminal; an empty line skips the question."""
        print(f"\n? {self.question}")
        letters = dict(zip(string.ascii_lowercase, self.choices))
        for letter, choice in letters.items():
            print(f"  {letter}. {choice}")
        allowed = ", ".join(letters)
        try:
            while (typed := input(f"Your guess: {allowed} (Enter to skip): ").strip().lower()) not in letters:
                if not typed:
                    return
                print(refusal("guess", typed, allowed))
        except EOFError:
            print()
            return
        self.guess = letters[typed]

    def answer(self, measured):
        """Tell the reader whether the guess was right. Raises AssertionError if the measured answer is no choice."""
        if str(measured) not in self.choices:
            raise AssertionError(f"{self.question} measured {measured}; choices: {self.choices}")
        if self.guess is not None:
            self.right = self.guess == str(measured)
            print(f"? {self.question}\n  {'Right' if self.right else f'You said {self.guess}; it is'}: {measured}\n")


@contextlib.contextmanager
def fails(kind, words):
    """What stands in this context is expected to raise an error of this kind, exactly, whose message holds the words.

    Prints the kind and the line of the message with the words. Raises AssertionError if something else happens.
    """
    try:
        yield
    except Exception as error:
        if type(error) is not kind or words not in str(error):
            raise AssertionError(
                f"expected {kind.__name__} with {words!r}, got {type(error).__name__}: {error}"
            ) from error
        line = next(line.strip() for line in str(error).splitlines() if words in line)
        print(
            textwrap.fill(f"{kind.__name__}: {line}", 100, initial_indent="  ", subsequent_indent="    ", max_lines=3)
        )
    else:
        raise AssertionError(f"expected {kind.__name__} with {words!r}; nothing failed")


def typed_command(program):
    """A program of this environment, as it can be typed in this folder: its path where its name alone is not found."""
    path = Path(sys.executable).with_name(program)
    if not path.exists() or shutil.which(program) == str(path):
        return program  # where programs lie elsewhere, as in Colab, their folder is on PATH
    relative = os.path.join(os.path.relpath(path.parent), program)
    return shlex.quote(min(relative, str(path), key=len))


def _options(name, text):
    """The options on the command line, or the defaults in a notebook."""
    question, *_ = text.partition("\n\n    $ ")
    parser = _Parser(prog=f"{name}.py", description=question, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logdir", type=Path, default=Path("logs"), help="The folder that holds all runs (logs).")
    parser.add_argument("--seed", type=_seed, default=0, help="Seed for all random draws (0).")
    parser.add_argument("--quiz", action="store_true", help="Ask for predictions, and say whether they were right.")
    return parser.parse_args([] if _in_notebook() else sys.argv[1:])


def _in_notebook():
    return "ipykernel" in sys.modules


def _check_writable(logdir):
    """Raises ValueError unless the folder, or the nearest one above it that exists, can be written."""
    nearest = next(folder for folder in (logdir, *logdir.absolute().parents) if folder.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise refusal("logdir", logdir, "a folder that can be written")


def _show_error(kind, error, trace):
    """What ends a lesson from outside is told in one line: Ctrl-C, a full disk, a pipe whose reader has gone."""
    if issubclass(kind, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more at its end
    elif issubclass(kind, OSError):
        print(f"The lesson stops: {error}", file=sys.stderr)
    elif not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings):
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message):
        unknown = re.fullmatch("unrecognized arguments: (.*)", message)
        if unknown:
            known = [action.option_strings[-1] for action in self._actions]
            raise refusal("option", unknown[1].split()[0], ", ".join(known))
        raise Refusal(message.removeprefix("argument "))


def _seed(text):
    if not (text.isdecimal() and int(text) <= LARGEST_SEED):
        raise argparse.ArgumentTypeError(f"got {text!r}; allowed: an integer from 0 to {LARGEST_SEED}")
    return int(text)


@contextlib.contextmanager
def _one_line():
    """A refusal, or a path that the system refuses, ends the program with its message alone."""
    try:
        yield
    except (Refusal, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
