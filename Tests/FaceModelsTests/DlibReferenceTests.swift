import Foundation
import Images
import Networks
import Testing

@testable import FaceModels

/// dlib's network against dlib 20.0.1 on the same chips.
@Suite struct DlibReferenceTests {
  struct Reference: Decodable {
    struct Row: Decodable {
      var chip: String
      var descriptor: [Float]
    }

    var rows: [Row]
  }

  @Test func descriptorsAreDlibs() throws {
    guard let shared = TestFolders.shared,
      let (manifest, weights) = try TestFolders.installed("dlib-resnet-v1", .recognizer)
    else { return }
    let folder = shared.appending(path: "reference")
    let rows = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: folder.appending(path: "dlib_descriptors.json"))
    ).rows
    #expect(rows.count == 40)
    let embedder = try Architectures.embedder(manifest, weights: weights)
    let chips = try rows.map { row in
      try ImageDecoder.decode(Array(Data(contentsOf: folder.appending(path: "dlib_chips/\(row.chip)")))).image
    }
    // All at once and one at a time take different ways through the plan.
    let together = try embedder.embed(chips, context: RunContext(pool: WorkPool(lanes: 2)))
    #expect(together.count == rows.count)
    var least = 1.0
    for (row, embedding) in zip(rows, together) {
      #expect(embedding.count == 128)
      least = min(least, cosine(embedding, row.descriptor))
      #expect(cosine(embedding, row.descriptor) >= 0.9999, "\(row.chip)")
      #expect(abs(embedding.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
    }
    let alone = try embedder.embed([chips[0]], context: RunContext(pool: .serial))
    #expect(cosine(alone[0], rows[0].descriptor) >= 0.9999)
    print("dlib-resnet-v1 on \(rows.count) chips: least cosine \(least)")
  }

  @Test func cropsOfAnotherSizeAreRefused() throws {
    guard let (manifest, weights) = try TestFolders.installed("dlib-resnet-v1", .recognizer) else { return }
    let embedder = try Architectures.embedder(manifest, weights: weights)
    let crop = Image(width: 151, height: 150, pixels: Array(repeating: 9, count: 151 * 150 * 3))
    #expect(throws: ModelError.self) { try embedder.embed([crop], context: RunContext(pool: .serial)) }
  }
}
