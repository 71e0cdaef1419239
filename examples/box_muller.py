"""The picture of docs/random.md: one block of Box and Muller's transform, and a histogram of many.

Run with either library, which draw the same: python examples/box_muller.py [torch] [FILE.png]
"""

import importlib
import math
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt

torch = importlib.import_module("torch" if "torch" in sys.argv else "minitorch_np")

torch.manual_seed(0)
block = torch.randn(16).tolist()
many = torch.randn(100_000)
print(f"block {block[0]:.6f} ... {block[-1]:.6f}, mean {many.mean().item():.4f}, deviation {many.std().item():.4f}")

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
for number, (x, y) in enumerate(zip(block[:8], block[8:], strict=True)):
    left.plot([0, x], [0, y], color="#1f4e79", linewidth=0.8)
    left.annotate(str(number), (x, y), xytext=(4, 4), textcoords="offset points", fontsize=8)
left.scatter(block[:8], block[8:], s=16, color="#1f4e79", zorder=3)
left.set(xlabel="number k of the block:  r cos t", ylabel="number k + 8:  r sin t", aspect="equal")
left.set_title("one block: eight radii, eight angles", fontsize=10)
right.hist(many.numpy(), bins=120, range=(-4.5, 4.5), density=True, color="#f4a9a0", label="100,000 numbers")
grid = [k / 50 for k in range(-225, 226)]
right.plot(grid, [math.exp(-x * x / 2) / math.sqrt(2 * math.pi) for x in grid], color="black", linewidth=1, label="density")
right.set(xlabel="value", ylabel="share per unit")
right.legend(frameon=False, fontsize=8)
right.set_title(f"mean {many.mean().item():.4f}, standard deviation {many.std().item():.4f}", fontsize=10)
for axis in (left, right):
    axis.spines[["top", "right"]].set_visible(False)
figure.tight_layout()
if sys.argv[-1].endswith(".png"):
    figure.savefig(sys.argv[-1], dpi=110)
