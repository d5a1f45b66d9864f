import Testing

/// SHA-256 (FIPS 180-4), so that tests can compare pixels with committed digests. The constants are computed from the
/// first 64 primes as the standard defines them.
enum SHA256 {
  private static let primes: [UInt64] = (2...311).filter(isPrime).map { UInt64($0) }

  private static func isPrime(_ number: Int) -> Bool {
    !(2..<number).contains { (divisor: Int) -> Bool in divisor * divisor <= number && number % divisor == 0 }
  }

  /// The first 32 bits of the fraction of a prime's square or cube root: floor(root(prime) * 2^32), low word.
  private static func fraction(_ prime: UInt64, cube: Bool) -> UInt32 {
    var low: UInt64 = 0
    var high: UInt64 = 1 << 36
    while high - low > 1 {
      let middle = (low + high) / 2
      let square = middle.multipliedFullWidth(by: middle)
      let isBelow: Bool
      if cube {
        // middle^3 <= prime * 2^96, with middle < 2^36: compare the top words of a 128-bit product.
        let (lowHigh, lowLow) = square.low.multipliedFullWidth(by: middle)
        let top = square.high * middle + lowHigh
        isBelow = top < prime << 32 || (top == prime << 32 && lowLow == 0)
      } else {
        isBelow = square.high < prime || (square.high == prime && square.low == 0)
      }
      if isBelow { low = middle } else { high = middle }
    }
    return UInt32(truncatingIfNeeded: low)
  }

  private static let start = primes.prefix(8).map { fraction($0, cube: false) }
  private static let constants = primes.map { fraction($0, cube: true) }

  /// The digest in lower-case hexadecimal.
  static func hex(_ message: [UInt8]) -> String {
    var padded = message + [0x80]
    padded += [UInt8](repeating: 0, count: (120 - padded.count % 64) % 64)
    padded += (0..<8).map { UInt8(truncatingIfNeeded: (message.count * 8) >> (56 - 8 * $0)) }
    var hash = start
    for block in stride(from: 0, to: padded.count, by: 64) { compress(padded, block, &hash) }
    return hash.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  private static func compress(_ bytes: [UInt8], _ block: Int, _ hash: inout [UInt32]) {
    func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 { value >> count | value << (32 - count) }
    var words = (0..<16).map { index in
      (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[block + index * 4 + $1]) }
    }
    for i in 16..<64 {
      let a = rotate(words[i - 15], 7) ^ rotate(words[i - 15], 18) ^ words[i - 15] >> 3
      let b = rotate(words[i - 2], 17) ^ rotate(words[i - 2], 19) ^ words[i - 2] >> 10
      words.append(words[i - 16] &+ a &+ words[i - 7] &+ b)
    }
    var v = hash
    for i in 0..<64 {
      let s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)
      let t1 = v[7] &+ s1 &+ (v[4] & v[5] ^ ~v[4] & v[6]) &+ constants[i] &+ words[i]
      let s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)
      let t2 = s0 &+ (v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2])
      v = [t1 &+ t2, v[0], v[1], v[2], v[3] &+ t1, v[4], v[5], v[6]]
    }
    for i in 0..<8 { hash[i] = hash[i] &+ v[i] }
  }
}

@Suite struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func standardVectors(_ message: String, _ digest: String) {
    #expect(SHA256.hex(Array(message.utf8)) == digest)
  }
}
