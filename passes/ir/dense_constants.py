"""The elements of dense constants."""

import re

import numpy as np
from iree.compiler import ir


def constant_elements(attribute, type) -> list:
    """The elements of a dense attribute as attributes of the element type; a single one if all are equal."""
    if attribute.is_splat:
        return [attribute.get_splat_value()]
    # The bindings read any element type but f16.
    numbers = _halves(str(attribute)) if str(type.element_type) == "f16" else np.array(attribute).reshape(-1)
    if isinstance(type.element_type, ir.IntegerType):
        return [ir.IntegerAttr.get(type.element_type, int(number)) for number in numbers]
    return [ir.FloatAttr.get(type.element_type, float(number)) for number in numbers]


def _halves(text: str) -> list:
    """f16 elements from the text of the attribute: decimals, bits in hex (inf, nan), or one string of all bytes."""
    if packed := re.match(r'dense<"0x([0-9A-Fa-f]*)"', text):
        return list(np.frombuffer(bytes.fromhex(packed[1]), np.float16))
    words = re.findall(r"0x[0-9A-Fa-f]{4}|-?\d+\.\d+e[+-]\d+", text)
    return [np.uint16(int(w, 16)).view(np.float16) if w.startswith("0x") else np.float16(w) for w in words]
