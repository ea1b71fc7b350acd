#!/usr/bin/env bash
# Serves libraries through KServe, with the wheel in an environment of its own: `serving.sh RESIN`.
set -euo pipefail
resin=$(realpath "$1")
cd "$(dirname "$0")/../.."
. Tests/Integration/common.sh

environment python-serving "$runtime" kserve==0.21.0 "tritonclient[http,grpc]==2.73.0" "ray[data]==2.60.0" pillow==11.3.0 \
  dockerfile-parse==2.0.1
python=$work/python-serving/bin/python
"$python" "$here/test_kserve.py" "$work/libraries"
