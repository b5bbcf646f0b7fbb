"""What a compiled kernel and its host agree on, beside the signature (docs/ir.md, "Kernel formation").

The compiler's side is passes/kernel, the host's dsl.runtime, which runs kernels where there is no compiler: nothing is
imported here.
"""

# The module attribute that holds the signature, JSON, until the module is compiled.
SIGNATURE = "dsl.signature"

# What @call is annotated with, and keeps when it is compiled: a digest of the signature (runtime/artifact.py).
HELD = "dsl.held"

# The name of the stack that printed values go on.
RECORDS = "dsl.record"

# The name of the stack that stands for the room of all lists whose length is known only at run time.
LISTS = "dsl.lists"

# Bits of the attention word: a check failed, a stack overflowed, something was printed, the host ended the kernel;
# above them the number of the check that failed, from 1 on.
FAILED, OVERFLOWED, PRINTED, STOPPED = 1, 2, 4, 8
SITE_SHIFT = 8

# The slots of what loops look at: a counter that goes down, whether to stop, the address of the host's function.
POLL_SLOTS = 3
