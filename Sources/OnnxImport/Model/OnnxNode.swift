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
}
