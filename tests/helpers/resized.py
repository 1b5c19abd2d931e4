"""Configs of other sizes."""


def resized(value, sizes):
    """Return a nested config with each list or tuple of numbers among ``sizes`` replaced."""
    if isinstance(value, dict):
        return type(value)({key: resized(part, sizes) for key, part in value.items()})
    if isinstance(value, list | tuple):
        numbers = tuple(part if isinstance(part, int) else None for part in value)
        return sizes.get(numbers) or type(value)(resized(part, sizes) for part in value)
    return value
