"""Frames: whose a name is, and what names of the module mean."""

import math

import pytest

from dsl.frontend.syntax import source
from dsl.frontend.values.frames import Frame
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.store import Store

SCALE = 2.5


def around():
    inner_constant = 3

    def nested(x):
        y = x + inner_constant
        return y * SCALE + math.pi

    return nested


def declaring(x):
    global SCALE
    SCALE = x


def frame_of(function, **options) -> Frame:
    return Frame(Store(), source.find(function), function, **options)


def test_a_name_belongs_to_the_innermost_frame_that_binds_it():
    outer = frame_of(around)
    inner = Frame(outer.store, source.find(around()), None, enclosing=outer)
    assert inner.owner("y") is inner is inner.owner("%result")
    assert inner.owner("inner_constant") is outer
    assert inner.owner("SCALE") is None and inner.outermost() is outer


def test_a_global_declaration_leaves_the_frames():
    assert frame_of(declaring).owner("SCALE") is None


def test_names_of_the_module_are_noted():
    frame = frame_of(around())
    assert frame.module_value("SCALE") == SCALE
    assert frame.module_value("inner_constant") == 3
    assert frame.module_value("len") is len
    assert {name for _, name, _ in frame.store.guards.found.values()} == {"SCALE", "inner_constant"}


def test_a_name_that_is_nowhere():
    with pytest.raises(Refused, match="name 'no_such_name' is not defined"):
        frame_of(around()).module_value("no_such_name")


def test_depth_counts_the_callers():
    outer = frame_of(around)
    assert frame_of(around, caller=frame_of(around, caller=outer)).depth == 2
