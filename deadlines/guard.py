"""When a round stops and asks: far more mail than the plans explain, or a clock that has leapt."""

_TIMES = 3
AT_LEAST = 200  # a province's usual wave; fewer messages are no blast
_LEAP_SECONDS = 3600.0


def too_many(found: int, expected: int) -> bool:
    """Return whether so much mail is a blast: more than three times what was expected, and more than a wave's 200."""
    return found > max(_TIMES * expected, AT_LEAST)


def clock_leapt(seconds: float) -> bool:
    """Return whether the wall clock has outrun the clock that never jumps by more than an hour.

    Set back, it sends nothing too early; what it calls not yet due waits.
    """
    return seconds > _LEAP_SECONDS
