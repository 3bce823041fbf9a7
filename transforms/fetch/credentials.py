"""Headers whose values come from the environment, and never stand in a configuration, a record or a message."""

import os
from collections.abc import Sequence

from transforms.fetch.http import Failure


def resolve(headers: Sequence[str]) -> dict[str, str] | Failure:
    """Return the headers of `Name=VARIABLE` by name, or why they cannot be sent from this machine."""
    resolved: dict[str, str] = {}
    for header in headers:
        name, _, variable = header.partition("=")
        value = os.environ.get(variable)
        if value is None:
            return Failure(
                "credentials_missing", f"The environment variable {variable} of the header {name} is not set."
            )
        if not value or not value.isascii() or not value.isprintable():
            return Failure("credentials_missing", f"The value of {variable} is empty or no header can hold it.")
        resolved[name] = value
    return resolved
