"""The models of a server, of which one that was unloaded can be loaded again."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from kserve import ModelRepository

from ..errors import Error
from .model import Model


class Repository(ModelRepository):  # type: ignore[misc]
    """KServe's, which forgets a model that is unloaded; this one knows where its library is."""

    def __init__(self) -> None:
        super().__init__()
        self._loaders: Dict[str, Callable[[], Model]] = {}

    def update(self, model: Any, name: Optional[str] = None) -> None:
        """Adds a model, or takes it in place of another one of its name."""
        super().update(model, name)
        if isinstance(model, Model):
            self._loaders[name or model.name] = model.loader()

    def load(self, name: str) -> bool:
        """Loads a model that was unloaded, from the library that there is now; one that is loaded stays.

        Raises `resin.Error` where the server was not started with such a model, or its library cannot be loaded.
        """
        if name not in self.models:
            if name not in self._loaders:
                raise Error(f"the server was not started with a model '{name}'; it has {', '.join(map(repr, self._loaders))}")
            self.update(self._loaders[name](), name)
        return True
