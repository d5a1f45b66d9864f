/// The value of one attribute of a node.
enum OnnxAttribute: Sendable {
  case int(Int64)
  case ints([Int64])
  case float(Float)
  case floats([Float])
  case string([UInt8])
  case strings([[UInt8]])
  case tensor(OnnxTensor)
  /// A kind nothing here uses, such as a subgraph.
  case other(String)
}
