"""Trains the network of digits_sequence.resin on strips of handwritten digits and writes its weights.

    python Models/digits/sequence/train.py --data FOLDER [--output digits_sequence.safetensors]

FOLDER holds the 10,000 images of MNIST's test set. Strips of the first 9,000 train the network, strips of the last
1,000 test it. One thread, a fixed seed and a fixed number of epochs: the same versions on the same machine give the
same file, and nothing is chosen by looking at the last 1,000. Needs PyTorch, NumPy and safetensors; takes some minutes.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from mnist import TRAINING_IMAGES, begin, load, normalise, vary  # noqa: E402
from strips import strips  # noqa: E402

# Behind the ten digits: no digit here, or still the one before.
NOTHING = 10


class Block(nn.Module):
    """relu(x + F(x))"""

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class Recurrent(nn.Module):
    """h(x) + x, h the states of an LSTM in both directions."""

    def __init__(self, features: int):
        super().__init__()
        self.layer = nn.LSTM(features, features // 2, batch_first=True, bidirectional=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)[0] + x


class Sequence(nn.Module):
    """The network of digits_sequence.resin: strips [N, 1, 28, W] to logits [N, W / 4, 11]."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 5, stride=2, padding=2, bias=False)
        self.bn1 = nn.BatchNorm2d(12)
        self.block1 = Block(12)
        self.conv2 = nn.Conv2d(12, 24, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(24)
        self.block2 = Block(24)
        self.fc1 = nn.Linear(24 * 7, 32)
        self.layers = nn.Sequential(Recurrent(32), Recurrent(32))
        self.fc2 = nn.Linear(32, NOTHING + 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.block1(F.relu(self.bn1(self.conv1(x))))
        x = self.block2(F.relu(self.bn2(self.conv2(x))))
        x = F.relu(self.fc1(x.permute(0, 3, 1, 2).flatten(2)))
        return self.fc2(self.layers(x))


def digits(logits: torch.Tensor) -> list[list[int]]:
    """What is read of each strip: the best class of every step, repeated ones once, without those that are nothing."""
    read = []
    for steps in logits.argmax(2).tolist():
        firsts = [now for before, now in zip([NOTHING, *steps], steps) if now != before]
        read.append([now for now in firsts if now != NOTHING])
    return read


def mistakes(read: list[int], shown: list[int]) -> int:
    """Digits that were changed, left out or put in: Levenshtein's distance."""
    row = list(range(len(shown) + 1))
    for index, digit in enumerate(read, 1):
        above, row[0] = row[0], index
        for column, other in enumerate(shown, 1):
            above, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, above + (digit != other))
    return row[-1]


def train(pixels: torch.Tensor, labels: torch.Tensor, epochs: int, batch: int = 16) -> Sequence:
    """Connectionist temporal classification: Graves et al. (2006)."""
    model = Sequence()
    # Strips are 5.5 digits long.
    steps = epochs * (len(pixels) // (5 * batch) + 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)
    for epoch in range(epochs):
        order = torch.randperm(len(pixels))
        pictures, shown = strips(vary(pixels[order]), labels[order])
        losses = []
        for chosen in torch.arange(len(shown)).split(batch):
            targets = [torch.tensor(shown[i]) for i in chosen]
            logits = model(normalise(pictures[chosen])).transpose(0, 1)
            loss = F.ctc_loss(
                logits.log_softmax(2), torch.cat(targets), torch.full((len(chosen),), len(logits)),
                torch.tensor([len(target) for target in targets]), blank=NOTHING)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1:2d}: loss {sum(losses) / len(losses):.4f}", flush=True)
    return model.eval()


def main():
    options = begin(__doc__, HERE / "digits_sequence.safetensors", "epochs", 15)
    pixels, labels = load(options.data)
    model = train(pixels[:TRAINING_IMAGES], labels[:TRAINING_IMAGES], options.epochs)
    # The same strips however long it was trained.
    torch.manual_seed(options.seed)
    pictures, shown = strips(pixels[TRAINING_IMAGES:], labels[TRAINING_IMAGES:])
    with torch.no_grad():
        read = digits(model(normalise(pictures)))
    wrong = sum(map(mistakes, read, shown))
    whole = sum(a == b for a, b in zip(read, shown))
    print(f"{len(pixels) - TRAINING_IMAGES - wrong} of {len(pixels) - TRAINING_IMAGES} digits right, "
          f"{whole} of {len(shown)} strips")
    save_file(
        {name: value for name, value in model.state_dict().items() if "num_batches" not in name}, options.output)


if __name__ == "__main__":
    main()
