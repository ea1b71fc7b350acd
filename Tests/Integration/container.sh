#!/usr/bin/env bash
# Follows every command of docs/examples/container/Dockerfile in roots that mmdebstrap makes, starts what comes of it, and
# removes the roots: `container.sh RESIN`, by hand, as root, after serving.sh. Takes minutes and the network.
set -euo pipefail
resin=$(realpath "$1")
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
.build/integration/python-serving/bin/python Tests/Integration/test_container.py "$resin" "$folder/roots"
