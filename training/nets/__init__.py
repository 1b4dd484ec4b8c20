"""The nets that training makes, in torch; what serves reads their ONNX files."""
