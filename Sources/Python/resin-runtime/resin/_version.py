"""The version of the package: that of the compiler."""

VERSION = "0.1.0"
