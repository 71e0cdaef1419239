"""torch.layout: how a tensor's elements are kept.  `strided` is the only one here."""


class layout:
    """A kind of memory layout.  Torch: torch.layout"""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self):
        return self.name


layout.__module__ = "torch"  # as it prints itself
strided = layout("strided")


def check_layout(value, function: str) -> None:
    """Accept None and torch.strided.

    Raises: TypeError for what is no layout, NotImplementedError for another one.
    """
    if value is None or value is strided:
        return
    if not isinstance(value, layout):
        raise TypeError(f"{function}(): argument 'layout' must be torch.layout, not {type(value).__name__}")
    raise NotImplementedError(f"layout={value} is not supported")
