"""What every service shares: how it says no."""


class ActionRefused(Exception):
    """An action that cannot be taken, with a sentence for the person who tried.

    `message` is translated and complete; `code` is stable and for tests and views; `field` names the form
    field it belongs to, or is "" where it concerns the whole form.
    """

    def __init__(self, message: str, *, code: str, field: str = "") -> None:
        super().__init__(message)
        self.message = str(message)
        self.code = code
        self.field = field
