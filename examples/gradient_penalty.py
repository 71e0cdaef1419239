"""Second derivatives: a critic whose gradient is held near length 1 (Gulrajani et al. 2017).

Run with either library: python examples/gradient_penalty.py [torch]
"""

import importlib
import sys

torch = importlib.import_module("torch" if "torch" in sys.argv else "minitorch_np")
nn = torch.nn

torch.manual_seed(0)
critic = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(critic.parameters(), lr=1e-2)
for step in range(201):
    x = (torch.rand(64, 2) * 2 - 1).requires_grad_()
    (slope,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    penalty = ((slope.norm(dim=1) - 1) ** 2).mean()
    optimizer.zero_grad()
    penalty.backward()
    optimizer.step()
    if step % 50 == 0:
        print(f"step {step:3d}: penalty {penalty.item():.5f}, mean slope {slope.norm(dim=1).mean().item():.4f}")
