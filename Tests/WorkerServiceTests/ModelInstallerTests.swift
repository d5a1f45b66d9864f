import FaceModels
import Foundation
import Protocol
import Testing

@testable import WorkerService

@Suite struct ModelInstallerTests {
  private static func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private static func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
  }

  @Test func aFinishedPartBecomesVisibleAsAWhole() throws {
    let folder = try TemporaryFolder()
    let installer = ModelInstaller(folders: ["/nowhere/at/all", folder.path], ownFolder: nil)
    #expect(try installer.target() == folder.path)
    for text in ["first", "second"] {
      try installer.withPart(in: folder.path) { part in
        try Self.write(text, part + "/net.onnx")
        try installer.publish(part, as: "model", in: folder.path, replacing: text == "second")
      }
      #expect(try Self.names(folder.path) == ["model"])
      #expect(try String(contentsOfFile: folder.path + "/model/net.onnx", encoding: .utf8) == text)
    }
    // Without leave to replace, what is there stays.
    let error = #expect(throws: WireError.self) {
      try installer.withPart(in: folder.path) { part in
        try Self.write("third", part + "/net.onnx")
        try installer.publish(part, as: "model", in: folder.path, replacing: false)
      }
    }
    #expect(error?.code == .badParams)
    #expect(try Self.names(folder.path) == ["model"])
    #expect(try String(contentsOfFile: folder.path + "/model/net.onnx", encoding: .utf8) == "second")
  }

  @Test func aFailureLeavesNothingBehind() throws {
    let folder = try TemporaryFolder()
    let installer = ModelInstaller(folders: [folder.path], ownFolder: nil)
    #expect(throws: WireError.self) {
      try installer.withPart(in: folder.path) { part in
        try Self.write("half", part + "/net.onnx")
        throw WireError(.modelInvalid, "no")
      }
    }
    #expect(try Self.names(folder.path) == [])
  }

  @Test func whatACrashLeftIsRemovedLater() throws {
    let folder = try TemporaryFolder()
    let installer = ModelInstaller(folders: [folder.path], ownFolder: nil)
    let old = folder.path + "/" + ModelInstaller.partPrefix + "old"
    let young = folder.path + "/" + ModelInstaller.partPrefix + "young"
    for part in [old, young] {
      try FileManager.default.createDirectory(atPath: part, withIntermediateDirectories: false)
    }
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -7_200)], ofItemAtPath: old)
    try installer.withPart(in: folder.path) { _ in }
    #expect(try Self.names(folder.path) == [ModelInstaller.partPrefix + "young"])
  }

  @Test func theDataFolderIsTheLastResort() throws {
    let folder = try TemporaryFolder()
    let own = folder.path + "/data/models"
    #expect(try ModelInstaller(folders: ["/nowhere"], ownFolder: own).target() == own)
    let error = #expect(throws: WireError.self) { try ModelInstaller(folders: ["/nowhere"], ownFolder: nil).target() }
    #expect(error?.code == .storageFailed && error?.message.contains("--models") == true)
  }

  @Test(arguments: ["", ".hidden", "a/b", "..", "a b", "é", "a\u{0}b"])
  func anIDThatIsNoFolderNameIsRefused(id: String) throws {
    let error = #expect(throws: WireError.self) {
      try ImportedManifest(ImportedManifestFixture.value(id: id), fileName: "net.onnx")
    }
    #expect(error?.code == .badParams)
    #expect(error?.details["field"] == "params.manifest.id", "\(error?.details ?? [:])")
  }

  @Test func aManifestIsCompletedFromItsFile() throws {
    var manifest = try ImportedManifest(ImportedManifestFixture.value(id: "m-1.0_x"), fileName: "net.onnx")
    let digest = String(repeating: "ab", count: 32)
    try manifest.state(WeightCopy.Copied(bytes: 12, sha256: digest), of: 0)
    #expect(manifest.manifest.files.map(\.name) == ["net.onnx"])
    #expect(manifest.manifest.files[0].bytes == 12 && manifest.manifest.files[0].sha256 == digest)
    // Once stated, another file is not that file.
    let error = #expect(throws: WireError.self) {
      try manifest.state(WeightCopy.Copied(bytes: 13, sha256: digest), of: 0)
    }
    #expect(error?.code == .modelInvalid)
    let folder = try TemporaryFolder()
    try Data(manifest.encoded()).write(to: URL(filePath: folder.path + "/manifest.json"))
    #expect(manifest.isStored(at: folder.path + "/manifest.json"))
    #expect(!manifest.isStored(at: folder.path + "/other.json"))
  }
}

/// A liveness model's manifest without its files.
enum ImportedManifestFixture {
  static func value(id: String) -> JSONValue {
    [
      "schema": 1, "id": .string(id), "role": "liveness", "architecture": "onnx",
      "licence": ["name": "MIT", "commercialUse": "allowed"],
      "input": ["width": 80, "height": 80, "channels": "bgr", "mean": [0, 0, 0], "scale": 1],
    ]
  }
}
