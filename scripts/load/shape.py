"""How large an evening is played: officers, minutes, files, messages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """What is played: so many officers come within so many minutes, each with a file of so many bytes, while so many
    messages are sent; `pause` is how many seconds an officer looks at a page before going on."""

    officers: int
    minutes: float
    file_bytes: int
    messages: int
    pause: float
    ease: float = 1  # 2 lets a time be twice its target, for a quick look on a machine that does other work too


FULL = Shape(officers=3_000, minutes=10, file_bytes=5_000_000, messages=100_000, pause=2)
SHORT = Shape(officers=120, minutes=0.4, file_bytes=5_000_000, messages=8_000, pause=0.5, ease=2)
