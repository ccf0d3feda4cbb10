"""Numbers as a person reads them."""


def duration(us):
    """Microseconds, in the unit that suits them, with up to three digits."""
    return f"{us:.3g} us" if us < 999.5 else f"{us / 1e3:.3g} ms" if us < 999.5e3 else f"{us / 1e6:.3g} s"


def scaled(number, unit=""):
    """A large number with up to three digits, and k, M, G or T for the thousands before its unit."""
    for letter in ("", "k", "M", "G"):
        if number < 999.5:
            return f"{number:.3g} {letter}{unit}".rstrip()
        number /= 1e3
    return f"{number:.3g} T{unit}"
