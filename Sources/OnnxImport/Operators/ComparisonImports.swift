internal import Networks

/// ONNX operators that give truth values from two inputs, with broadcasting, all opsets.
protocol ComparisonImport: OperatorImport {
  static var relation: Comparison.Relation { get }
  static var integer: IntegerFolding.Operator { get }
}

extension ComparisonImport {
  static func add(_ node: NodeImport) throws(OnnxError) {
    try node.outputBinary(Comparison(relation), integer, type: .bool)
  }
}

enum EqualImport: ComparisonImport {
  static let name = "Equal"
  static let relation = Comparison.Relation.equal
  static let integer = IntegerFolding.Operator.equal
}

enum GreaterImport: ComparisonImport {
  static let name = "Greater"
  static let relation = Comparison.Relation.greater
  static let integer = IntegerFolding.Operator.greater
}

enum GreaterOrEqualImport: ComparisonImport {
  static let name = "GreaterOrEqual"
  static let relation = Comparison.Relation.greaterOrEqual
  static let integer = IntegerFolding.Operator.greaterOrEqual
}

enum LessImport: ComparisonImport {
  static let name = "Less"
  static let relation = Comparison.Relation.less
  static let integer = IntegerFolding.Operator.less
}

enum LessOrEqualImport: ComparisonImport {
  static let name = "LessOrEqual"
  static let relation = Comparison.Relation.lessOrEqual
  static let integer = IntegerFolding.Operator.lessOrEqual
}

enum AndImport: ComparisonImport {
  static let name = "And"
  static let relation = Comparison.Relation.and
  static let integer = IntegerFolding.Operator.and
}

enum OrImport: ComparisonImport {
  static let name = "Or"
  static let relation = Comparison.Relation.or
  static let integer = IntegerFolding.Operator.or
}

enum XorImport: ComparisonImport {
  static let name = "Xor"
  static let relation = Comparison.Relation.xor
  static let integer = IntegerFolding.Operator.xor
}
