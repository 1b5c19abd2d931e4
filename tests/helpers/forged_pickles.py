"""Objects whose pickles do what no checkpoint should."""


class Call:
    """Pickles as a call; may itself stand for a function in another call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call

    def __call__(self):
        raise AssertionError('only its pickle is of use')
