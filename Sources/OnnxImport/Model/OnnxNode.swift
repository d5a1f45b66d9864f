/// One node of an ONNX graph as the file has it.
struct OnnxNode: Sendable {
  /// The node's name, made up from its position where the file gives none; unique within a file.
  var name: String
  /// The operator, such as `Conv`.
  var type: String
  /// Empty for the standard operators.
  var domain: String
  /// Names of values; an empty name stands for an optional input left out.
  var inputs: [String]
  var outputs: [String]
  var attributes: [String: OnnxAttribute]
  /// Names that graphs among the attributes read from around them.
  var captured: Set<String> = []

  /// Every name the node reads.
  var reads: [String] { inputs + captured.sorted() }

  /// A domain by its one name: the standard operators go by two.
  static func canonical(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }

  /// A name from the file, cut short for messages and free of control characters.
  static func shown(_ name: String) -> String {
    let clean = name.unicodeScalars.lazy.map { $0.value < 32 || $0.value == 127 ? "?" : String($0) }.prefix(200)
    return clean.joined()
  }
}
