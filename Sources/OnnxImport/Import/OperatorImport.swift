/// How one ONNX operator becomes operations of a graph. One file each in `Operators/`, one line in ``OperatorTable``.
protocol OperatorImport: Sendable {
  /// The operator's name in ONNX, such as `Conv`.
  static var name: String { get }
  /// Its domain; empty for standard operators.
  static var domain: String { get }
  /// Adds the node's operations to the graph and sets its outputs.
  static func add(_ node: NodeImport) throws(OnnxError)
}

extension OperatorImport {
  static var domain: String { "" }
}
