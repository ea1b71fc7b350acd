"""The families of networks, one module each."""

from . import (
    cifar, dense_maps, dynamic, gated, mobile, multitask, plain, preactivation, recurrent, resnet, wide)

FAMILIES = (
    cifar, dense_maps, dynamic, gated, mobile, multitask, plain, preactivation, recurrent, resnet, wide)
ALL = [golden for family in FAMILIES for golden in family.GOLDENS]
