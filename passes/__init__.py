"""MLIR to MLIR: differentiation, expansion, kernel formation."""

import sys
from types import ModuleType

# Whenever an operation of `dsl` is read from a block, the MLIR bindings look for a module with the classes of its
# dialect, and search the disk anew each time that they find none. There are none: an empty module ends the search,
# which took most of the time of every pass.
sys.modules.setdefault("iree.compiler.dialects.dsl", ModuleType("iree.compiler.dialects.dsl"))
