extension OperatorTable {
  /// Quantized networks, with the operators that onnxruntime's quantizer and optimizer add.
  static let quantized: [any OperatorImport.Type] = [
    ContribDequantizeLinearImport.self,
    ContribQuantizeLinearImport.self,
    ConvIntegerImport.self,
    DequantizeLinearImport.self,
    DynamicQuantizeLinearImport.self,
    FusedConvImport.self,
    MatMulIntegerImport.self,
    QGemmImport.self,
    QLinearAddImport.self,
    QLinearAveragePoolImport.self,
    QLinearConcatImport.self,
    QLinearConvImport.self,
    QLinearGlobalAveragePoolImport.self,
    QLinearLeakyReluImport.self,
    QLinearMatMulImport.self,
    QLinearMulImport.self,
    QLinearSigmoidImport.self,
    QLinearSoftmaxImport.self,
    QuantizeLinearImport.self,
  ]
}
