/// The value of one attribute of a node.
enum OnnxAttribute: Sendable {
  case int(Int64)
  case ints([Int64])
  case float(Float)
  case floats([Float])
  case string([UInt8])
  case strings([[UInt8]])
  case tensor(OnnxTensor)
  indirect case graph(OnnxGraph)
  /// A kind nothing here uses.
  case other(String)
}
