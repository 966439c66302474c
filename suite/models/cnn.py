"""The source's convolutional digit classifier."""

from torch import nn


class DigitCNN(nn.Sequential):
    """conv 32 3x3, conv 64 3x3, max-pool 2, linear 200, linear 10, with ReLU: 341,026 parameters.

    (B, 1, 14, 14) to digit scores (B, 10). The first linear layer's 1,600 inputs put the pooling
    behind both convolutions.
    """

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(1, 32, 3),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3),
            nn.MaxPool2d(2),
            # behind the pooling: the same values as before it, for a quarter of the work
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(1600, 200),
            nn.ReLU(),
            nn.Linear(200, 10),
        )
