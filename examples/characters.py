"""A character model learns the Zen of Python by heart.  Run with either library: python examples/characters.py [torch]"""

import codecs
import contextlib
import importlib
import io
import sys

torch = importlib.import_module("torch" if "torch" in sys.argv else "minitorch_np")
nn = torch.nn

with contextlib.redirect_stdout(io.StringIO()):  # the module prints its text
    import this
text = codecs.decode(this.s, "rot13")
letters = sorted(set(text))
number = {letter: i for i, letter in enumerate(letters)}


class Model(nn.Module):
    """Characters (N, T) -> logits of the next ones (N, T, letters), and the state to go on from."""

    def __init__(self, width=64):
        super().__init__()
        self.embedding = nn.Embedding(len(letters), 16)
        self.rnn = nn.GRU(16, width, batch_first=True)
        self.head = nn.Linear(width, len(letters))

    def forward(self, x, state=None):
        y, state = self.rnn(self.embedding(x), state)
        return self.head(y), state


torch.manual_seed(0)
model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
codes = torch.tensor([number[letter] for letter in text])
pieces = codes.unfold(0, 65, 16)  # windows of 64 characters and the one after them
for step in range(150):
    logits, _ = model(pieces[:, :-1])
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), pieces[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 30 == 29:
        print(f"step {step + 1}: loss {loss.item():.4f}")

written, state = text[:20], None
x = codes[:20].unsqueeze(0)
with torch.no_grad():
    for _ in range(100):
        logits, state = model(x, state)
        x = logits[:, -1:].argmax(-1)
        written += letters[x.item()]
print(written)
