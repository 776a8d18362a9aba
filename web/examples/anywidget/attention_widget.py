import pathlib

import anywidget
import numpy as np
import traitlets


class HeadScope(anywidget.AnyWidget):
    """HeadScope(query=q, key=k, tokens=[...], view="matrix text") or HeadScope(weights=w, ...)."""

    _esm = pathlib.Path(__file__).parent / "widget.js"  # the package's dist/widget.js, copied beside this file
    state = traitlets.Dict().tag(sync=True)
    pin = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)

    def __init__(self, **given):
        super().__init__(state={name: tensor(value) for name, value in given.items()})


def tensor(value):
    if not hasattr(value, "__array__"):
        return value
    numbers = np.ascontiguousarray(value, dtype="<f4")
    return {"shape": list(numbers.shape), "data": memoryview(numbers).cast("B")}
