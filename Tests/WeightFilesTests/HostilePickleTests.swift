import Tensors
import Testing
import WeightFiles

@Suite("Hostile pickles")
struct HostilePickleTests {
  private func codeOf(
    _ body: Pickle, storages: [(String, [Float])] = [], sourceLocation: SourceLocation = #_sourceLocation
  ) -> WeightFileError.Code? {
    code(sourceLocation: sourceLocation) {
      _ = try TorchCheckpoint.read(Pickle.checkpoint(body, storages: storages.map { (key: $0.0, values: $0.1) }))
    }
  }

  @Test func handWrittenCheckpointIsRead() throws {
    let body = Pickle().dictionary("w") { $0.tensor("0", count: 4, shape: [2, 2], strides: [1, 2]) }
    let tensors = try TorchCheckpoint.read(Pickle.checkpoint(body, storages: [("0", [1, 2, 3, 4])]))
    #expect(tensors["w"]?.values == [1, 3, 2, 4])
  }

  @Test(
    "Classes outside the list are refused by name",
    arguments: [
      ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("__builtin__", "exec"), ("subprocess", "Popen"),
      ("torch", "load"), ("torch.nn.modules.conv", "Conv2d"), ("collections", "OrderedDict.__init__"),
      ("torch._utils", "_rebuild_tensor_v2.__globals__"), ("", ""), ("numpy.core.multiarray", "scalar"),
    ])
  func classes(module: String, name: String) throws {
    let call = Pickle().global(module, name).text("echo hacked").raw([0x85]).raw("R")
    #expect(codeOf(call) == .forbidden)
    let stacked = Pickle().text(module).text(name).raw([0x93]).text("echo hacked").raw([0x85]).raw("R")
    #expect(codeOf(stacked) == .forbidden)
    do {
      _ = try TorchCheckpoint.read(Pickle.checkpoint(call))
    } catch {
      #expect(error.message.contains(module + "." + name))
    }
  }

  @Test(
    "Operations outside the list are refused",
    arguments: [
      // DUP, FLOAT, INT, LONG, PERSID, STRING, UNICODE, GET, INST, OBJ, PUT, NEWOBJ, EXT1, LONG4, BINUNICODE8,
      // BINBYTES8, EMPTY_SET, ADDITEMS, FROZENSET, NEWOBJ_EX, BYTEARRAY8, NEXT_BUFFER, and bytes that are no operation
      // at all.
      0x32, 0x46, 0x49, 0x4c, 0x50, 0x53, 0x56, 0x67, 0x69, 0x6f, 0x70, 0x81, 0x82, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x91,
      0x92, 0x96, 0x97, 0x00, 0xff,
    ] as [UInt8])
  func operations(opcode: UInt8) {
    #expect(codeOf(Pickle().raw("}").raw([opcode]).raw([UInt8](repeating: 0x31, count: 16))) == .forbidden)
  }

  @Test func storagesCannotBeMade() {
    #expect(codeOf(Pickle().global("torch", "FloatStorage").int(7).raw([0x85]).raw("R")) == .forbidden)
  }

  @Test(
    "Wrong stacks are malformed",
    arguments: [
      "R", "Q", "a", "s", "u", "t", "b", "h0", "0", "1", "(R", "((((s", ")R", "}}R", "(}e", "}q0(u0", "}N}s", "K1.",
      "]}b", "N", "}(K1u", "}(K1K1K1u", "](K1s", "\u{5}",
    ])
  func malformed(operations: String) {
    #expect(codeOf(Pickle().raw(operations)) != nil)
  }

  @Test func deepNestingIsRefusedWithoutCrash() {
    // Lists: each is put into the one before it. Tuples: each wraps the one before it.
    let lists = Pickle().raw([UInt8](repeating: 0x5d, count: 300_000)).raw([UInt8](repeating: 0x61, count: 299_999))
    #expect(codeOf(lists) == .tooLarge)
    #expect(codeOf(Pickle().raw(")").raw([UInt8](repeating: 0x85, count: 300_000))) == .tooLarge)
    #expect(codeOf(Pickle().raw([UInt8](repeating: 0x28, count: 300_000))) == .tooLarge)
    #expect(codeOf(Pickle().raw([UInt8](repeating: 0x4e, count: 300_000))) == .tooLarge)
    #expect(codeOf(Pickle().raw([UInt8](repeating: 0x7d, count: 300_000))) == .tooLarge)
  }

  @Test func dictionaryInsideItselfIsRefused() {
    #expect(codeOf(Pickle().raw("}q\u{1}").text("self").raw("h\u{1}s")) == .tooLarge)
    #expect(codeOf(Pickle().raw("]q\u{1}h\u{1}a")) == .tooLarge)
  }

  @Test func doublingIsRefused() {
    // Each of 12 lists holds the one before it ten times: 10^12 leaves.
    var laughs = Pickle().raw("]q\u{0}")
    for level in 1...12 {
      laughs = laughs.raw("](")
      for _ in 0..<10 { laughs = laughs.raw([0x68, UInt8(level - 1)]) }
      laughs = laughs.raw("e").raw([0x71, UInt8(level)])
    }
    #expect(codeOf(laughs) == .tooLarge)
  }

  @Test func copiesOfOneListAreBounded() {
    // A list of 20,000 pairs, turned into a dictionary again and again.
    var pairs = Pickle().raw("](")
    for _ in 0..<20_000 { pairs = pairs.raw("K1K1").raw([0x86]) }
    pairs = pairs.raw("eq\u{0}0")
    for _ in 0..<1000 { pairs = pairs.global("collections", "OrderedDict").raw("h\u{0}").raw([0x85]).raw("R0") }
    #expect(codeOf(pairs.raw("}")) == .tooLarge)
  }

  @Test func memoIsBounded() {
    var puts: [UInt8] = [0x7d]
    for place in 0..<(1 << 18) + 10 { puts += [0x72] + Pickle.little(UInt64(place), 4) }
    #expect(codeOf(Pickle().raw(puts)) == .tooLarge)
  }

  @Test func hugeIntegersAndTextsAreRefused() {
    #expect(codeOf(Pickle().long([UInt8](repeating: 0xff, count: 255))) == .tooLarge)
    #expect(codeOf(Pickle().raw([0x58, 0xff, 0xff, 0xff, 0xff])) == .truncated)
    #expect(codeOf(Pickle().raw("c" + String(repeating: "a", count: 1000))) == .tooLarge)
    let longKey = Pickle().dictionary(String(repeating: "k", count: 2000)) { $0.int(1) }
    #expect(codeOf(longKey) == .tooLarge)
    #expect(codeOf(Pickle().raw([0x58, 2, 0, 0, 0, 0xc3, 0x28])) == .badStructure)
  }

  @Test(
    "Impossible tensors are refused",
    arguments: [
      (4, 0, [5], [1]), (4, 0, [2, 2], [2, 2]), (4, 1, [4], [1]), (4, -1, [2], [1]), (4, 3, [4], [-1]),
      (4, 0, [-2], [1]),
      (4, 0, [2], [.max]), (4, .max, [2], [.max]), (4, .max, [1], [1]), (4, 0, [.max, .max], [1, 1]),
      (4, 0, [1 << 40], [0]), (4, 0, [2], []), (4, 0, [0, .max, .max], [1, 1, 1]), (4, 4, [1], [1]),
      (4, 0, [1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]), (.max, 0, [4], [1]), (-1, 0, [4], [1]),
      (5, 0, [4], [1]),
    ] as [(Int64, Int64, [Int64], [Int64])])
  func tensors(count: Int64, offset: Int64, shape: [Int64], strides: [Int64]) {
    let body = Pickle().dictionary("w") {
      $0.tensor("0", count: count, offset: offset, shape: shape, strides: strides)
    }
    let code = codeOf(body, storages: [("0", [1, 2, 3, 4])])
    #expect(code == .badStructure || code == .tooLarge)
  }

  @Test func strideOfASingleElementMayBeAnything() throws {
    let body = Pickle().dictionary("w") { $0.tensor("0", count: 4, shape: [1, 2, 1], strides: [.max, 2, .max]) }
    let tensors = try TorchCheckpoint.read(Pickle.checkpoint(body, storages: [("0", [1, 2, 3, 4])]))
    #expect(tensors["w"]?.values == [1, 3])
  }

  @Test func repeatedElementsAreBoundedByTheFile() {
    let body = Pickle().dictionary("w") { $0.tensor("0", count: 1, shape: [1 << 28], strides: [0]) }
    #expect(codeOf(body, storages: [("0", [1])]) == .tooLarge)
  }

  @Test func oneStorageUnderTwoSizesIsRefused() {
    let body = Pickle().raw("](").tensor("0", count: 4, shape: [4], strides: [1])
      .tensor("0", count: 4, shape: [4], strides: [1], type: "HalfStorage").raw("e")
    #expect(codeOf(body, storages: [("0", [1, 2, 3, 4])]) == .badStructure)
  }

  @Test func twoPathsToOneNameAreRefused() {
    let tensor = { (pickle: Pickle) in pickle.tensor("0", count: 1, shape: [1], strides: [1]) }
    let body = Pickle().raw("}").text("a.b").raw("").tensor("0", count: 1, shape: [1], strides: [1]).raw("s")
      .text("a").dictionary("b", tensor).raw("s")
    #expect(codeOf(body, storages: [("0", [1])]) == .badStructure)
  }

  @Test func missingAndUnknownStoragesAreRefused() {
    let body = Pickle().dictionary("w") { $0.tensor("0", count: 1, shape: [1], strides: [1]) }
    #expect(codeOf(body) == .badStructure)
    #expect(codeOf(body, storages: [("0", [1]), ("1", [1])]) == .badStructure)
    #expect(codeOf(body, storages: [("0", [1]), ("0", [1])]) == .badStructure)
  }
}
