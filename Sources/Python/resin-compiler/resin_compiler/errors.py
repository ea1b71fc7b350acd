"""What the compiler has to say, as Python says it."""

from __future__ import annotations

from resin import Error


class CompileError(Error):
    """The program has failed; the text is what it said: the place, what is wrong there, and what to do."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text, status)
        self.text: str = text
        #: The program's exit status: 2 for a model or an option, 64 for an unknown option.
        self.status: int = status

    def __str__(self) -> str:
        return self.text


class CompileWarning(UserWarning):
    """What a model may not mean."""
