import Foundation
import Networks
import Tensors
import Testing
import WeightFiles

@testable import FaceModels

/// InceptionResnetV1 against PyTorch with the same weights.
@Suite struct InceptionResnetV1Tests {
  struct Fixture: Decodable {
    var classes: Int
    var shapes: [String: [Int]]
    var embeddings: [[Float]]
    var logits: [[Float]]
  }

  static func fixture() throws -> Fixture {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/inception_resnet_v1.json")
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: path))
  }

  @Test func embeddingAndLogitsMatchPyTorch() throws {
    let fixture = try Self.fixture()
    let weights = SeededWeights.stateDict(fixture.shapes)
    let input = Tensor(shape: [2, 3, 160, 160], values: SeededWeights.uniform("input", 2 * 3 * 160 * 160))
    let heads: [(InceptionResnetV1.Head, [[Float]])] = [(.embedding, fixture.embeddings), (.logits, fixture.logits)]
    for (head, expected) in heads {
      let graph = try InceptionResnetV1.graph(weights, head: head)
      let plan = try InferencePlan(graph, example: [input.shape])
      let output = try plan.run(input, pool: WorkPool(lanes: 2))[0]
      #expect(output.shape == [2, expected[0].count])
      for (row, wanted) in expected.enumerated() {
        let values = Array(output.values[row * wanted.count..<(row + 1) * wanted.count])
        #expect(cosine(values, wanted) >= 0.99999)
        let difference = zip(values, wanted).map { abs($0 - $1) }.max() ?? .infinity
        let scale = head == .embedding ? 1 : (wanted.map(abs).max() ?? 1)
        #expect(difference / scale <= 1e-4)
      }
    }
  }

  @Test func missingOrWrongTensorsAreNamed() throws {
    var shapes = try Self.fixture().shapes
    shapes["repeat_2.3.conv2d.weight"] = [896, 255, 1, 1]
    do {
      _ = try InceptionResnetV1.graph(SeededWeights.stateDict(shapes))
      Issue.record("A wrong shape was accepted.")
    } catch let error as ModelError {
      #expect(error.message.contains("repeat_2.3.conv2d.weight"))
    }
    shapes["logits.weight"] = nil
    shapes["repeat_2.3.conv2d.weight"] = [896, 256, 1, 1]
    #expect(throws: ModelError.self) { try InceptionResnetV1.graph(SeededWeights.stateDict(shapes), head: .logits) }
  }
}

func cosine(_ a: [Float], _ b: [Float]) -> Double {
  let dot = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
  let lengths = [a, b].map { $0.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
  return dot / (lengths[0] * lengths[1])
}
