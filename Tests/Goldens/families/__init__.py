"""The families of networks, one module each."""

from . import (
<<<<<<< HEAD
<<<<<<< HEAD
    cifar, dense_maps, dynamic, gated, mobile, multitask, plain, preactivation, recurrent, resnet, wide)

FAMILIES = (
    cifar, dense_maps, dynamic, gated, mobile, multitask, plain, preactivation, recurrent, resnet, wide)
=======
    cifar, dense_maps, dynamic, gan, gated, mobile, multitask, plain, preactivation, resnet, wide)

FAMILIES = (
    cifar, dense_maps, dynamic, gan, gated, mobile, multitask, plain, preactivation, resnet, wide)
>>>>>>> 4555513 (Add residual generators and discriminators as texts, with PyTorch's outputs)
=======
    cifar, dense_maps, dynamic, gan, gated, mobile, multitask, plain, preactivation, resnet, transformers, wide)

FAMILIES = (
    cifar, dense_maps, dynamic, gan, gated, mobile, multitask, plain, preactivation, resnet, transformers, wide)
>>>>>>> 124ee54 (Add transformers' encoders, vision transformers and Swin as texts, with PyTorch's outputs)
ALL = [golden for family in FAMILIES for golden in family.GOLDENS]
