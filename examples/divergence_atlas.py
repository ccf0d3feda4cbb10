"""Pairs that carry the same name and are not the same: how far apart they are, and which setting brings them together.

Each is an experiment in examples/divergences/, to be read there.   python examples/divergence_atlas.py [name ...]
"""

import sys
import textwrap
from importlib import import_module
from pathlib import Path

from graphs.system.environment import WITHOUT_ONEDNN
from graphs.system.quiet_tensorflow import import_tensorflow_quietly

FOLDER = Path(__file__).parent / "divergences"
WIDTH = 100
NOT_EXPERIMENTS = ("__init__", "finding", "quadratic")
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in NOT_EXPERIMENTS)


def main(*names):
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        sys.exit(f"name: got {', '.join(unknown)}; allowed: {', '.join(NAMES)}")
    import_tensorflow_quietly()
    for name in names or NAMES:
        module = import_module(f"divergences.{name}")
        print(textwrap.fill(f"{name}: {module.__doc__.splitlines()[0]}", WIDTH, subsequent_indent="  "))
        for finding in module.experiment():
            sides = f"{finding.left} | {finding.right}"
            numbers = f"{finding.measured}: {finding.gap:.3g} apart; {finding.remaining:.3g} with {finding.setting}"
            if finding.needs_onednn and not finding.gap:
                numbers += f". {WITHOUT_ONEDNN}"
            for line in (sides, numbers):
                print(textwrap.fill(line, WIDTH, initial_indent="    ", subsequent_indent="      "))
        print()


if __name__ == "__main__":
    main(*sys.argv[1:])
