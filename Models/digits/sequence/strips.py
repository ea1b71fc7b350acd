"""Strips of digits, 28 pixels high and 224 wide, made of single digits: what train.py learns from.

Needs PyTorch.
"""

import torch

HEIGHT, WIDTH = 28, 224
MOST_DIGITS, FEWEST_DIGITS = 8, 3


def trim(digit: torch.Tensor) -> torch.Tensor:
    """A digit [28, 28] without the black columns at its sides."""
    columns = torch.nonzero(digit.amax(0) > 0.2).flatten()
    return digit[:, columns[0] : columns[-1] + 1]


def strip(digits: list[torch.Tensor]) -> torch.Tensor:
    """A strip [28, 224] of digits [28, 28] at random distances, black to the right of the last."""
    digits = [trim(digit) for digit in digits]
    result = torch.zeros(HEIGHT, WIDTH)
    free = WIDTH - sum(digit.shape[1] for digit in digits)
    x = 0
    for index, digit in enumerate(digits):
        gap = min(2 + int(torch.randint(9, ())), free // (len(digits) - index + 1))
        free -= gap
        x += gap
        place = result[:, x : x + digit.shape[1]]
        torch.maximum(place, digit, out=place)
        x += digit.shape[1]
    return result


def strips(pixels: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, list[list[int]]]:
    """Strips [M, 1, 28, 224] of 3 to 8 digits, and the digits of each: every one of [N, 1, 28, 28] once, in order.

    The last strip has what is left, which may be less."""
    counts = []
    while sum(counts) < len(pixels):
        counts.append(int(torch.randint(FEWEST_DIGITS, MOST_DIGITS + 1, ())))
    counts[-1] -= sum(counts) - len(pixels)
    pictures = torch.stack([strip(list(digits[:, 0])) for digits in pixels.split(counts)])
    return pictures[:, None], [digits.tolist() for digits in labels.split(counts)]
