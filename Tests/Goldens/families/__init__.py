"""The families of networks, one module each."""

from . import cifar, dense_maps, dynamic, gated, multitask, plain, preactivation, resnet, wide

FAMILIES = (cifar, dense_maps, dynamic, gated, multitask, plain, preactivation, resnet, wide)
ALL = [golden for family in FAMILIES for golden in family.GOLDENS]
