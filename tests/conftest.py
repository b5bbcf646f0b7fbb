"""Fixtures that tests of several folders share."""

import os

import pytest

import dsl

os.environ.setdefault("DSL_VERIFY", "1")  # the contract of docs/ir.md is checked after every pass


@pytest.fixture(scope="session")
def require_device():
    """Skips where there is no device for a target; fails where one is promised, so that CI tests what it says."""
    present = {device.target for device in dsl.devices()}

    def require(target: str) -> str:
        if target not in present:
            promised = target == "vulkan" and os.environ.get("DSL_REQUIRE_VULKAN")
            (pytest.fail if promised else pytest.skip)(f"there is no {target} device")
        return target

    return require


@pytest.fixture(scope="session")
def vulkan(require_device):
    return require_device("vulkan")
