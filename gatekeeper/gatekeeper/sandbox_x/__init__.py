"""Sandbox X: a small X on this computer for the demo and the tests. Nothing leaves from it.

It checks every signature as X does, refuses what X refuses, keeps what it was sent byte for
byte, and can be told to go wrong in the ways in which X goes wrong.
"""

from gatekeeper.sandbox_x.server import SandboxX, create_app, serve
from gatekeeper.sandbox_x.users import SandboxUser

__all__ = ["SandboxUser", "SandboxX", "create_app", "serve"]
