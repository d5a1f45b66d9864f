import Testing
import WeightFiles

@Suite("Damaged weight files")
struct DamagedFileTests {
  private static let files = [
    "network-zip.pt", "network-legacy.pt", "network-protocol4.pt", "views-zip.pt", "views-legacy.pt",
    "views.safetensors", "residual.dat",
  ]

  private func read(_ bytes: [UInt8], as file: String) throws(WeightFileError) {
    if file.hasSuffix(".safetensors") {
      _ = try Safetensors.read(bytes)
    } else if file.hasSuffix(".dat") {
      _ = try DlibModel.read(bytes)
    } else {
      _ = try TorchCheckpoint.read(bytes)
    }
  }

  @Test("A file cut anywhere is refused", arguments: files)
  func truncation(file: String) throws {
    let bytes = try Fixtures.bytes(file)
    // Every length near both ends, where the structure is, and a few hundred between.
    let step = max(1, bytes.count / 300)
    for length in 0..<bytes.count
    where length < 200 || length > bytes.count - 200 || length.isMultiple(of: step) {
      do {
        try read(Array(bytes.prefix(length)), as: file)
        Issue.record("\(file) cut to \(length) bytes was read")
      } catch {
        #expect(error.code != .forbidden, "\(file) cut to \(length) bytes: \(error.message)")
      }
    }
  }

  @Test("Changed bytes give tensors or an error, never a crash", arguments: files)
  func changedBytes(file: String) throws {
    let original = try Fixtures.bytes(file)
    var random = SplitMix64(state: 0x5eed)
    var refused = 0
    for _ in 0..<2000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        case 2: bytes[place] = [0x00, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
        default:
          let end = min(bytes.count, place + Int.random(in: 1...8, using: &random))
          bytes.replaceSubrange(place..<end, with: [UInt8](repeating: 0xff, count: end - place))
        }
      }
      do { try read(bytes, as: file) } catch { refused += 1 }
    }
    #expect(refused > 200, "only \(refused) of 2000 changed files were refused")
  }
}

/// A small seeded generator, so that a failure can be repeated. Reference: Steele, Lea, Flood 2014.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
