import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@testable import OnnxImport

/// Damaged and hostile files: an error that names the fault, never a stop.
@Suite struct HostileFileTests {
  /// Imports a file and makes a plan for a small picture.
  private func open(_ bytes: [UInt8]) throws {
    let network = try OnnxNetwork(OnnxBytes(bytes))
    let graph = try network.graph(inputShapes: [[1, 3, 16, 16]])
    _ = try InferencePlan(graph, example: [[1, 3, 16, 16]])
  }

  private func failure(_ bytes: [UInt8]) -> String? {
    do {
      try open(bytes)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func aSoundFileIsRead() throws {
    try open(HostileFile.sound)
  }

  @Test(arguments: HostileFile.all) func isRefused(_ file: HostileFile) throws {
    let message = try #require(failure(file.bytes), "\(file.name) was taken")
    #expect(message.contains(file.says), "\(file.name): \(message)")
  }

  @Test func missingOperatorsAreListedAtOnce() throws {
    let file = OnnxFile.model([
      .node("Frobnicate", ["x"], ["a"]), .node("Relu", ["a"], ["b"]),
      .node("Defenestrate", ["b"], ["c"], domain: "odd"),
      .node("Frobnicate", ["c"], ["y"]),
    ])
    let error = #expect(throws: OnnxError.self) { try OnnxNetwork(OnnxBytes(file)) }
    #expect(error?.code == .unsupported)
    #expect(error?.missing.count == 2)
    let message = error?.message ?? ""
    for part in ["Frobnicate (nodes frobnicate_of_a, frobnicate_of_y)", "odd.Defenestrate (node defenestrate_of_c)"] {
      #expect(message.contains(part), "\(message)")
    }
  }

  @Test func nodesNoOutputNeedsAreLeftOut() throws {
    try open(
      OnnxFile.model([.node("Relu", ["x"], ["y"]), .node("Frobnicate", ["y"], ["unused"])]))
  }

  @Test func nodesInAnyOrderAreTaken() throws {
    try open(OnnxFile.model([.node("Relu", ["a"], ["y"]), .node("Relu", ["x"], ["a"])]))
  }

  /// Every hundredth of a file, and each of its first and last bytes: never a stop, and hardly ever a success.
  @Test func truncatedFilesAreRefused() throws {
    for file in OperatorCase.all.filter({ $0.name.count % 4 == 0 }).map(\.file) + [HostileFile.sound] {
      for length in Set((0..<100).map { file.count * $0 / 100 } + Array(0..<min(40, file.count))) {
        #expect(throws: (any Error).self) {
          let network = try OnnxNetwork(OnnxBytes(Array(file.prefix(length))))
          // What is cut off may be metadata; then the rest must still be whole.
          guard network.outputs.isEmpty else { throw OnnxError(.invalid, "cut at \(length) of \(file.count)") }
        }
      }
    }
  }

  /// Random damage to real cases: any answer will do, but there must be one.
  @Test func mutatedFilesNeverStopTheProcess() throws {
    var generator = SeededGenerator(seed: 7)
    // A longer hunt with FACE_WORKER_FULL=1.
    let rounds = ProcessInfo.processInfo.environment["FACE_WORKER_FULL"] == "1" ? 400 : 12
    for fixture in OperatorCase.all {
      for _ in 0..<rounds {
        var bytes = fixture.file
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          let at = Int.random(in: 0..<bytes.count, using: &generator)
          switch Int.random(in: 0..<4, using: &generator) {
          case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
          case 1: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &generator)
          case 2: bytes[at] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
          default: bytes.remove(at: at)
          }
        }
        guard let network = try? OnnxNetwork(OnnxBytes(bytes)) else { continue }
        let shapes = network.inputs.map { Shape(fixture.record.inputs[$0.name]?.shape ?? [1, 3, 5, 4]) }
        guard let graph = try? network.graph(inputShapes: shapes),
          let known = try? graph.shapes(inputs: shapes), known.values.allSatisfy({ $0.count < 1 << 14 }),
          let plan = try? InferencePlan(graph, example: shapes)
        else { continue }
        let inputs = shapes.map { Tensor(shape: $0, repeating: 0.5) }
        _ = try? plan.run(inputs)
        _ = try? PlainExecution.run(graph, inputs: inputs)
      }
    }
  }
}

/// A file that must be refused, and words its error must have.
struct HostileFile: Sendable, CustomTestStringConvertible {
  let name: String
  let says: String
  let bytes: [UInt8]
  var testDescription: String { name }

  static let sound = OnnxFile.model(
    [.node("Conv", ["x", "w"], ["a"]), .node("Relu", ["a"], ["y"])], initializers: [.zeros("w", [4, 3, 3, 3])])

  private static func conv(_ attributes: [(String, OnnxFile.Attribute)], weight: [Int64] = [4, 3, 3, 3]) -> [UInt8] {
    OnnxFile.model([.node("Conv", ["x", "w"], ["y"], attributes)], initializers: [.zeros("w", weight)])
  }

  private static func shaped(_ type: String, _ numbers: [Int64], _ inputs: [String] = ["x", "s"]) -> [UInt8] {
    OnnxFile.model([.node(type, inputs, ["y"])], initializers: [.integers("s", numbers)])
  }

  private static func weights(_ dimensions: [Int64], raw: Int = 16, type: Int64 = 1) -> [UInt8] {
    OnnxFile.model(
      [.node("Add", ["x", "w"], ["y"])],
      initializers: [.tensor("w", type: type, dimensions, raw: [UInt8](repeating: 0, count: raw))])
  }

  private static func external() -> [UInt8] {
    var tensor = OnnxFile.tensor("w", type: 1, [4], raw: [])
    tensor.varint(14, 1)
    return OnnxFile.model([.node("Add", ["x", "w"], ["y"])], initializers: [tensor])
  }

  private static func flood(_ count: Int, _ fill: (inout OnnxFile) -> Void) -> [UInt8] {
    var graph = OnnxFile()
    for _ in 0..<count { fill(&graph) }
    var model = OnnxFile()
    model.message(7, graph)
    return model.bytes
  }

  static let big: Int64 = 1 << 40

  static let all: [HostileFile] = [
    HostileFile(name: "empty", says: "no graph", bytes: []),
    HostileFile(name: "text", says: "no sound ONNX file", bytes: Array("<html>not found</html>".utf8)),
    HostileFile(name: "zeros", says: "no sound ONNX file", bytes: [UInt8](repeating: 0, count: 1000)),
    HostileFile(
      name: "cycle", says: "wait for each other",
      bytes: OnnxFile.model([
        .node("Add", ["x", "b"], ["a"]), .node("Relu", ["a"], ["b"]), .node("Relu", ["b"], ["y"]),
      ])),
    HostileFile(name: "self", says: "wait for each other", bytes: OnnxFile.model([.node("Add", ["x", "y"], ["y"])])),
    HostileFile(
      name: "nothing produces it", says: "which nothing produces",
      bytes: OnnxFile.model([
        .node("Add", ["x", "q"], ["y"])
      ])),
    HostileFile(
      name: "no producer of the output", says: "Nothing produces the output",
      bytes: OnnxFile.model([
        .node("Relu", ["x"], ["z"])
      ])),
    HostileFile(
      name: "produced twice", says: "produced twice",
      bytes: OnnxFile.model([
        .node("Relu", ["x"], ["y"]), .node("Relu", ["x"], ["y"]),
      ])),
    HostileFile(
      name: "old operator set", says: "operator set 6",
      bytes: OnnxFile.model(
        [.node("Relu", ["x"], ["y"])], opset: 6)),
    HostileFile(name: "weights of 2^40", says: "impossible dimensions", bytes: weights([big])),
    HostileFile(name: "weights of 2^62 x 4", says: "impossible dimensions", bytes: weights([1 << 62, 4])),
    HostileFile(name: "negative weights", says: "impossible dimensions", bytes: weights([-4])),
    HostileFile(name: "weights that are cut off", says: "has 16 bytes instead of", bytes: weights([3, 16, 16])),
    HostileFile(name: "weights of strings", says: "strings", bytes: weights([4], type: 8)),
    HostileFile(name: "unknown type", says: "element type 99", bytes: weights([4], type: 99)),
    HostileFile(
      name: "seventeen dimensions", says: "impossible dimensions",
      bytes: weights([Int64](repeating: 1, count: 17), raw: 4)),
    HostileFile(name: "external data", says: "another file", bytes: external()),
    HostileFile(
      name: "a million nodes", says: "more than", bytes: flood(200_000) { $0.message(1, .node("A", [], [])) }),
    HostileFile(
      name: "two million names", says: "more nodes, names and numbers",
      bytes: flood(1) { graph in
        var node = OnnxFile()
        for _ in 0..<2_000_000 { node.text(1, "") }
        graph.message(1, node)
      }),
    HostileFile(
      name: "four million numbers", says: "more nodes, names and numbers",
      bytes: flood(1) { graph in
        var tensor = OnnxFile()
        tensor.data(7, [UInt8](repeating: 1, count: 4_000_000))
        graph.message(5, tensor)
      }),
    HostileFile(name: "groups of none", says: "node conv_of_y", bytes: conv([("group", .int(0))])),
    HostileFile(name: "negative groups", says: "node conv_of_y", bytes: conv([("group", .int(-1))])),
    HostileFile(name: "stride of none", says: "strides", bytes: conv([("strides", .ints([0, 0]))])),
    HostileFile(name: "negative pads", says: "pads", bytes: conv([("pads", .ints([-1, 0, 0, 0]))])),
    HostileFile(name: "pads of 2^40", says: "pads", bytes: conv([("pads", .ints([big, 0, 0, 0]))])),
    HostileFile(
      name: "large pads", says: "more than", bytes: conv([("pads", .ints([60_000, 60_000, 60_000, 60_000]))])),
    HostileFile(name: "one stride", says: "strides", bytes: conv([("strides", .ints([1]))])),
    HostileFile(name: "weights of another width", says: "does not fit", bytes: conv([], weight: [4, 5, 3, 3])),
    HostileFile(name: "kernel larger than the image", says: "does not fit", bytes: conv([], weight: [1, 3, 17, 17])),
    HostileFile(name: "no kernel", says: "do not fit an input", bytes: conv([], weight: [4, 3, 0, 3])),
    HostileFile(name: "reshape to 2^40", says: "node reshape_of_y", bytes: shaped("Reshape", [big])),
    HostileFile(name: "reshape to negative", says: "node reshape_of_y", bytes: shaped("Reshape", [-7, 3])),
    HostileFile(name: "reshape to two unknowns", says: "node reshape_of_y", bytes: shaped("Reshape", [-1, -1])),
    HostileFile(name: "reshape overflow", says: "node reshape_of_y", bytes: shaped("Reshape", [1 << 62, 1 << 62, 16])),
    HostileFile(name: "expand to 2^40", says: "ode expand_of_y", bytes: shaped("Expand", [big, 3, 16, 16])),
    HostileFile(name: "tile 2^40", says: "ode tile_of_y", bytes: shaped("Tile", [big, 1, 1, 1])),
    HostileFile(
      name: "constant of 2^40", says: "node constantofshape_of_y", bytes: shaped("ConstantOfShape", [big], ["s"])),
    HostileFile(name: "pad to 2^40", says: "node pad_of_y", bytes: shaped("Pad", [0, 0, 0, 0, 0, 0, big, big])),
    HostileFile(name: "pad overflow", says: "node pad_of_y", bytes: shaped("Pad", [0, 0, 0, .max, 0, 0, 0, .max])),
    HostileFile(
      name: "transposed twice", says: "node transpose_of_y",
      bytes: OnnxFile.model([
        .node("Transpose", ["x"], ["y"], [("perm", .ints([0, 0, 1, 2]))])
      ])),
    HostileFile(
      name: "softmax over nothing", says: "node softmax_of_y",
      bytes: OnnxFile.model([
        .node("Softmax", ["x"], ["y"], [("axis", .int(.min))])
      ])),
    HostileFile(
      name: "concat over nothing", says: "node concat_of_y",
      bytes: OnnxFile.model([
        .node("Concat", ["x", "x"], ["y"], [("axis", .int(9))])
      ])),
    HostileFile(
      name: "pool of 2^40", says: "node maxpool_of_y",
      bytes: OnnxFile.model([
        .node("MaxPool", ["x"], ["y"], [("kernel_shape", .ints([big, big]))])
      ])),
    HostileFile(
      name: "wrong attribute", says: "perm",
      bytes: OnnxFile.model([
        .node("Transpose", ["x"], ["y"], [("perm", .text("0123"))])
      ])),
    HostileFile(name: "no inputs", says: "is missing", bytes: OnnxFile.model([.node("Relu", [], ["y"])])),
  ]
}
