"""The one family of errors that are meant for the person who asked: a clear line, no traceback."""


class Refused(Exception):
    """Something that was asked for cannot be done as told; the text names place, value and way out."""
