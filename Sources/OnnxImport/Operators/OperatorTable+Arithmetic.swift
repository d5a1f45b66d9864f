extension OperatorTable {
  /// Activations, arithmetic with broadcasting, reductions, products, normalizations of vectors.
  static let arithmetic: [any OperatorImport.Type] = [
    ReluImport.self
  ]
}
