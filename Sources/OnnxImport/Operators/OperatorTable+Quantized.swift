extension OperatorTable {
  /// Quantized networks.
  static let quantized: [any OperatorImport.Type] = []
}
