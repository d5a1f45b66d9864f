import Foundation
import Networks
import Tensors
import Testing

@testable import OnnxImport

/// Single-operator graphs against what onnxruntime answers: `tools/onnx_fixtures` makes them.
@Suite struct OperatorFixtureTests {
  @Test(arguments: OperatorCase.all) func answersAsTheReference(_ fixture: OperatorCase) throws {
    let network = try OnnxNetwork(OnnxBytes(fixture.file))
    let inputs = try network.inputs.map { try #require(fixture.record.inputs[$0.name]).tensor }
    let graph = try network.graph(inputShapes: inputs.map(\.shape))
    let plain = try PlainExecution.run(graph, inputs: inputs)
    try compare(plain, network, fixture, "plain")
    let plan = try InferencePlan(graph, example: inputs.map(\.shape))
    try compare(try plan.run(inputs), network, fixture, "plan")
  }

  /// Every group has its cases: a folder that went missing must not pass as nothing to do.
  @Test func thereAreCases() {
    let groups = Dictionary(grouping: OperatorCase.all, by: \.group)
    #expect(Set(groups.keys) == ["arithmetic", "convolutions", "layout", "quantized", "structure"])
    #expect(OperatorCase.all.count >= 60)
  }

  private func compare(
    _ answers: [Tensor], _ network: OnnxNetwork, _ fixture: OperatorCase, _ way: String
  ) throws {
    #expect(answers.count == network.outputs.count)
    for (answer, info) in zip(answers, network.outputs) {
      let wanted = try #require(fixture.record.outputs[info.name])
      #expect(answer.shape.dimensions == wanted.shape, "\(way), output \(info.name)")
      guard answer.shape.dimensions == wanted.shape else { continue }
      let finite = wanted.values.filter(\.isFinite)
      let range = max((finite.max() ?? 0) - (finite.min() ?? 0), (finite.map(abs).max() ?? 0), 1e-6)
      let worst = zip(answer.values, wanted.values).enumerated().map { index, pair -> (Double, Int) in
        let (own, reference) = (Double(pair.0), pair.1)
        if own == reference || (own.isNaN && reference.isNaN) { return (0, index) }
        let difference = abs(own - reference) / range
        return (difference.isNaN ? .infinity : difference, index)
      }.max { $0.0 < $1.0 }
      guard let worst else { continue }
      #expect(
        worst.0 <= fixture.record.tolerance,
        """
        \(way), output \(info.name): differs by \(worst.0) of the range at \(worst.1): \(answer.values[worst.1]) \
        instead of \(wanted.values[worst.1]); first \(answer.values.prefix(6)), wanted \(wanted.values.prefix(6))
        """)
    }
  }
}

/// One case of the fixtures.
struct OperatorCase: Sendable, CustomTestStringConvertible {
  let group: String
  let name: String
  let file: [UInt8]
  let record: Record

  var testDescription: String { "\(group)/\(name)" }

  struct Record: Decodable, Sendable {
    var tolerance: Double
    var inputs: [String: Values]
    var outputs: [String: Values]
  }

  struct Values: Decodable, Sendable {
    var type: String
    var shape: [Int]
    var values: [Double]

    var tensor: Tensor { Tensor(shape: Shape(shape), values: values.map { Float($0) }) }
  }

  static let all: [OperatorCase] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
    var cases: [OperatorCase] = []
    for group in ["arithmetic", "convolutions", "layout", "quantized", "structure"] {
      let place = folder.appendingPathComponent(group)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
      for name in names.sorted() where name.hasSuffix(".onnx") {
        let stem = String(name.dropLast(5))
        guard let file = try? Data(contentsOf: place.appendingPathComponent(name)),
          let json = try? Data(contentsOf: place.appendingPathComponent(stem + ".json")),
          let record = try? JSONDecoder().decode(Record.self, from: json)
        else { continue }
        cases.append(OperatorCase(group: group, name: stem, file: [UInt8](file), record: record))
      }
    }
    return cases
  }()
}
