// ONNXImport
