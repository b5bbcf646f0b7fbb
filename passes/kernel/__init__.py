"""Kernel formation: one function, loops and all, becomes one dispatch.

The entry function of a module becomes a kernel module: an executable, the host function @call, and the signature
(docs/ir.md, "Kernel formation"). passes/pipeline.py has the order.

    tensors   arrays become memory                 memory/
    effects   tapes, checks, prints become memory  effects/, memory_loops/
    exact     rounding is IEEE's                   contraction.py, strict_fp.py, memory_loops/
    kernel    the executable and its @call         dispatch.py
"""
