"""The families of networks, one module each."""

from . import cifar, multitask, resnet

ALL = [*cifar.GOLDENS, *multitask.GOLDENS, *resnet.GOLDENS]
