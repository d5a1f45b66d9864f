/// Interprets one pickle of a weight file: a stack machine over an allow-list of operations and classes.
///
/// It never calls anything. Each operation takes at least a byte of the file, so the time is bounded by the file's
/// size; the stack, the memo and the containers have limits of their own.
struct PickleMachine {
  /// No pickle holds more values on its stack.
  static let maximumStack = 1 << 18
  /// No pickle remembers more values.
  static let maximumMemo = 1 << 18
  /// No text used as a dictionary key or a storage key is longer, in bytes.
  static let maximumKeyBytes = 1024
  /// No integer is wider, in bytes.
  static let maximumIntegerBytes = 16

  private var reader: ByteReader
  var arena: PickleArena
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// Pairs copied out of lists; a list can be named again and again, so this is not bounded by the file's size.
  private var copiedPairs = 0

  private init(reader: ByteReader, arena: PickleArena) {
    self.reader = reader
    self.arena = arena
  }

  /// Reads one pickle, leaving `reader` behind its end. Containers are added to `arena`.
  static func read(
    _ reader: inout ByteReader, _ arena: inout PickleArena
  ) throws(WeightFileError) -> PickleValue {
    var machine = PickleMachine(reader: reader, arena: arena)
    let value = try machine.run()
    reader = machine.reader
    arena = machine.arena
    return value
  }

  private mutating func run() throws(WeightFileError) -> PickleValue {
    while true {
      let position = reader.position
      let opcode = try PickleOpcode(byte: try reader.integer(UInt8.self), at: position)
      if case .stop = opcode { return try pop() }
      try step(opcode)
      guard stack.count <= Self.maximumStack, marks.count <= Self.maximumStack else {
        throw WeightFileError(.tooLarge, "The pickle holds more than \(Self.maximumStack) values at once.")
      }
    }
  }

  private mutating func step(_ opcode: PickleOpcode) throws(WeightFileError) {
    switch opcode {
    case .protocolVersion:
      let version = try reader.integer(UInt8.self)
      guard (2...5).contains(version) else {
        throw WeightFileError(.unsupported, "Pickle protocol \(version) is not read here.")
      }
    case .frame: _ = try reader.range(8)
    case .mark: marks.append(stack.count)
    case .pop: _ = try pop()
    case .popMark: _ = try popToMark()
    case .none: stack.append(.none)
    case .newTrue: stack.append(.bool(true))
    case .newFalse: stack.append(.bool(false))
    case .binaryInteger: stack.append(.integer(Int64(Int32(bitPattern: try reader.integer(UInt32.self)))))
    case .binaryInteger1: stack.append(.integer(Int64(try reader.integer(UInt8.self))))
    case .binaryInteger2: stack.append(.integer(Int64(try reader.integer(UInt16.self))))
    case .long1: stack.append(try longInteger(Int(try reader.integer(UInt8.self))))
    case .binaryFloat: stack.append(.float(Double(bitPattern: try reader.integer(UInt64.self).byteSwapped)))
    case .binaryUnicode: stack.append(.text(try reader.text(Int(try reader.integer(UInt32.self)))))
    case .shortBinaryUnicode: stack.append(.text(try reader.text(Int(try reader.integer(UInt8.self)))))
    case .emptyTuple, .emptyList: try pushSequence([])
    case .tuple: try pushSequence(try popToMark())
    case .tuple1: try pushSequence(try pop(1))
    case .tuple2: try pushSequence(try pop(2))
    case .tuple3: try pushSequence(try pop(3))
    case .append: try append(try pop(1))
    case .appends: try append(try popToMark())
    case .emptyDictionary: try pushDictionary([])
    case .setItem: try setItems(try pop(2))
    case .setItems: try setItems(try popToMark())
    case .binaryPut: try remember(Int(try reader.integer(UInt8.self)))
    case .longBinaryPut: try remember(Int(try reader.integer(UInt32.self)))
    case .memoize: try remember(memo.count)
    case .binaryGet: try recall(Int(try reader.integer(UInt8.self)))
    case .longBinaryGet: try recall(Int(try reader.integer(UInt32.self)))
    case .global: stack.append(.type(try PickleClass(try reader.line(limit: 256), try reader.line(limit: 256))))
    case .stackGlobal:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw malformed("STACK_GLOBAL needs two texts")
      }
      stack.append(.type(try PickleClass(module, name)))
    case .binaryPersistentID:
      let storage = try storage(try pop())
      try arena.checkRoom()
      arena.storages.append(storage)
      stack.append(.storage(arena.storages.count - 1))
    case .reduce:
      guard let arguments = arena.elements(try pop()), case .type(let type) = try pop() else {
        throw malformed("REDUCE needs a class and its arguments")
      }
      try reduce(type, arguments)
    case .build:
      // State beside the items of an OrderedDict, such as a state dictionary's `_metadata`; nothing here needs it.
      _ = try pop()
      guard case .dictionary = stack.last else { throw malformed("BUILD is allowed on dictionaries only") }
    case .stop: break
    }
  }

  // MARK: Stack and memo

  private func malformed(_ what: String) -> WeightFileError {
    WeightFileError(.badStructure, "The pickle is malformed before byte \(reader.position): \(what).")
  }

  private mutating func pop() throws(WeightFileError) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw malformed("the stack is empty") }
    return value
  }

  private mutating func pop(_ count: Int) throws(WeightFileError) -> [PickleValue] {
    guard stack.count - count >= (marks.last ?? 0) else { throw malformed("the stack is empty") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(WeightFileError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw malformed("there is no mark") }
    return try pop(stack.count - mark)
  }

  private mutating func remember(_ place: Int) throws(WeightFileError) {
    guard let value = stack.last else { throw malformed("there is nothing to remember") }
    guard memo.count < Self.maximumMemo else {
      throw WeightFileError(.tooLarge, "The pickle remembers more than \(Self.maximumMemo) values.")
    }
    memo[place] = value
  }

  private mutating func recall(_ place: Int) throws(WeightFileError) {
    guard let value = memo[place] else { throw malformed("value \(place) was not remembered") }
    stack.append(value)
  }

  // MARK: Values

  private mutating func longInteger(_ count: Int) throws(WeightFileError) -> PickleValue {
    guard count <= Self.maximumIntegerBytes else {
      throw WeightFileError(.tooLarge, "The pickle holds an integer of \(count) bytes.")
    }
    let digits = Array(reader.bytes[try reader.range(count)])
    guard count <= 8 else { return .wideInteger(digits) }
    var value: UInt64 = (digits.last ?? 0) & 0x80 == 0 ? 0 : .max
    for digit in digits.reversed() { value = value << 8 | UInt64(digit) }
    return .integer(Int64(bitPattern: value))
  }

  private mutating func pushSequence(_ elements: [PickleValue]) throws(WeightFileError) {
    try arena.checkRoom()
    arena.sequences.append(elements)
    stack.append(.sequence(arena.sequences.count - 1))
  }

  private mutating func pushDictionary(_ items: [PickleValue]) throws(WeightFileError) {
    try arena.checkRoom()
    arena.dictionaries.append(PickleArena.Dictionary())
    stack.append(.dictionary(arena.dictionaries.count - 1))
    try setItems(items)
  }

  private mutating func append(_ elements: [PickleValue]) throws(WeightFileError) {
    guard case .sequence(let place) = stack.last else { throw malformed("there is no list to append to") }
    arena.sequences[place] += elements
  }

  private mutating func setItems(_ items: [PickleValue]) throws(WeightFileError) {
    guard case .dictionary(let place) = stack.last else { throw malformed("there is no dictionary to fill") }
    guard items.count.isMultiple(of: 2) else { throw malformed("a dictionary key has no value") }
    for index in stride(from: 0, to: items.count, by: 2) {
      arena.dictionaries[place].set(try key(items[index]), items[index + 1])
    }
  }

  /// The name under which a dictionary's value is kept; optimizers number their entries.
  private func key(_ value: PickleValue) throws(WeightFileError) -> String {
    switch value {
    case .text(let text) where text.utf8.count <= Self.maximumKeyBytes: return text
    case .text: throw WeightFileError(.tooLarge, "A name in the pickle is longer than \(Self.maximumKeyBytes) bytes.")
    case .integer(let number): return String(number)
    default: throw malformed("a dictionary key is neither text nor a whole number")
    }
  }

  // MARK: Classes

  /// The storage behind a persistent id: `('storage', class, key, device, element count)`, and `None` in old files.
  private func storage(_ id: PickleValue) throws(WeightFileError) -> PickleArena.Storage {
    guard let parts = arena.elements(id), parts.count == 5 || parts.count == 6, case .text("storage") = parts[0],
      case .type(.storage(let type)) = parts[1], case .integer(let stated) = parts[4], let count = Int(exactly: stated),
      count >= 0
    else { throw malformed("a persistent id does not describe a storage") }
    if parts.count == 6 {
      guard case .none = parts[5] else {
        throw WeightFileError(.unsupported, "The pickle uses views of storages, which only PyTorch 0.1 wrote.")
      }
    }
    return PickleArena.Storage(key: try key(parts[2]), type: type, count: count)
  }

  private mutating func reduce(_ type: PickleClass, _ arguments: [PickleValue]) throws(WeightFileError) {
    switch type {
    case .orderedDictionary:
      var items: [PickleValue] = []
      let pairs = arguments.first.flatMap(arena.elements) ?? []
      copiedPairs += pairs.count
      guard copiedPairs <= Self.maximumMemo else {
        throw WeightFileError(.tooLarge, "The pickle fills dictionaries from more than \(Self.maximumMemo) pairs.")
      }
      for pair in pairs {
        guard let pair = arena.elements(pair), pair.count == 2 else { throw malformed("OrderedDict needs pairs") }
        items += pair
      }
      try pushDictionary(items)
    case .size:
      guard arguments.count == 1, let dimensions = arena.elements(arguments[0]) else {
        throw malformed("torch.Size needs one tuple")
      }
      try pushSequence(dimensions)
    case .rebuildTensor:
      guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
        let dimensions = arena.integers(arguments[2]), let strides = arena.integers(arguments[3])
      else { throw malformed("a tensor's description is incomplete") }
      try arena.checkRoom()
      let view = StoredTensor(
        type: arena.storages[storage].type, offset: Int(offset), dimensions: dimensions, strides: strides)
      arena.tensors.append((storage, view))
      stack.append(.tensor(arena.tensors.count - 1))
    case .rebuildParameter:
      guard case .tensor = arguments.first, let tensor = arguments.first else {
        throw malformed("a parameter needs a tensor")
      }
      stack.append(tensor)
    case .storage:
      throw WeightFileError(.forbidden, "The pickle makes a storage by itself instead of naming a stored one.")
    }
  }
}
