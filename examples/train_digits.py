"""A small convolutional network learns 1,797 real handwritten digits (scikit-learn's).

Run with either library: python examples/train_digits.py [torch]
"""

import importlib
import sys

import numpy as np
from sklearn.datasets import load_digits

library = "torch" if "torch" in sys.argv else "minitorch_np"
torch = importlib.import_module(library)
data = importlib.import_module(f"{library}.utils.data")
nn = torch.nn

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
images = torch.from_numpy((images.reshape(-1, 1, 8, 8) / 16).astype(np.float32))
labels = torch.from_numpy(labels.astype(np.int64))
batches = data.DataLoader(data.TensorDataset(images[:1500], labels[:1500]), batch_size=64, shuffle=True)

model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * 4 * 4, 10)
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
criterion = nn.CrossEntropyLoss()
for epoch in range(5):
    model.train()
    for x, y in batches:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        right = (model(images[1500:]).argmax(1) == labels[1500:]).sum().item()
    print(f"epoch {epoch + 1}: last batch's loss {loss.item():.4f}, test accuracy {right / 297:.1%}")
