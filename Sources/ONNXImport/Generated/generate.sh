#!/bin/sh
# Writes onnx.pb.swift from onnx.proto, the schema of ONNX 1.23 (https://github.com/onnx/onnx, Apache-2.0).
# Needs protoc (Debian: protobuf-compiler). Run it from the root of the package.
set -eu
folder=Sources/ONNXImport/Generated
scratch=.build/protoc-gen-swift
swift build -c release --product protoc-gen-swift \
  --package-path .build/checkouts/swift-protobuf --scratch-path "$scratch"
protoc --plugin="$scratch/release/protoc-gen-swift" --swift_out="$folder" \
  --swift_opt=Visibility=Internal --proto_path="$folder" onnx.proto
