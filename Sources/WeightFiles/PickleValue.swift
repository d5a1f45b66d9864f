/// What a restricted pickle can hold.
///
/// Containers are numbers into a ``PickleArena`` rather than references: a pickle can nest them hundreds of thousands
/// deep or put one inside itself, and neither may exhaust the stack nor leak.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int64)
  /// An integer wider than 64 bits: two's complement, little-endian.
  case wideInteger([UInt8])
  case float(Double)
  case text(String)
  /// A place in ``PickleArena/sequences``: a list, a tuple or a `torch.Size`.
  case sequence(Int)
  /// A place in ``PickleArena/dictionaries``.
  case dictionary(Int)
  case type(PickleClass)
  /// A place in ``PickleArena/storages``.
  case storage(Int)
  /// A place in ``PickleArena/tensors``.
  case tensor(Int)
}

/// The containers made while reading a pickle.
struct PickleArena {
  /// No pickle makes more containers of one kind.
  static let maximumContainers = 1 << 18

  /// A run of elements outside the pickle, shared by any number of tensors.
  struct Storage {
    /// The name under which the file keeps the elements.
    let key: String
    let type: ElementType
    /// How many elements there are.
    let count: Int
  }

  /// A dictionary that keeps the order of first insertion, as Python's does.
  struct Dictionary {
    private(set) var entries: [(key: String, value: PickleValue)] = []
    private var places: [String: Int] = [:]

    subscript(key: String) -> PickleValue? { places[key].map { entries[$0].value } }

    mutating func set(_ key: String, _ value: PickleValue) {
      if let place = places[key] {
        entries[place].value = value
      } else {
        places[key] = entries.count
        entries.append((key, value))
      }
    }
  }

  var sequences: [[PickleValue]] = []
  var dictionaries: [Dictionary] = []
  var storages: [Storage] = []
  var tensors: [(storage: Int, view: StoredTensor)] = []

  /// The elements of a sequence, or `nil` when `value` is something else.
  func elements(_ value: PickleValue) -> [PickleValue]? {
    if case .sequence(let place) = value { sequences[place] } else { nil }
  }

  /// The whole numbers of a sequence, or `nil` when `value` is something else.
  func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(value), elements.count <= 64 else { return nil }
    var result: [Int] = []
    for element in elements {
      guard case .integer(let number) = element else { return nil }
      result.append(Int(number))
    }
    return result
  }

  /// Checks that one more container may be made.
  func checkRoom() throws(WeightFileError) {
    guard sequences.count < Self.maximumContainers, dictionaries.count < Self.maximumContainers,
      storages.count < Self.maximumContainers, tensors.count < Self.maximumContainers
    else {
      throw WeightFileError(.tooLarge, "The pickle makes more than \(Self.maximumContainers) containers.")
    }
  }
}
