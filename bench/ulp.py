"""How far a compiled mathematical operation is from the truth, in units in the last place.

    python -m bench.ulp sin f64          # at the standard points
    python -m bench.ulp                  # every operation and type

The truth is mpmath's, at a precision far beyond the type's. An error of 0.5 is perfect rounding.
"""

import sys

import iree.compiler as compiler
import iree.runtime as rt
import mpmath
import numpy as np
from iree.compiler import ir

from dsl import runtime
from dsl.passes.math import expand_math

PRECISION = 240
TYPES = {np.dtype(np.float16): "f16", np.dtype(np.float32): "f32", np.dtype(np.float64): "f64"}
TERNARY = ("fma",)
BINARY = ("powf", "atan2", "copysign", "hypot", "remf", "fpowi")


def operation(op, kind, lanes):
    """The text of one operation on %x and, if binary, %y, giving %r. `polygamma3` is polygamma of order 3."""
    full = f"vector<{lanes}x{kind}>" if lanes else kind
    if op == "fpowi":
        integer = f"vector<{lanes}xi32>" if lanes else "i32"
        return f"%k = arith.fptosi %z : {full} to {integer}\n%r = math.fpowi %x, %k : {full}, {integer}"
    if op == "remf":
        return f"%r = arith.remf %x, %y : {full}"
    if op.startswith("polygamma"):
        return f'%r = "dsl.polygamma"(%x) {{order = {op[9:]} : i64}} : ({full}) -> {full}'
    if op in ("gamma", "lgamma"):
        return f'%r = "dsl.{op}"(%x) : ({full}) -> {full}'
    if op == "hypot":
        return f'%r = "dsl.hypot"(%x, %y) : ({full}, {full}) -> {full}'
    if op == "fma":
        return f"%r = math.fma %x, %y, %z : {full}"
    return f"%r = math.{op} {'%x, %y' if op in BINARY else '%x'} : {full}"


def body(ops, kind, count, lanes):
    """The operations on %x, %y and %z, the j-th result stored in the j-th stretch of the array %R."""
    array = f"memref<{len(ops) * count}x{kind}>"
    full = f"vector<{lanes}x{kind}>" if lanes else kind
    lines = []
    for j, op in enumerate(ops):
        lines.append(operation(op, kind, lanes).replace("%r", f"%r{j}").replace("%k", f"%k{j}"))
        lines.append(f"%from{j} = arith.constant {j * count} : index\n%at{j} = arith.addi %i, %from{j} : index")
        lines.append(f"vector.store %r{j}, %R[%at{j}] : {array}, {full}" if lanes else
                     f"memref.store %r{j}, %R[%at{j}] : {array}")
    return "\n".join(lines)


def source(ops, kind, count, lanes=0):
    """A module with one kernel that maps operations over three arrays, element by element or `lanes` at a time."""
    ops = (ops,) if isinstance(ops, str) else ops
    array = f"memref<{count}x{kind}>"
    full = f"vector<{lanes}x{kind}>" if lanes else kind
    load = (lambda name: f"vector.load {name}[%i] : {array}, {full}") if lanes else (
        lambda name: f"memref.load {name}[%i] : {array}")
    tensor, result = f"tensor<{count}x{kind}>", f"tensor<{len(ops) * count}x{kind}>"
    return f"""module {{
  stream.executable private @ex {{
    stream.executable.export public @k workgroups() -> (index, index, index) {{
      %c1 = arith.constant 1 : index
      stream.return %c1, %c1, %c1 : index, index, index
    }}
    builtin.module {{
      func.func @k(%a: !stream.binding, %b: !stream.binding, %c: !stream.binding, %d: !stream.binding)
          attributes {{translation_info = #iree_codegen.translation_info<pipeline = #iree_codegen.no_pipeline>}} {{
        %c0 = arith.constant 0 : index
        %step = arith.constant {lanes or 1} : index
        %count = arith.constant {count} : index
        %X = stream.binding.subspan %a[%c0] : !stream.binding -> {array}
        %Y = stream.binding.subspan %b[%c0] : !stream.binding -> {array}
        %Z = stream.binding.subspan %c[%c0] : !stream.binding -> {array}
        %R = stream.binding.subspan %d[%c0] : !stream.binding -> memref<{len(ops) * count}x{kind}>
        scf.for %i = %c0 to %count step %step {{
          %x = {load("%X")}
          %y = {load("%Y")}
          %z = {load("%Z")}
          {body(ops, kind, count, lanes)}
        }}
        return
      }}
    }}
  }}
  func.func @main(%x: {tensor}, %y: {tensor}, %z: {tensor}) -> {result} {{
    %r = flow.dispatch @ex::@k(%x, %y, %z) : ({tensor}, {tensor}, {tensor}) -> {result}
    return %r : {result}
  }}
}}"""


def build(text, target, expand=True, extra=()):
    """Expand the module's math for the target and compile it."""
    with ir.Context() as context:
        context.allow_unregistered_dialects = True
        module = ir.Module.parse(text)
        if expand:
            expand_math(module.operation, runtime.resolve(target).math_options())
            module.operation.verify()
        text = str(module)
    return compiler.compile_str(text, extra_args=[*runtime.resolve(target).compile_flags(), *extra])


def run(binary, arrays, target):
    """The flat results of a module built from `source`."""
    config = rt.Config(runtime.resolve(target).driver)
    context = rt.SystemContext(config=config)
    module = rt.VmModule.copy_buffer(context.instance, binary)
    context.add_vm_module(module)
    if runtime.resolve(target).host_memory:
        return context.modules[module.name]["main"](*arrays).to_host()
    return run_mapped(config.device, context.vm_context, module.lookup_function("main"), arrays)


def run_mapped(device, vm, function, arrays):
    """Transfers for Mesa's software Vulkan, where NumPy upload and `to_host` fail on alignment."""
    element = {"float16": rt.HalElementType.FLOAT_16, "float32": rt.HalElementType.FLOAT_32,
               "float64": rt.HalElementType.FLOAT_64}[str(arrays[0].dtype)]
    memory = rt.MemoryType.DEVICE_LOCAL | rt.MemoryType.HOST_VISIBLE
    usage = rt.BufferUsage.DEFAULT | rt.BufferUsage.MAPPING

    def allocate(array):
        return device.allocator.allocate_buffer(memory_type=memory, allowed_usage=usage, allocation_size=array.nbytes)

    arguments, results = rt.VmVariantList(len(arrays)), rt.VmVariantList(1)
    for array in arrays:
        buffer = allocate(array)
        buffer.map().asarray(array.shape, array.dtype)[:] = array
        arguments.push_ref(rt.HalBufferView(buffer=buffer, shape=array.shape, element_type=element))
    vm.invoke(function, arguments, results)
    view = results.get_as_object(0, rt.HalBufferView)
    host = np.zeros(view.shape, arrays[0].dtype)
    target, semaphore = allocate(host), device.create_semaphore(0)
    device.queue_copy(view.get_buffer(), target, [], [(semaphore, 1)])
    semaphore.wait(1)
    return np.array(target.map().asarray(host.shape, host.dtype))


def evaluate(op, points, target="cpu", lanes=0, expand=True):
    """The operation at the points (one array, or a tuple of two), as compiled for the target; of a tuple of operations
    one row each. An integer exponent is taken from the last array."""
    arrays = points if isinstance(points, tuple) else (points,)
    count, dtype = len(arrays[0]), arrays[0].dtype
    padded = -(-count // (lanes or 1)) * (lanes or 1)
    arrays = [np.pad(a, (0, padded - count), constant_values=1) for a in arrays]
    arrays += [arrays[-1]] * (3 - len(arrays))
    rows = run(build(source(op, TYPES[dtype], padded, lanes), target, expand), arrays, target).reshape(-1, padded)
    return rows[0, :count] if isinstance(op, str) else rows[:, :count]


def ulp_error(got, want, dtype):
    """|got - want| in units of the last place of `want` (an mpf); inf where only one is NaN or infinite."""
    if np.isnan(got) or mpmath.isnan(want):
        return 0.0 if np.isnan(got) and mpmath.isnan(want) else np.inf
    rounded = round_to(want, dtype)
    if np.isinf(got) or np.isinf(rounded):
        return 0.0 if got == rounded else np.inf
    if got == 0 and rounded == 0:
        return 0.0
    with np.errstate(over="ignore"):
        spacing = np.spacing(np.abs(rounded))
    if np.isinf(spacing):  # NumPy looks for the next number above the largest
        spacing = rounded - np.nextafter(rounded, dtype.type(0))
    return float(abs(mpmath.mpf(float(got)) - want) / abs(mpmath.mpf(float(spacing))))


def round_to(value, dtype):
    """An mpf, correctly rounded to the type."""
    if dtype == np.float64 or not mpmath.isfinite(value):
        return dtype.type(float(value))
    info = np.finfo(dtype)
    least = mpmath.mpf(2) ** (info.minexp - info.nmant)
    exponent = int(mpmath.floor(mpmath.log(abs(value), 2))) if value else info.minexp
    unit = max(least, mpmath.mpf(2) ** (exponent - info.nmant))
    rounded = mpmath.nint(value / unit) * unit
    if abs(rounded) > float(info.max):
        return dtype.type(np.inf if rounded > 0 else -np.inf)
    return dtype.type(float(rounded))


def measure(op, dtype, points, target="cpu", lanes=0, expand=True):
    """(largest error in ulp, the argument it occurred at) of an operation over points of a NumPy float type."""
    dtype = np.dtype(dtype)
    arrays = [np.asarray(p, dtype) for p in (points if isinstance(points, tuple) else (points,))]
    return compare(op, evaluate(op, tuple(arrays), target, lanes, expand), *arrays)


def compare(op, got, *arrays):
    """The same for results already computed."""
    dtype, worst, where = got.dtype, 0.0, None
    for value, *arguments in zip(got, *arrays):
        error = ulp_error(value, reference(op, *map(float, arguments)), dtype)
        if error > worst:
            worst, where = error, tuple(map(float, arguments))
    return worst, where


def reference(op, *arguments):
    """The exact value, as an mpf."""
    from .ulp_reference import exact
    with mpmath.workprec(PRECISION):
        return exact(op, *arguments)


UNARY = ("sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 log1p cbrt sqrt "
         "rsqrt erf erfc floor ceil trunc round roundeven absf gamma lgamma polygamma0 polygamma1 polygamma2").split()
OPERATIONS = (*UNARY, *BINARY, *TERNARY)
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.0, 2.5, -2.5, 3.0, 10.0, -10.0, 22.0, 100.0, 1000.0, np.inf, -np.inf,
           np.nan, 709.7, 709.8, -708.3, -745.1, -745.2, 88.7, 88.8, -87.3, -103.9, -104.0, 1023.5, 1024.0, -1074.0,
           -1075.0, 128.0, -149.0, -150.0, 171.6, 35.0, 1.5707963267948966, 3.141592653589793, 1e22,
           26.5, 27.2, 9.2, 10.05)


def standard_points(dtype, count=150, seed=0):
    """Arguments: some by exponent over the whole range, some of ordinary size, the special ones."""
    dtype, random = np.dtype(dtype), np.random.default_rng(seed)
    info = np.finfo(dtype)
    signs = random.choice([-1.0, 1.0], count)
    wide = signs * 2.0 ** random.uniform(info.minexp - info.nmant, info.maxexp, count)
    with np.errstate(over="ignore"):
        points = np.concatenate([
            wide, signs * 2.0 ** random.uniform(-12, 8, count), random.uniform(-3, 3, count), SPECIAL,
            [1 + info.eps, 1 - info.eps / 2, info.max, -info.max, info.tiny, -info.tiny, info.smallest_subnormal,
             info.tiny / 2]]).astype(dtype)
    return points[np.argsort(random.random(len(points)))]


def arguments(op, dtype, **options):
    """`standard_points`, as many arrays of them as the operation has operands."""
    x = standard_points(dtype, **options)
    if op in BINARY:
        y = standard_points(dtype, **{**options, "seed": 1})
        return x, integers(y) if op == "fpowi" else y
    if op in TERNARY:
        return x, *(standard_points(dtype, **{**options, "seed": s}) for s in (1, 2))
    if op == "gamma" or op.startswith("polygamma"):
        return x[~(np.abs(x) > 1e5)]  # mpmath would take for ever
    return x


def operands(op, x, y, whole):
    """What an operation works on in a kernel of many."""
    return (x, whole if op == "fpowi" else y) if op in BINARY else (x, y, whole) if op in TERNARY else (x,)


def integers(y):
    """Integers of the type that fit into 32 bits."""
    return np.where(np.abs(y) < 2e9, np.trunc(y), y.dtype.type(7))


def main(selected):
    operations = [s for s in selected if s in OPERATIONS] or OPERATIONS
    types = [t for t in ("f64", "f32") if t in selected] or ("f64", "f32")
    for op in operations:
        for kind in types:
            dtype = np.float64 if kind == "f64" else np.float32
            worst, where = measure(op, dtype, arguments(op, dtype, count=600))
            print(f"{op:12} {kind} {worst:8.3f} ulp at {where}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
