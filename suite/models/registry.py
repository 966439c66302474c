"""Models by name: a name means what this dict says. "package.module:factory" names any other."""

MODELS = {
    "mlp": "suite.models.mlp:DigitMLP",
    "cnn": "suite.models.cnn:DigitCNN",
    "siamese-cnn": "suite.models.siamese:SiameseCNN",
    "separate-cnns": "suite.models.siamese:SeparateCNNs",
    "unshared-cnns": "suite.models.siamese:UnsharedCNNs",
    "sigmoid-mlp": "suite.models.mlp:SigmoidMLP",
}
