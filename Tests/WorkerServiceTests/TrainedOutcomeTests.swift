import Decisions
import Digests
import Foundation
import GalleryStore
import Protocol
import Tensors
import Testing
import Training
import WeightFiles

@testable import WorkerService

/// What a trainer leaves is untrusted: every way in which it can be wrong is found before anything of it is used.
@Suite struct TrainedOutcomeTests {
  private static let model = ModelIdentity(id: "m", sha256: String(repeating: "a", count: 64), dimension: 4)
  private let root: TemporaryFolder
  private let folder: TrainingFolder

  init() throws {
    root = try TemporaryFolder()
    folder = try TrainingFolder(root: root.path, model: Self.model.sha256, settings: TrainingSettings())
    try folder.prepare(subjects: [1, 2])
  }

  private static func head(slots: [Int64] = [1, 2], dimension: Int = 4, model: String = model.sha256) throws
    -> SoftmaxHead
  {
    try SoftmaxHead(
      modelDigest: model, dimension: dimension, slots: slots,
      weights: [Float](repeating: 0.5, count: (slots.count + 1) * dimension),
      bias: [Float](repeating: 0, count: slots.count + 1))
  }

  private static let report = """
    {"accepted":true,"reasons":[],"before":{"heldOut":0,"strangers":0},"after":{"heldOut":0,"strangers":0},"subjects":2,\
    "samples":4,"heldOut":0,"subjectsWithoutHeldOut":0,"unusable":0,"strangers":"synthetic","refitted":false,"resumed":false,"curve":[]}
    """

  /// The files of a sound outcome of scope `tail`.
  private static func files() throws -> [String: [UInt8]] {
    var tuned = NamedTensors()
    _ = tuned.insert(Tensor(shape: [2], values: [1, 2]), as: "layer.weight")
    return [
      TrainerFiles.head: try head().encoded(), TrainerFiles.report: Array(report.utf8),
      TrainerFiles.tuned: try Safetensors.encode(tuned),
      TrainerFiles.embeddings: try table([7, 8], [1, 0, 0, 0, 0, 1, 0, 0]),
    ]
  }

  private static func table(_ ids: [Int64], _ values: [Float]) throws -> [UInt8] {
    var tensors = NamedTensors()
    _ = tensors.insert(NamedTensors.Integers(shape: [ids.count], values: ids), as: "ids")
    _ = tensors.insert(Tensor(shape: [ids.count, values.count / max(1, ids.count)], values: values), as: "vectors")
    return try Safetensors.encode(tensors)
  }

  private func read(
    _ files: [String: [UInt8]], scope: TrainingSettings.Scope = .tail, told: [String: TrainerFile] = [:]
  ) throws -> TrainedOutcome {
    var result = TrainerResult(files: [:])
    for (name, bytes) in files {
      try DurableFile.write(bytes, to: folder.path + "/" + name, mode: 0o600)
      result.files[name] = told[name] ?? TrainerFile(bytes: bytes.count, sha256: SHA256.hexadecimal(bytes))
    }
    return try TrainedOutcome(
      result, folder: folder, model: Self.model, scope: scope, subjects: [1, 2], templates: [7, 8])
  }

  @Test func aSoundOneIsRead() throws {
    let outcome = try read(Self.files())
    #expect(outcome.head.slots == [1, 2] && outcome.report.accepted)
    #expect(outcome.embeddings == [7: [1, 0, 0, 0], 8: [0, 1, 0, 0]])
    #expect(outcome.tuned?.names == ["layer.weight"])
    let plain = try read(
      Self.files().filter { $0.key == TrainerFiles.head || $0.key == TrainerFiles.report }, scope: .head)
    #expect(plain.tuned == nil && plain.embeddings.isEmpty)
  }

  /// Changes to a sound outcome, each of which makes it unsound.
  private static let damages: [(String, @Sendable (inout [String: [UInt8]]) throws -> Void)] = [
    ("no head", { $0[TrainerFiles.head] = nil }),
    ("a head of somebody else", { $0[TrainerFiles.head] = try head(slots: [1, 3]).encoded() }),
    ("a head of nobody", { $0[TrainerFiles.head] = try head(slots: []).encoded() }),
    ("another length", { $0[TrainerFiles.head] = try head(dimension: 5).encoded() }),
    ("half a head", { $0[TrainerFiles.head] = Array(($0[TrainerFiles.head] ?? []).dropLast(9)) }),
    ("no report", { $0[TrainerFiles.report] = Array("{}".utf8) }),
    ("no changes", { $0[TrainerFiles.tuned] = try Safetensors.encode(NamedTensors()) }),
    (
      "changes that are no numbers",
      {
        var tuned = NamedTensors()
        _ = tuned.insert(Tensor(shape: [1], values: [.nan]), as: "layer.weight")
        $0[TrainerFiles.tuned] = try Safetensors.encode(tuned)
      }
    ),
    ("no embeddings", { $0[TrainerFiles.embeddings] = nil }),
    ("another template", { $0[TrainerFiles.embeddings] = try table([7, 9], [1, 0, 0, 0, 0, 1, 0, 0]) }),
    ("a template twice", { $0[TrainerFiles.embeddings] = try table([7, 7], [1, 0, 0, 0, 0, 1, 0, 0]) }),
    ("no direction", { $0[TrainerFiles.embeddings] = try table([7, 8], [1, 0, 0, 0, 0, 0, 0, 0]) }),
    ("short vectors", { $0[TrainerFiles.embeddings] = try table([7, 8], [1, 0, 0, 0]) }),
    ("infinite vectors", { $0[TrainerFiles.embeddings] = try table([7, 8], [1, 0, 0, 0, 0, .infinity, 0, 0]) }),
  ]

  @Test(arguments: damages.map(\.0)) func anUnsoundOneIsRefused(name: String) throws {
    var files = try Self.files()
    let damage = try #require(Self.damages.first { $0.0 == name }?.1)
    try damage(&files)
    let error = #expect(throws: WireError.self) { try read(files) }
    #expect(error?.code == .internal)
  }

  @Test func whatIsNotWhatWasToldIsRefused() throws {
    let files = try Self.files()
    let bytes = try #require(files[TrainerFiles.head])
    let sha256 = SHA256.hexadecimal(bytes)
    for told in [
      TrainerFile(bytes: bytes.count + 1, sha256: sha256), TrainerFile(bytes: -1, sha256: sha256),
      TrainerFile(bytes: bytes.count, sha256: String(repeating: "0", count: 64)),
    ] {
      #expect(throws: WireError.self) { try read(files, told: [TrainerFiles.head: told]) }
    }
    // A head of another recognizer must not be used for this one.
    var other = files
    other[TrainerFiles.head] = try Self.head(model: String(repeating: "b", count: 64)).encoded()
    #expect(throws: WireError.self) { try read(other, scope: .head) }
    // Nor what is no file.
    unlink(folder.path + "/" + TrainerFiles.head)
    symlink("/etc/hostname", folder.path + "/" + TrainerFiles.head)
    let result = TrainerResult(files: [TrainerFiles.head: TrainerFile(bytes: bytes.count, sha256: sha256)])
    #expect(throws: WireError.self) {
      try TrainedOutcome(result, folder: folder, model: Self.model, scope: .head, subjects: [1, 2], templates: [])
    }
  }

  @Test func aFolderAboutSomebodyWhoIsGoneIsErased() throws {
    try DurableFile.write([1, 2, 3], to: folder.path + "/checkpoint", mode: 0o600)
    try folder.prepare(subjects: [1, 2, 3])
    #expect(access(folder.path + "/checkpoint", F_OK) == 0, "the same people and one more: go on")
    try folder.prepare(subjects: [1, 2])
    #expect(access(folder.path + "/checkpoint", F_OK) != 0)
    #expect(TrainingFolder.erase(about: 9, root: root.path) == 0)
    #expect(TrainingFolder.erase(about: 2, root: root.path) == 1)
    #expect(access(folder.path, F_OK) != 0)
  }

  @Test func onlyOneHoldsAFolder() throws {
    let first = try #require(try FolderLock.tryToTake(root.path))
    #expect(try FolderLock.tryToTake(root.path) == nil)
    #expect(throws: WireError.self) { try FolderLock.take(root.path, waitingMilliseconds: 50) }
    first.release()
    let shared = try #require(try FolderLock.tryToTake(root.path, isShared: true))
    #expect(try FolderLock.tryToTake(root.path, isShared: true) != nil)
    #expect(try FolderLock.tryToTake(root.path) == nil)
    shared.release()
  }
}
