import Networks
import Tensors
import Testing

@testable import FaceModels

/// Gradients flow through the graph of every recognizer, to each of its weights.
@Suite struct TrainableRecognizerTests {
  @Test(arguments: ["mobilefacenet", "reidentification-retail-0095"]) func importedRecognizers(id: String) throws {
    guard let (manifest, bytes) = try OnnxRecognizerTests.model(id) else { return }
    try check(try Architectures.recognizer(manifest, weights: [bytes]))
  }

  @Test(arguments: ["dlib-resnet-v1"]) func installedRecognizers(id: String) throws {
    guard let (manifest, weights) = try TestFolders.installed(id, .recognizer) else { return }
    try check(try Architectures.recognizer(manifest, weights: weights))
  }

  private func check(_ recognizer: RecognizerNetwork) throws {
    let tape = try TrainingTape(recognizer.graph, pool: WorkPool(lanes: 2))
    let side = (recognizer.alignment.height, recognizer.alignment.width)
    let input = SeededWeights.tensor("input", [2, 3, side.0, side.1])
    let outputs: [Tensor]
    do {
      outputs = try tape.forward([input])
    } catch {
      // Exported for one image at a time.
      print("one image at a time: \(error)")
      outputs = try tape.forward([SeededWeights.tensor("input", [1, 3, side.0, side.1])])
    }
    let gradients = try tape.backward(outputs.map { SeededWeights.tensor("weights", $0.shape) })
    let learned = tape.parameters.names.indices.filter { tape.parameters.isTrainable[$0] }
    #expect(learned.count > 20)
    var without: [String] = []
    for index in learned {
      guard let gradient = gradients[index], gradient.shape == tape.parameters[index].shape,
        gradient.values.allSatisfy(\.isFinite), gradient.values.contains(where: { $0 != 0 })
      else {
        without.append(tape.parameters.names[index])
        continue
      }
    }
    #expect(without == [])
    let fixed = tape.parameters.names.indices.filter { !tape.parameters.isTrainable[$0] }.map {
      tape.parameters.names[$0]
    }
    print("\(learned.count) learned parameters of \(tape.parameters.trainableCount) numbers; fixed: \(fixed.prefix(8))")
  }
}
