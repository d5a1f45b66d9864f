import Foundation
import Testing

@testable import FaceModels

@Suite struct ModelLibraryTests {
  /// A digest that is good enough to tell these files apart: FNV-1a, 64 digits wide.
  static func digest(_ bytes: [UInt8]) -> String {
    let hash = bytes.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 64 - digits.count) + digits
  }

  static let weights: [UInt8] = Array("some weights".utf8)

  /// A detector's manifest; `files` is JSON.
  static func manifest(_ id: String, files: String? = nil, note: String = "") -> [UInt8] {
    let file = "{\"name\": \"net.bin\", \"bytes\": \(weights.count), \"sha256\": \"\(digest(weights))\"}"
    return Array(
      """
      {"schema": 1, "id": "\(id)", "role": "detector", "architecture": "mtcnn", "files": [\(files ?? file)],
       "licence": {"name": "MIT\(note)", "commercialUse": "allowed"},
       "input": {"channels": "rgb", "mean": [0, 0, 0], "scale": 1}}
      """.utf8)
  }

  @Test func findsModelsAndTheirWeights() throws {
    let folder = try ScratchFolder()
    try folder.write(Self.manifest("one"), "one/manifest.json")
    try folder.write(Self.weights, "one/net.bin")
    try folder.write([1], "stray-file")
    try folder.write([1], "no-manifest/net.bin")
    let library = ModelLibrary(folders: ["/nowhere/at/all", folder.path])
    #expect(library.entries.keys.sorted() == ["one"])
    #expect(library.problems.isEmpty)
    let entry = try library.find("one", role: .detector)
    #expect(try library.weights(of: entry, digest: Self.digest) == [Self.weights])
  }

  @Test func ofTwoModelsWithOneIDTheFirstFolderWins() throws {
    let (first, second) = (try ScratchFolder(), try ScratchFolder())
    try first.write(Self.manifest("same", note: "-first"), "b/manifest.json")
    try first.write(Self.manifest("same", note: "-later"), "c/manifest.json")
    try second.write(Self.manifest("same", note: "-second"), "a/manifest.json")
    #expect(ModelLibrary(folders: [first.path, second.path]).entries["same"]?.manifest.licence.name == "MIT-first")
    #expect(ModelLibrary(folders: [second.path, first.path]).entries["same"]?.manifest.licence.name == "MIT-second")
  }

  @Test func whatIsMissingIsSaidWithWhatThereIs() throws {
    let folder = try ScratchFolder()
    let empty = #expect(throws: ModelError.self) { try ModelLibrary(folders: [folder.path]).find("x", role: .detector) }
    #expect(empty?.code == .notFound)
    #expect(empty?.message.contains("make models") == true)
    try folder.write(Self.manifest("one"), "one/manifest.json")
    try folder.write(Array("{}".utf8), "broken/manifest.json")
    let library = ModelLibrary(folders: [folder.path])
    #expect(library.problems.count == 1)
    let other = #expect(throws: ModelError.self) { try library.find("two", role: .detector) }
    #expect(other?.code == .notFound)
    #expect(other?.message.contains("\"two\"") == true && other?.message.contains("found one") == true)
    #expect(other?.message.contains("broken/manifest.json") == true)
    // A model in another role is not that model.
    let role = #expect(throws: ModelError.self) { try library.find("one", role: .recognizer) }
    #expect(role?.message.contains("no recognizer at all") == true)
  }

  @Test func damagedAndMissingFilesAreRefused() throws {
    let folder = try ScratchFolder()
    try folder.write(Self.manifest("one"), "one/manifest.json")
    let library = ModelLibrary(folders: [folder.path])
    let entry = try library.find("one", role: .detector)
    func weightsError() -> ModelError? {
      #expect(throws: ModelError.self) { try library.weights(of: entry, digest: Self.digest) }
    }
    #expect(weightsError()?.code == .notFound)
    var flipped = Self.weights
    flipped[3] ^= 1
    for wrong in [flipped, Array(Self.weights.dropLast()), Self.weights + [0], []] {
      try folder.write(wrong, "one/net.bin")
      let error = weightsError()
      #expect(error?.code == .invalid)
      #expect(error?.message.contains("net.bin") == true && error?.message.contains("one") == true)
    }
    try FileManager.default.removeItem(atPath: folder.path + "/one/net.bin")
    try FileManager.default.createDirectory(
      atPath: folder.path + "/one/net.bin", withIntermediateDirectories: false)
    #expect(weightsError()?.code == .notFound)
  }

  @Test func aDigestMayBeWrittenInCapitals() throws {
    let folder = try ScratchFolder()
    let file = "{\"name\": \"net.bin\", \"bytes\": 12, \"sha256\": \"\(Self.digest(Self.weights).uppercased())\"}"
    try folder.write(Self.manifest("one", files: file), "one/manifest.json")
    try folder.write(Self.weights, "one/net.bin")
    let library = ModelLibrary(folders: [folder.path])
    #expect(try library.weights(of: library.find("one", role: .detector), digest: Self.digest).count == 1)
  }

  @Test(arguments: ["{\"name\": \"net.bin\"}", "{\"name\": \"net.bin\", \"bytes\": 12}"])
  func withoutADigestNothingIsLoaded(file: String) throws {
    let folder = try ScratchFolder()
    try folder.write(Self.manifest("one", files: file), "one/manifest.json")
    try folder.write(Self.weights, "one/net.bin")
    let library = ModelLibrary(folders: [folder.path])
    let entry = try library.find("one", role: .detector)
    let error = #expect(throws: ModelError.self) { try library.weights(of: entry, digest: Self.digest) }
    #expect(error?.code == .invalid)
    #expect(error?.message.contains("sha256") == true)
  }
}
