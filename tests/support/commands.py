"""Tasks of commands, in folders of their own."""

from __future__ import annotations

from pathlib import Path

from tests.support.tasks import write_task

# a number that depends on the seed and the rate, and a file of its own
TRAIN = """import os, pathlib, sys
import rates
seed, rate = int(os.environ["SUITE_SEED"]), float(sys.argv[1])
pathlib.Path(os.environ["SUITE_OUT"], "weights.bin").write_text(f"{seed} {rate}")
print(f"acc={0.5 + rates.gain(rate) + (seed * 37 % 11) / 100:.4f}")
"""
RATES = "def gain(rate):\n    return rate / 10\n"

COMMAND_TASK = """
schema = 1
version = 1
question = "Does a larger rate help?"
source = "a test"

[protocol]
seeds = "0-7"

[arms.low]
command = { command = "python3 train.py 0.1 {seed}", inputs = ["data.csv"] }

[arms.high]
command = { command = "python3 train.py 0.3 {seed}", inputs = ["data.csv"] }

[metrics.acc]
direction = "higher"
margin = 0.005
unit = "none"
"""

MODEL_ARM = """
[arms.net]
model = "sigmoid-mlp"
arguments = { layers = [2, 9, 5, 2] }
trainer = "autograd"
"""
# the same with an arm that the suite trains, which takes what a task of commands leaves out
MIXED_TASK = COMMAND_TASK.replace(
    '[protocol]\nseeds = "0-7"',
    '[data]\nname = "disc"\ntrain_points = 60\ntest_points = 40\n\n[protocol]\nseeds = "0-1"\n'
    'epochs = 2\nbatch_size = 7\noptimizer = { name = "SGD", lr = 0.5 }\n'
    "loss = { half_squared_error = 1.0 }",
).replace("[metrics.acc]", f"{MODEL_ARM}\n[metrics.accuracy]\nfrom = {{ key = 'acc' }}")


def write_commands(folder: Path, text: str = COMMAND_TASK, name: str = "rates") -> Path:
    """The folder, with a task of commands and the files that these read."""
    write_task(folder / "tasks", text, name)
    for file, content in {
        "train.py": TRAIN,
        "rates.py": RATES,
        "data.csv": "1,2\n",
        "README.md": "read\n",
    }.items():
        (folder / file).write_text(content)
    return folder
