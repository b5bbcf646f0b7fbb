"""The table of Python functions that the front end knows by itself."""

TABLE: dict = {}


def intrinsic(*functions):
    """Enters a handler `(machine, *values, **values) -> Value` for Python functions."""
    def enter(handler):
        TABLE.update((function, handler) for function in functions)
        return handler

    return enter
