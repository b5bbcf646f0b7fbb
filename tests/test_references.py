"""Kernels and their derivatives are pickled and copied by reference, as functions are."""

import copy
import multiprocessing
import pickle

import numpy as np
import pytest

import dsl


@dsl.kernel
def cubed(x):
    return x * x * x


def plain(x):
    return x * x


@dsl.custom_jvp
def ruled(x):
    return 2.0 * x


@ruled.defjvp
def ruled_jvp(primals, tangents):
    return ruled(primals[0]), 2.0 * tangents[0]


PROGRAMS = {
    "kernel": (cubed, 8.0),
    "kernel of a function": (dsl.kernel(plain), 4.0),
    "kernel with options": (dsl.kernel(plain, bounds_check=False), 4.0),
    "gradient": (dsl.grad(cubed), 12.0),
    "gradient of a gradient": (dsl.grad(dsl.grad(plain)), 2.0),
    "value and gradient": (dsl.value_and_grad(cubed), (8.0, 12.0)),
    "jacobian": (dsl.jacfwd(plain), 4.0),
    "hessian": (dsl.hessian(cubed), 12.0),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_comes_back_computes_the_same(name):
    program, expected = PROGRAMS[name]
    back = pickle.loads(pickle.dumps(program))
    assert back(2.0) == expected
    assert pickle.loads(pickle.dumps(program)) is back  # made once in a process: it is not compiled for each
    assert copy.copy(program) is program
    assert copy.deepcopy([program])[0] is program


def test_what_its_module_knows_is_itself():
    assert pickle.loads(pickle.dumps(cubed)) is cubed
    assert pickle.loads(pickle.dumps(ruled)) is ruled
    assert copy.deepcopy(ruled) is ruled


def test_a_lambda_is_refused_as_python_refuses_it():
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(lambda x: x)
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(dsl.grad(lambda x: x * x))


def test_a_pool_of_processes_maps_a_kernel():
    values = list(np.arange(4.0))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(cubed, values) == [x**3 for x in values]
        assert pool.map(dsl.grad(cubed), values) == [3 * x**2 for x in values]
