"""A file that is either written completely or left as it was."""

import os
import tempfile
from pathlib import Path

from graphs.refusals import refusal


def check_writable(field, path):
    """Raises ValueError, naming the field, unless a regular file can be written at path; leaves nothing behind."""
    try:
        if path.exists() and not path.is_file():
            raise OSError(None, "not a regular file")
        with tempfile.NamedTemporaryFile(dir=path.resolve().parent):
            pass
    except OSError as error:
        raise _refusal(field, path, error) from None


def write_whole(field, path, content):
    """Write a text, or bytes, through a temporary file. Raises ValueError, naming the field, if that fails."""
    target = Path(path).resolve()  # a link stays a link
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            try:
                file.write(content.encode() if isinstance(content, str) else content)
                file.close()
                os.chmod(file.name, 0o666 & ~_umask())
                os.replace(file.name, target)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise _refusal(field, path, error) from None


def _refusal(field, path, error):
    return refusal(field, f"{path} ({error.strerror})", "a file that can be written")


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
