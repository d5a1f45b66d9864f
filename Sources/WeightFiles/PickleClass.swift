/// The classes and functions a weight file's pickle may name: the whole list. Nothing named is ever called; each has
/// its own interpretation in ``PickleMachine``.
enum PickleClass: Hashable {
  /// `collections.OrderedDict`.
  case orderedDictionary
  /// `torch._utils._rebuild_tensor_v2`, and `_rebuild_tensor`, which has fewer arguments.
  case rebuildTensor
  /// `torch._utils._rebuild_parameter`.
  case rebuildParameter
  /// `torch.Size`.
  case size
  /// `torch.FloatStorage` and its kin.
  case storage(ElementType)

  /// The entry for a qualified name, such as `torch._utils._rebuild_tensor_v2`.
  init(_ module: String, _ name: String) throws(WeightFileError) {
    guard let known = Self.allowed[module + "." + name] else {
      throw WeightFileError(
        .forbidden,
        "The pickle names \(quoted(module + "." + name)), which no weight file needs; it was not read further.")
    }
    self = known
  }

  private static let allowed: [String: PickleClass] = [
    "collections.OrderedDict": .orderedDictionary,
    "torch._utils._rebuild_tensor": .rebuildTensor,
    "torch._utils._rebuild_tensor_v2": .rebuildTensor,
    "torch._utils._rebuild_parameter": .rebuildParameter,
    "torch.Size": .size,
    "torch.HalfStorage": .storage(.float16),
    "torch.BFloat16Storage": .storage(.bfloat16),
    "torch.FloatStorage": .storage(.float32),
    "torch.DoubleStorage": .storage(.float64),
    "torch.BoolStorage": .storage(.bool),
    "torch.ByteStorage": .storage(.uint8),
    "torch.CharStorage": .storage(.int8),
    "torch.ShortStorage": .storage(.int16),
    "torch.IntStorage": .storage(.int32),
    "torch.LongStorage": .storage(.int64),
  ]
}
