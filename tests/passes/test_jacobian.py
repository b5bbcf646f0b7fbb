"""Jacobians by a loop over unit directions, compiled, against NumPy."""

import numpy as np
import pytest

from dsl import runtime
from dsl.passes.autodiff import forward, reverse
from dsl.passes.autodiff.jacobian import jacobian
from tests.passes.test_autodiff import parse

TEXT = """
func.func @f(%a: tensor<3xf64>, %y: f64) -> (tensor<3xf64>, f64) {
  %i0 = arith.constant 0 : index
  %i1 = arith.constant 1 : index
  %i2 = arith.constant 2 : index
  %z = arith.constant 0.0 : f64
  %u = tensor.extract %a[%i0] : tensor<3xf64>
  %v = tensor.extract %a[%i1] : tensor<3xf64>
  %w = tensor.extract %a[%i2] : tensor<3xf64>
  %uv = arith.mulf %u, %v : f64
  %vw = arith.mulf %v, %w : f64
  %s = math.sin %u : f64
  %sy = arith.mulf %s, %y : f64
  %o0 = tensor.splat %z : tensor<3xf64>
  %o1 = tensor.insert %uv into %o0[%i0] : tensor<3xf64>
  %o2 = tensor.insert %vw into %o1[%i1] : tensor<3xf64>
  %o3 = tensor.insert %sy into %o2[%i2] : tensor<3xf64>
  return %o3, %uv : tensor<3xf64>, f64
}"""


@pytest.mark.parametrize("mode", [forward, reverse])
def test_jacobian(mode):
    module = parse(TEXT)
    name = mode(module, "f", [0, 1])
    jacobian(module, name, 2, [2, 3], mode is reverse, "jac")
    kernel = runtime.load(runtime.compile(module, "jac"))
    u, v, w, y = 0.3, 1.1, -0.4, 2.0
    array_by_a, array_by_y, scalar_by_a, scalar_by_y = kernel([np.array([u, v, w]), y])
    np.testing.assert_allclose(array_by_a, [[v, u, 0], [0, w, v], [np.cos(u) * y, 0, 0]], rtol=1e-15)
    np.testing.assert_allclose(array_by_y, [0, 0, np.sin(u)], rtol=1e-15)
    np.testing.assert_allclose(scalar_by_a, [v, u, 0], rtol=1e-15)
    assert scalar_by_y == 0.0
