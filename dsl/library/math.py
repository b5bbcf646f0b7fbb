"""The elementary and special functions that are operations of the IR."""

import math

import numpy as np

from .entries import operation

operation("math.sin", math.sin, np.sin)
operation("math.cos", math.cos, np.cos)
operation("math.tan", math.tan, np.tan)
operation("math.asin", math.asin, np.arcsin)
operation("math.acos", math.acos, np.arccos)
operation("math.atan", math.atan, np.arctan)
operation("math.atan2", math.atan2, np.arctan2, arity=2)
operation("math.sinh", math.sinh, np.sinh)
operation("math.cosh", math.cosh, np.cosh)
operation("math.tanh", math.tanh, np.tanh)
operation("math.asinh", math.asinh, np.arcsinh)
operation("math.acosh", math.acosh, np.arccosh)
operation("math.atanh", math.atanh, np.arctanh)
operation("math.exp", math.exp, np.exp)
operation("math.exp2", math.exp2, np.exp2)
operation("math.expm1", math.expm1, np.expm1)
operation("math.log1p", math.log1p, np.log1p)
operation("math.log2", math.log2, np.log2)
operation("math.log10", math.log10, np.log10)
operation("math.log", np.log)
operation("math.sqrt", math.sqrt, np.sqrt)
operation("math.cbrt", math.cbrt, np.cbrt)
operation("math.powf", math.pow, np.float_power, arity=2)
operation("math.erf", math.erf)
operation("math.erfc", math.erfc)
operation("math.copysign", math.copysign, np.copysign, arity=2)
operation("math.floor", np.floor)
operation("math.ceil", np.ceil)
operation("math.trunc", np.trunc)
operation("math.roundeven", np.rint)
operation("arith.remf", math.fmod, np.fmod, arity=2)
operation("dsl.gamma", math.gamma)
operation("dsl.lgamma", math.lgamma)
operation("dsl.hypot", np.hypot, arity=2)
