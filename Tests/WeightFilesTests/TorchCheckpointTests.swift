import Tensors
import Testing
import WeightFiles

@Suite("PyTorch checkpoints")
struct TorchCheckpointTests {
  @Test(
    "A network's state is read from each format",
    arguments: [
      "network-zip.pt", "network-legacy.pt", "network-protocol4.pt",
    ])
  func network(file: String) throws {
    let tensors = try TorchCheckpoint.read(Fixtures.bytes(file))
    try Fixtures.check(tensors, Fixtures.expected().network)
    #expect(tensors.names.first == "conv.weight")
    #expect(tensors.names.last == "fc.bias")
    #expect(tensors.integerNames == ["norm.num_batches_tracked"])
  }

  @Test("Views, every element type and nested dictionaries are read", arguments: ["views-zip.pt", "views-legacy.pt"])
  func views(file: String) throws {
    let tensors = try TorchCheckpoint.read(Fixtures.bytes(file))
    try Fixtures.check(tensors, Fixtures.expected().views)
    #expect(tensors.names.first == "state_dict.base")
    try Fixtures.check(tensors.stateDictionary(), Fixtures.expected().safetensors)
  }

  @Test func negativeZeroAndInfinityOfHalfSurvive() throws {
    let tensors = try TorchCheckpoint.read(Fixtures.bytes("views-zip.pt"))
    let half = try #require(tensors["state_dict.half"]).values
    #expect(half[1].sign == .minus && half[1] == 0)
    #expect(half[7] == .infinity)
  }

  @Test func statesOfParallelModulesLoseTheirPrefix() {
    #expect(
      tensors(["state_dict.module.a", "state_dict.module.b", "optimizer.c"]).stateDictionary().names == ["a", "b"])
  }

  @Test func prefixStaysWhereOnlySomeNamesHaveIt() {
    #expect(tensors(["module.a", "b"]).stateDictionary().names == ["module.a", "b"])
  }

  @Test func takenNamesAreKept() {
    var tensors = tensors(["a"])
    let isNew = tensors.insert(Tensor(shape: [1], values: [9]), as: "a")
    #expect(!isNew)
    #expect(tensors["a"]?.values == [0])
  }

  private func tensors(_ names: [String]) -> NamedTensors {
    names.enumerated().reduce(into: NamedTensors()) { tensors, name in
      _ = tensors.insert(Tensor(shape: [1], values: [Float(name.offset)]), as: name.element)
    }
  }

  @Test(
    "Other files are not checkpoints",
    arguments: [
      [], [0x80], Array("\u{7f}ELF, and more than sixteen bytes".utf8), Array("PK\u{3}\u{4} but no directory".utf8),
    ])
  func otherFiles(bytes: [UInt8]) {
    let code = code { _ = try TorchCheckpoint.read(bytes) }
    #expect(code == .badMagic || code == .truncated)
  }

  @Test func compressedEntriesAreRefused() throws {
    var bytes = try Fixtures.bytes("network-zip.pt")
    // The method of the first central directory entry: deflate instead of stored.
    let directory = try #require(bytes.firstRange(of: [0x50, 0x4b, 0x01, 0x02])).lowerBound
    bytes[directory + 10] = 8
    #expect(code { _ = try TorchCheckpoint.read(bytes) } == .unsupported)
  }

  @Test func bigEndianCheckpointsAreRefused() throws {
    var bytes = try Fixtures.bytes("network-zip.pt")
    let order = try #require(bytes.firstRange(of: Array("little".utf8)))
    bytes.replaceSubrange(order, with: "bigbig".utf8)
    #expect(code { _ = try TorchCheckpoint.read(bytes) } == .unsupported)
  }
}
