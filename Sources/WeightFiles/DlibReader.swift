internal import Tensors

/// Reads the primitives of dlib's serialization. Reference: `dlib/serialize.h`, `dlib/float_details.h`.
struct DlibReader {
  private var reader: ByteReader
  private var budget: TensorBudget

  init(_ bytes: [UInt8]) {
    reader = ByteReader(bytes)
    budget = TensorBudget(fileBytes: bytes.count)
  }

  /// Bytes from the start of the file.
  var position: Int { reader.position }
  /// Whether every byte has been taken.
  var isAtEnd: Bool { reader.remaining == 0 }

  /// An integer: a control byte (high bit: negative; low four bits: byte count), then the magnitude, little-endian.
  mutating func integer() throws(WeightFileError) -> Int {
    let control = try reader.integer(UInt8.self)
    let count = Int(control & 0x0f)
    guard (1...8).contains(count), control & 0x70 == 0 else {
      throw WeightFileError(.badStructure, "Byte \(position - 1) does not begin a dlib integer.")
    }
    var magnitude: UInt64 = 0
    for place in try reader.range(count).reversed() { magnitude = magnitude << 8 | UInt64(reader.bytes[place]) }
    guard let value = Int(exactly: magnitude) else {
      throw WeightFileError(.tooLarge, "The integer before byte \(position) is out of range.")
    }
    return control & 0x80 == 0 ? value : -value
  }

  /// An integer within `range`, called `what` in the error.
  mutating func integer(_ what: String, in range: ClosedRange<Int>) throws(WeightFileError) -> Int {
    let value = try integer()
    guard range.contains(value) else {
      throw WeightFileError(.badStructure, "\(what) is \(value), outside \(range.lowerBound) to \(range.upperBound).")
    }
    return value
  }

  /// A finite number: mantissa, then exponent, of `mantissa * 2^exponent`.
  mutating func number() throws(WeightFileError) -> Double {
    let mantissa = try integer()
    let exponent = try integer()
    // 32000 to 32002 stand for the infinities and for not-a-number.
    guard (-20_000...20_000).contains(exponent) else {
      throw WeightFileError(.badStructure, "The number before byte \(position) is not finite.")
    }
    let value = Double(sign: .plus, exponent: exponent, significand: Double(mantissa))
    guard Float(value).isFinite else {
      throw WeightFileError(.badStructure, "The number before byte \(position) is too large.")
    }
    return value
  }

  /// A boolean: the character 0 or 1.
  mutating func boolean() throws(WeightFileError) -> Bool {
    let character = try reader.integer(UInt8.self)
    guard character == 0x30 || character == 0x31 else {
      throw WeightFileError(.badStructure, "Byte \(position - 1) is not a dlib boolean.")
    }
    return character == 0x31
  }

  /// A name: its length, then its characters.
  mutating func name() throws(WeightFileError) -> String {
    try reader.text(try integer("The length of a name", in: 1...64))
  }

  /// The four dimensions of an alias: a part of another tensor.
  mutating func alias() throws(WeightFileError) -> [Int] {
    _ = try integer("The version of an alias", in: 1...1)
    return try dimensions()
  }

  /// A tensor: version 2, four dimensions, float32 values.
  mutating func tensor() throws(WeightFileError) -> [Float] {
    _ = try integer("The version of a tensor", in: 2...2)
    let shape = try budget.take(try dimensions(), bytesEach: 4, for: "at byte \(position)")
    let part = try reader.range(shape.count * 4)
    return reader.bytes.withUnsafeBytes { all in
      [Float](unsafeUninitializedCapacity: shape.count) { destination, count in
        for index in 0..<shape.count {
          destination.initializeElement(
            at: index, to: ElementType.float32.float(all, part.lowerBound + index * 4))
        }
        count = shape.count
      }
    }
  }

  private mutating func dimensions() throws(WeightFileError) -> [Int] {
    let range = 0...TensorBudget.maximumElements
    return [
      try integer("A number of samples", in: range), try integer("A number of channels", in: range),
      try integer("A number of rows", in: range), try integer("A number of columns", in: range),
    ]
  }
}
