import Foundation
import Images
import Networks
import Tensors
import Testing

@testable import FaceModels

/// Recognizers from ONNX files, from the manifest to the embedding, against onnxruntime.
@Suite struct OnnxRecognizerTests {
  static let references: [String: [[Float]]] = {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/onnx_recognizers.json")
    let data = (try? Data(contentsOf: path)) ?? Data()
    return (try? JSONDecoder().decode([String: [[Float]]].self, from: data)) ?? [:]
  }()

  /// The crop that the script which made the references draws.
  static func crop(_ side: Int, _ seed: Int) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<side {
      for x in 0..<side {
        for c in 0..<3 {
          pixels.append(UInt8((x * (3 + seed) + y * (5 - seed) + c * 40 + (x * y * (1 + seed)) / 16) % 256))
        }
      }
    }
    return Image(width: side, height: side, pixels: pixels)
  }

  /// A catalogued manifest and its file of the shared folder; says why when it is not there.
  static func model(_ id: String) throws -> (ModelManifest, [UInt8])? {
    let manifest = try ModelManifest.read(ModelManifestTests.committed("\(id).json"), place: id)
    guard let shared = TestFolders.shared,
      let data = try? Data(contentsOf: shared.appending(path: "models/\(manifest.files[0].name)"))
    else {
      print("skipped: the file of \(id) is not here")
      return nil
    }
    return (manifest, Array(data))
  }

  @Test(arguments: ["mobilefacenet", "reidentification-retail-0095"])
  func embeddingsAreOnnxruntimes(id: String) throws {
    guard let (manifest, bytes) = try Self.model(id) else { return }
    let expected = try #require(Self.references[id])
    let embedder = try Architectures.embedder(manifest, weights: [bytes])
    let crops = expected.indices.map { Self.crop(manifest.alignment?.size ?? 0, $0) }
    // Together on two threads, and one by one.
    let together = try embedder.embed(crops, context: RunContext(pool: WorkPool(lanes: 2)))
    let apart = try crops.flatMap { try embedder.embed([$0], context: RunContext(pool: .serial)) }
    for (index, wanted) in expected.enumerated() {
      for found in [together[index], apart[index]] {
        let difference = zip(found, wanted).map { abs($0 - $1) }.max() ?? .infinity
        #expect(found.count == wanted.count && difference < 1e-5, "crop \(index): \(difference)")
      }
    }
    print("\(id): takes several crops at once: \((embedder as? NetworkEmbedder)?.batches == true)")
  }

  @Test func testTimeOptionsAreWhatTheySay() throws {
    guard let (plain, bytes) = try Self.model("mobilefacenet") else { return }
    let crops = [Self.crop(112, 0), Self.crop(112, 1)]
    let context = RunContext(pool: .serial)
    func embeddings(_ crops: [Image], _ change: (inout ModelManifest) -> Void) throws -> [[Float]] {
      var manifest = plain
      change(&manifest)
      return try Architectures.embedder(manifest, weights: [bytes]).embed(crops, context: context)
    }
    func unit(_ values: [Float]) -> [Float] {
      let length = values.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
      return values.map { $0 / length }
    }
    func same(_ a: [[Float]], _ b: [[Float]]) -> Bool {
      zip(a, b).allSatisfy { zip($0, $1).allSatisfy { abs($0 - $1) < 1e-5 } } && a.map(\.count) == b.map(\.count)
    }
    let raw = try embeddings(crops) { $0.normalize = false }
    let mirrored = try embeddings(crops.map { $0.flippedHorizontally() }) { $0.normalize = false }
    let normal = try embeddings(crops) { _ in }
    #expect(same(normal, raw.map(unit)))
    #expect(!same(raw, normal))
    let both = try embeddings(crops) { $0.testTime = .init(mirror: true) }
    #expect(same(both, zip(raw, mirrored).map { unit(zip($0, $1).map { $0 + $1 }) }))
    #expect(!same(both, normal))
    let center = (0..<128).map { Float($0 % 7) / 100 }
    let centered = try embeddings(crops) {
      $0.testTime = .init(center: true)
      $0.centerEmbedding = center
    }
    #expect(same(centered, normal.map { unit(zip($0, center).map { $0 - $1 }) }))
  }

  /// A network of channel means: what it gives is known without running another program.
  private static func means(flattened: Bool) throws -> Graph {
    var builder = GraphBuilder()
    var value = builder.apply(GlobalAveragePool(), [builder.input()], name: "means")
    if flattened { value = builder.apply(Flatten(), [value], name: "flat") }
    return builder.build(outputs: [value])
  }

  @Test(arguments: [true, false])
  func everyShapeOfOutputAndEveryScaleAreTaken(flattened: Bool) throws {
    let alignment = Alignment(kind: .box(margin: 0), width: 24, height: 20)
    let preprocessing = NetworkEmbedder.Preprocessing(mean: [10, 20, 30], scale: [1, 0.5, 0.25], blueFirst: true)
    let embedder = try NetworkEmbedder(
      Self.means(flattened: flattened), embeddingLength: 3, preprocessing: preprocessing, alignment: alignment,
      finish: EmbeddingFinish(normalizes: false), triesBatches: true)
    #expect(embedder.batches)
    let crops = (0..<5).map { (shade: Int) -> Image in
      let pixel: [UInt8] = [UInt8(50 + shade), UInt8(100 + shade), UInt8(200 + shade)]
      return Image(width: 24, height: 20, pixels: [[UInt8]](repeating: pixel, count: 24 * 20).flatMap { $0 })
    }
    let found = try embedder.embed(crops, context: RunContext(pool: WorkPool(lanes: 2)))
    for (shade, values) in found.enumerated() {
      // Blue, green, red.
      let wanted: [Float] = [Float(170 + shade) * 0.25, Float(80 + shade) * 0.5, Float(40 + shade)]
      #expect(zip(values, wanted).allSatisfy { abs($0 - $1) < 1e-3 }, "\(values)")
    }
    let error = #expect(throws: ModelError.self) {
      try NetworkEmbedder(
        Self.means(flattened: flattened), embeddingLength: 4, preprocessing: preprocessing, alignment: alignment)
    }
    #expect(error?.message.contains("4") == true && error?.field == "embeddingLength")
  }

  /// A network that mixes the crops of a batch without a complaint gets them one by one.
  @Test func aNetworkThatMixesItsCropsGetsThemOneByOne() throws {
    var builder = GraphBuilder()
    let means = builder.apply(GlobalAveragePool(), [builder.input()], name: "means")
    let flat = builder.apply(Flatten(), [means], name: "flat")
    let mixed = builder.apply(Softmax(axis: 0), [flat], name: "mixed")
    let embedder = try NetworkEmbedder(
      builder.build(outputs: [mixed]), embeddingLength: 3,
      preprocessing: .init(mean: [0, 0, 0], scale: [1, 1, 1], blueFirst: false),
      alignment: Alignment(kind: .box(margin: 0), width: 16, height: 16),
      finish: EmbeddingFinish(normalizes: false), triesBatches: true)
    #expect(!embedder.batches)
    let crops = (0..<3).map { Self.crop(16, $0) }
    let found = try embedder.embed(crops, context: RunContext(pool: WorkPool(lanes: 2)))
    // Alone, each is its whole batch.
    #expect(found == [[Float]](repeating: [1, 1, 1], count: 3))
  }

  @Test(arguments: ["minifasnet-v2", "minifasnet-v1se"])
  func livenessNetworksRunOnce(id: String) throws {
    guard let (manifest, bytes) = try Self.model(id) else { return }
    let network = try Architectures.liveness(manifest, weights: [bytes])
    let outputs = try network.embed([Self.crop(80, 0)], context: RunContext(pool: .serial))
    #expect(outputs.count == 1 && outputs[0].count == 3 && outputs[0].allSatisfy(\.isFinite))
  }

  @Test func damagedFilesAreRefusedByName() throws {
    guard let (manifest, bytes) = try Self.model("mobilefacenet") else { return }
    for damaged in [[], Array(bytes.prefix(bytes.count / 2)), Array(bytes.dropLast())] {
      let error = #expect(throws: ModelError.self) { try Architectures.embedder(manifest, weights: [damaged]) }
      #expect(error?.code == .invalid && error?.message.contains("mobilefacenet") == true)
    }
  }
}
