/// The one table of operators, in groups; see `Operators/`.
enum OperatorTable {
  static let all: [any OperatorImport.Type] =
    [IfImport.self] + convolutions + layout + arithmetic + quantized

  private static let byName: [String: any OperatorImport.Type] = Dictionary(
    all.map { (key($0.name, $0.domain), $0) }, uniquingKeysWith: { first, _ in first })

  private static func key(_ name: String, _ domain: String) -> String {
    domain.isEmpty || domain == "ai.onnx" ? name : domain + "." + name
  }

  /// The import of an operator, `nil` when there is none.
  static func find(_ name: String, domain: String) -> (any OperatorImport.Type)? { byName[key(name, domain)] }
}
