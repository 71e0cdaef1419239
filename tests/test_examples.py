"""The examples, and the README's program, run as written with either library and arrive where they should."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REACHED = {
    "box_muller": lambda out: "block -1.125840 ... -0.247278, mean -0.0025, deviation 1.0013" in out,
    # How the sentence ends hangs on the last digits of 150 steps: seven others of the poem begin like it.
    "characters": lambda out: (
        "by Tim Peters\n\nBeautiful is better than " in out and float(re.findall(r"loss (\S+)", out)[-1]) < 0.1
    ),
    "xor": lambda out: float(re.search(r"loss (\S+)", out)[1]) < 0.05,
    "gradient_penalty": lambda out: float(re.findall(r"penalty (\S+),", out)[-1]) < 0.01,
    "train_digits": lambda out: float(re.findall(r"accuracy (\S+)%", out)[-1]) > 90,
}


def run(*arguments: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_tested():
    assert {path.stem for path in (ROOT / "examples").glob("*.py")} == REACHED.keys()


@pytest.mark.parametrize("library", ["", "torch"])
@pytest.mark.parametrize("name", REACHED)
def test_example(name, library):
    out = run(f"examples/{name}.py", *filter(None, [library]))
    assert REACHED[name](out), out


def test_the_readmes_program():
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    theirs = program.replace("import minitorch_np as torch", "import torch").replace(
        "from minitorch_np import", "from torch import"
    )
    assert "minitorch_np" not in theirs
    for text in (program, theirs):
        values = [float(x) for x in re.findall(r"\d\.\d+(?:e-\d+)?", run("-c", text))]
        assert [round(x) for x in values[:4]] == [0, 1, 1, 0], values
