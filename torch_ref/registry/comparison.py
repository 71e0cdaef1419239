"""Comparisons and logic."""

from .spec import ALL, OPERATORS, binary, unary

for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    binary(_name, orders=0, operator=OPERATORS[_name])
for _name in ("logical_and", "logical_or", "logical_xor"):
    binary(_name, -0.9, 1, orders=0)
unary("logical_not", orders=0, dtypes=ALL)
for _name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    binary(_name, 0, 9, (0, 9), orders=0, dtypes=ALL[:6], special=False, operator=OPERATORS[_name])
