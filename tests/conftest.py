"""Fixtures that tests of several folders share."""

import os
import tempfile

import pytest

import dsl

os.environ.setdefault("DSL_VERIFY", "1")  # the contract of docs/ir.md is checked after every pass


def pytest_configure(config):
    """Each session has a cache of its own: a stale program of another would be tested in place of the present one."""
    if "DSL_CACHE_DIR" not in os.environ:
        directory = tempfile.TemporaryDirectory(prefix="dsl-cache-")
        os.environ["DSL_CACHE_DIR"] = directory.name
        config.add_cleanup(directory.cleanup)


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
