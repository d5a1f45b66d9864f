import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// Weight files are untrusted: the worker refuses to start, says so in its log, and runs nothing of what they hold.
  @Suite struct HostileModelTests {
    /// A models folder whose MTCNN is `weights`, with a manifest that vouches for it.
    private static func folder(_ weights: [UInt8], file name: String = "pnet.pt") throws -> Folder {
      let folder = try Folder()
      let files = FileManager.default
      for model in ["mtcnn", "dlib-resnet-v1"] {
        try files.createDirectory(atPath: folder.path + "/" + model, withIntermediateDirectories: true)
        for file in try files.contentsOfDirectory(atPath: Installation.models + "/" + model) {
          try files.createSymbolicLink(
            atPath: folder.path + "/" + model + "/" + file,
            withDestinationPath: URL(fileURLWithPath: Installation.models + "/" + model + "/" + file).standardized.path)
        }
      }
      let place = folder.path + "/mtcnn/"
      var manifest = String(decoding: try Photos.bytes(place + "manifest.json"), as: UTF8.self)
      let original = try Photos.bytes(place + name)
      let weightFile = try folder.write(weights, "weights")
      manifest = manifest.replacingOccurrences(of: try digest(place + name), with: try digest(weightFile))
        .replacingOccurrences(of: "\"bytes\": \(original.count)", with: "\"bytes\": \(weights.count)")
      for file in ["manifest.json", name] { try files.removeItem(atPath: place + file) }
      try folder.write(Array(manifest.utf8), "mtcnn/manifest.json")
      try folder.write(weights, "mtcnn/" + name)
      return folder
    }

    /// SHA-256 by the system's own tool.
    static func digest(_ path: String) throws -> String {
      let (process, pipe) = (Process(), Pipe())
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["sha256sum", path]
      process.standardOutput = pipe
      try process.run()
      let output = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return String(decoding: output.prefix(64), as: UTF8.self)
    }

    private static func expectRefusal(
      _ folder: Folder, code: String = "modelInvalid", saying words: String = "weight file",
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let worker = try WorkerProcess(models: folder.path)
      #expect(try worker.host.next() == nil, "no ready", sourceLocation: sourceLocation)
      let end = try worker.wait()
      #expect(end == .exit(69), sourceLocation: sourceLocation)
      let lines = try worker.logLines()
      let failure = lines.first { $0["code"] == .string(code) }
      guard case .string(let message)? = failure?["message"] else {
        Issue.record("\(worker.log)", sourceLocation: sourceLocation)
        return
      }
      #expect(message.contains(words), "\(message)", sourceLocation: sourceLocation)
    }

    /// The models folder as the tests make it works when the weights are the real ones.
    @Test func theFolderItselfIsFine() throws {
      let folder = try Self.folder(Photos.bytes(Installation.models + "/mtcnn/pnet.pt"))
      let worker = try WorkerProcess(models: folder.path)
      try worker.ready()
      #expect(try worker.finish() == .exit(0))
    }

    /// Pickles that call `os.system`, bare and where a checkpoint has its tensors; the refusal names what they call.
    @Test func picklesThatRunCommands() throws {
      let trace = try Folder()
      let command = "touch \(trace.path)/executed"
      func pickle(_ module: String, _ name: String) -> [UInt8] {
        [0x80, 2] + Array("c\(module)\n\(name)\n".utf8) + [0x58, UInt8(command.utf8.count), 0, 0, 0]
          + Array(command.utf8) + [0x85] + Array("R.".utf8)
      }
      // What stands before the pickle of a legacy checkpoint: magic number, version, byte order.
      let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
      let order = Array("}X".utf8) + [13, 0, 0, 0] + Array("little_endian".utf8) + [0x88] + Array("s.".utf8)
      let legacy = magic + [0x80, 2, 0x4D, 0xE9, 3, 0x2E] + [0x80, 2] + order
      for (module, name) in [("os", "system"), ("posix", "system"), ("builtins", "eval"), ("subprocess", "getoutput")] {
        try Self.expectRefusal(Self.folder(pickle(module, name)))
        try Self.expectRefusal(Self.folder(legacy + pickle(module, name)), saying: "\(module).\(name)")
      }
      // The protocol-0 spelling, as a text file.
      try Self.expectRefusal(Self.folder(Array("cos\nsystem\n(S'\(command)'\ntR.".utf8)))
      #expect(!Installation.exists(trace.path + "/executed"), "a pickle ran a command")
    }

    @Test func damagedWeights() throws {
      let whole = try Photos.bytes(Installation.models + "/mtcnn/pnet.pt")
      try Self.expectRefusal(Self.folder([]))
      try Self.expectRefusal(Self.folder(Array(whole.prefix(whole.count / 2))))
      try Self.expectRefusal(Self.folder([UInt8](repeating: 0x28, count: 200_000)))
      // Weights that are not those of the manifest.
      let folder = try Self.folder(whole)
      var changed = whole
      changed[whole.count - 5] ^= 1
      try folder.write(changed, "mtcnn/pnet.pt")
      try Self.expectRefusal(folder)
    }

    /// Without models the log says what to do.
    @Test func missingModels() throws {
      let empty = try Folder()
      try Self.expectRefusal(empty, code: "modelNotFound", saying: "make models")
      let worker = try WorkerProcess(models: empty.path)
      _ = try worker.wait()
      #expect(worker.log.contains("make models"))
    }
  }
}
