"""Figures as SVG text. The same results give the same bytes: no date, a fixed salt for ids, text as paths."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from suite.comparison import Study
from suite.report.tables import label

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # Okabe and Ito: told apart by most eyes
STYLE = {"svg.hashsalt": "suite", "svg.fonttype": "path", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}


def learning_curves(study: Study) -> str:
    """Training loss and the primary metric against epochs: mean over seeds, band from minimum to maximum, claims dotted."""
    metric = study.primary_metric
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 3.4), facecolor="white", layout="constrained")  # white: readable on a dark page too
        left, right = figure.subplots(1, 2)
        for axes, name in ((left, "loss"), (right, metric)):
            scale = 100 if name != "loss" and study.task.metrics[metric].unit == "ratio" else 1
            for colour, arm in zip(COLOURS * len(study.task.arms), study.task.arms, strict=False):
                curves = [r.history[name] for r in study.results[arm] if r.status == "ok" and name in r.history]
                if not curves:
                    continue
                values = scale * np.array(curves, dtype=np.float64)  # (seeds, epochs)
                epochs = np.arange(1, values.shape[1] + 1)
                axes.plot(epochs, values.mean(axis=0), color=colour, label=f"{arm} (n = {len(curves)})", linewidth=1.6)
                axes.fill_between(epochs, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.18, linewidth=0)
                for claim in study.task.claims:
                    if claim.metric == name and arm in claim.reported:
                        axes.axhline(scale * claim.reported[arm], color=colour, linestyle=":", linewidth=1.2)
            axes.set_xlabel("epoch")
        left.set_yscale("log")
        left.set_ylabel("training loss")
        right.set_ylabel(label(metric, study.task.metrics[metric]))
        lowest = min((min(r.history[metric][len(r.history[metric]) // 5 :]) for rs in study.results.values() for r in rs if r.status == "ok"), default=0)
        right.set_ylim(bottom=scale * lowest - 1)
        right.legend(frameon=False, loc="lower right")
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "suite"})
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"
