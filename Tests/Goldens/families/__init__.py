"""The families of networks, one module each."""

from . import (
    cifar, dense_maps, detectors, dynamic, gan, gated, language, mobile, multitask, plain, preactivation, recurrent,
    resnet, transformers, wide)

FAMILIES = (
    cifar, dense_maps, detectors, dynamic, gan, gated, language, mobile, multitask, plain, preactivation, recurrent,
    resnet, transformers, wide)
ALL = [golden for family in FAMILIES for golden in family.GOLDENS]
