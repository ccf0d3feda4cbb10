"""How much memory the process takes. On Linux only: other systems do not tell the peak of a part of a run."""

import ctypes
import re
import sys
from pathlib import Path

MEASURED = sys.platform == "linux"


def added_peak_mb(action):
    """(megabytes that the process's resident memory rose by at most while the action ran, the action's result).

    Memory that was free before is returned to the system first, or the action could use it unseen. None instead of
    megabytes on other systems than Linux, and where the system does not let a process reset its peak.
    """
    try:
        _return_free_memory()
        # The peak becomes what is resident now: man 5 proc_pid_clear_refs.
        Path("/proc/self/clear_refs").write_text("5")
        before, _ = _status_mb("VmRSS"), _status_mb("VmHWM")
    except (OSError, ValueError):
        return None, action()
    result = action()
    return max(0.0, _status_mb("VmHWM") - before), result


def _return_free_memory():
    if MEASURED and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):  # of the GNU C library
        trim(0)


def _status_mb(field):
    (kilobytes,) = re.findall(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes) / 1024
