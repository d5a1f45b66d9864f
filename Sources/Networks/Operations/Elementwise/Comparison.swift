/// A truth value (1 or 0) from two values.
///
/// Inputs: a, b, which broadcast together; truth values are 0 or 1. Output: the broadcast shape. Reference: the ONNX
/// operator of each relation's name.
package struct Comparison: BinaryOperation {
  package static let name = "Comparison"

  package enum Relation: Sendable, CaseIterable {
    case equal, greater, greaterOrEqual, less, lessOrEqual, and, or, xor
  }

  package var relation: Relation

  package init(_ relation: Relation) {
    self.relation = relation
  }

  package func combine(_ a: Float, _ b: Float) -> Float {
    let holds =
      switch relation {
      case .equal: a == b
      case .greater: a > b
      case .greaterOrEqual: a >= b
      case .less: a < b
      case .lessOrEqual: a <= b
      case .and: a != 0 && b != 0
      case .or: a != 0 || b != 0
      case .xor: (a != 0) != (b != 0)
      }
    return holds ? 1 : 0
  }
}
