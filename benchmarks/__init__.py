"""Ours against torch, each in its own process, in turns, on an idle machine."""
