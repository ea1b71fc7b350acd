"""Recurrent layers with the sums of Wu et al. (2016), equation 6."""

from torch import nn

from golden import Golden


class Residual(nn.Module):
    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0] + x


class Recurrent(nn.Module):
    """Four layers of a kind; the last step is classified, or the mean of all where there are two directions."""

    def __init__(self, kind: type[nn.Module], units: int, both: bool = False):
        super().__init__()
        width = 2 * units if both else units
        options = dict(batch_first=True, bidirectional=both)
        self.layer1 = kind(40, units, **options)
        self.layers = nn.Sequential(*[Residual(kind(width, units, **options)) for _ in range(3)])
        self.fc = nn.Linear(width, 10)
        self.both = both

    def forward(self, x):
        x = self.layers(self.layer1(x)[0])
        return self.fc(x.mean(1) if self.both else x[:, -1])


GOLDENS = [
    Golden("recurrent/residual_lstm", lambda: Recurrent(nn.LSTM, 128), (64, 40)),
    Golden("recurrent/residual_gru", lambda: Recurrent(nn.GRU, 128), (64, 40)),
    Golden("recurrent/residual_bilstm", lambda: Recurrent(nn.LSTM, 64, both=True), (64, 40)),
    Golden("recurrent/residual_rnn", lambda: Recurrent(nn.RNN, 128), (64, 40)),
]
