"""Numbers in a form that people read easily."""


def duration(us):
    """Microseconds in a suitable unit, with up to three digits."""
    return f"{us:.3g} us" if us < 999.5 else f"{us / 1e3:.3g} ms" if us < 999.5e3 else f"{us / 1e6:.3g} s"


def duration_range(low_us, high_us):
    """Two durations, with the unit once where they share it."""
    low, high = duration(low_us), duration(high_us)
    (number, unit), high_unit = low.split(), high.split()[1]
    return f"{number if unit == high_unit else low} to {high}"


def scaled(number, unit=""):
    """A large number with up to three digits, and k, M, G or T before its unit."""
    for letter in ("", "k", "M", "G"):
        if number < 999.5:
            return f"{number:.3g} {letter}{unit}".rstrip()
        number /= 1e3
    return f"{number:.3g} T{unit}"


def megabytes(number):
    """Megabytes, with one digit after the point below 10; "-" for None."""
    return "-" if number is None else f"{number:.1f} MB" if number < 9.95 else f"{number:.0f} MB"


def enumerated(words, conjunction="and"):
    """Words in a row: a, b and c."""
    *first, last = words
    return f"{', '.join(first)} {conjunction} {last}" if first else last
