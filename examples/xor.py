"""Learn exclusive or.  Run with either library: python examples/xor.py [torch]"""

import importlib
import sys

torch = importlib.import_module("torch" if "torch" in sys.argv else "minitorch_np")
nn = torch.nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
for _ in range(1000):
    optimizer.zero_grad()
    loss = nn.functional.binary_cross_entropy_with_logits(model(x), y)
    loss.backward()
    optimizer.step()
print(f"loss {loss.item():.4f}")
print(torch.sigmoid(model(x)).detach())
