"""Writes classifiers.csv: five classifiers on eight data sets, five random splits of each."""

import csv
import sys

from sklearn import datasets
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

DATA = {
    "iris": datasets.load_iris(return_X_y=True),
    "wine": datasets.load_wine(return_X_y=True),
    "breast-cancer": datasets.load_breast_cancer(return_X_y=True),
    "digits": datasets.load_digits(return_X_y=True),
    "moons": datasets.make_moons(500, noise=0.3, random_state=0),
    "circles": datasets.make_circles(500, noise=0.2, factor=0.5, random_state=0),
    "gaussians": datasets.make_gaussian_quantiles(n_samples=500, random_state=0),
    "hypercube": datasets.make_classification(500, n_informative=6, random_state=0),
}
METHODS = {
    "forest": lambda seed: RandomForestClassifier(random_state=seed),
    "svm": lambda _: SVC(),
    "logistic": lambda _: LogisticRegression(max_iter=2000),
    "neighbours": lambda _: KNeighborsClassifier(),
    "bayes": lambda _: GaussianNB(),
}

table = csv.writer(sys.stdout, lineterminator="\n")
table.writerow(["method", "dataset", "seed", "accuracy"])
for name, (x, y) in DATA.items():
    for method, make in METHODS.items():
        for seed in range(5):
            parts = train_test_split(x, y, test_size=0.3, random_state=seed, stratify=y)
            model = make_pipeline(StandardScaler(), make(seed)).fit(parts[0], parts[2])
            table.writerow([method, name, seed, f"{model.score(parts[1], parts[3]):.4f}"])
