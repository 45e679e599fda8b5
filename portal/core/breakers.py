"""What does not answer is left alone for a while."""

import time


class Breaker:
    """For one part that others wait for: after a failure nobody asks it for `seconds`. For all threads of a process."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the part failed so lately that it is not to be asked."""
        return time.monotonic() < self._until

    def open(self) -> None:
        """Note a failure."""
        self._until = time.monotonic() + self._seconds

    def close(self) -> None:
        """Let it be asked again at once."""
        self._until = 0.0
