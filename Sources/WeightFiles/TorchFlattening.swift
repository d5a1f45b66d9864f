/// Turns the nested dictionaries of a checkpoint into named tensors.
enum TorchFlattening {
  /// No dictionaries are nested deeper.
  static let maximumDepth = 16
  /// No checkpoint has more entries, tensors or not, counting one again each time it is reached.
  static let maximumEntries = 1 << 18

  /// Visits `root` in order and unpacks every tensor found; `locate` tells where a storage lies in `bytes`.
  static func flatten(
    _ root: PickleValue, _ arena: PickleArena, _ bytes: [UInt8],
    locate: (PickleArena.Storage) throws(WeightFileError) -> Range<Int>
  ) throws(WeightFileError) -> NamedTensors {
    switch root {
    case .dictionary, .sequence: break
    default: throw WeightFileError(.unsupported, "The checkpoint holds no dictionary of tensors.")
    }
    var tensors = NamedTensors()
    var budget = TensorBudget(fileBytes: bytes.count)
    var entriesLeft = maximumEntries
    // Values still to visit, the next one last: an explicit stack, because the nesting is the file's choice.
    var pending: [(name: String, value: PickleValue, depth: Int)] = [("", root, 0)]
    while let (name, value, depth) = pending.popLast() {
      var children: [(key: String, value: PickleValue)] = []
      switch value {
      case .tensor(let place):
        let (storagePlace, view) = arena.tensors[place]
        let storage = arena.storages[storagePlace]
        let part = try locate(storage)
        let (length, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.size)
        guard !overflow, length == part.count else {
          throw WeightFileError(
            .badStructure,
            "Storage \(quoted(storage.key)) has \(part.count) bytes, not \(storage.count) x \(storage.type.size).")
        }
        try view.unpack(bytes, storage: part, as: name, budget: &budget, into: &tensors)
      case .dictionary(let place): children = arena.dictionaries[place].entries
      case .sequence(let place):
        children = arena.sequences[place].enumerated().map { (String($0.offset), $0.element) }
      default: break
      }
      guard !children.isEmpty else { continue }
      guard depth < maximumDepth else {
        throw WeightFileError(.tooLarge, "The checkpoint nests more than \(maximumDepth) dictionaries.")
      }
      guard children.count <= entriesLeft else {
        throw WeightFileError(.tooLarge, "The checkpoint has more than \(maximumEntries) entries.")
      }
      entriesLeft -= children.count
      for child in children.reversed() {
        pending.append((name.isEmpty ? child.key : name + "." + child.key, child.value, depth + 1))
      }
    }
    return tensors
  }
}
