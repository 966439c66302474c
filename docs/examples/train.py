"""A training script as people have them: it prints its accuracy, and takes a seed."""

import argparse
import warnings

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--hidden", type=int, default=32)
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--seed", type=int, default=0)
options = parser.parse_args()

warnings.simplefilter("ignore")  # that it has not converged
images, labels = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(
    images / 16, labels, test_size=0.3, random_state=options.seed
)
model = MLPClassifier((options.hidden,), max_iter=options.epochs, random_state=options.seed)
model.fit(train_x, train_y)
print(f"loss={model.loss_:.4f} val_acc={model.score(test_x, test_y):.4f}")
