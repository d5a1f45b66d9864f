import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// Models are installed, swapped and rolled back while the worker runs.
  @Suite struct ModelTests {
    private static func worker(_ models: ModelFolder, data: String = ":memory:", _ options: [String] = []) throws
      -> WorkerProcess
    {
      try WorkerProcess(["--allow-path", ModelFolder.allowed] + options, data: data, models: models.path)
    }

    private static func embedding(_ worker: WorkerProcess, _ id: UInt64, _ photo: [UInt8]) throws -> [Float] {
      try worker.host.send(id, Embed.self, images: [photo])
      return try #require(try worker.host.faces(id, Embed.self).faces.first?.embedding)
    }

    @Test func importActivateRollbackAndRestart() throws {
      let (models, data) = (try ModelFolder(), try Folder())
      let photo = try Photos.small("obama.jpg")
      let worker = try Self.worker(models, data: data.path)
      try worker.ready()
      let plain = try Self.embedding(worker, 1, photo)
      _ = try worker.host.call(2, Enroll.self, ["subject": "obama"], images: photo)

      let imported = try worker.importCopy(3, "mirrored", of: "dlib-resnet-v1", ["testTime": ["mirror": true]])
      #expect(!imported.unchanged && !imported.replaced && imported.model.usable && !imported.model.active)
      #expect(try models.names() == ["dlib-resnet-v1", "mirrored", "mtcnn"])
      #expect(try worker.importCopy(4, "mirrored", of: "dlib-resnet-v1", ["testTime": ["mirror": true]]).unchanged)
      let listed = try worker.host.call(5, ModelsList.self).result.models
      #expect(listed.map(\.id) == ["dlib-resnet-v1", "mirrored", "mtcnn"])
      #expect(listed.map(\.active) == [true, false, true] && listed.allSatisfy(\.usable))

      let before = try worker.host.call(6, Status.self)
      let swap = try worker.host.call(7, ModelsActivate.self, ["id": "mirrored"], key: "k")
      #expect(swap.result.previous == "dlib-resnet-v1" && swap.result.active == "mirrored")
      #expect(swap.generation > before.generation)
      #expect(try worker.host.call(8, ModelsActivate.self, ["id": "mirrored"], key: "k").replayed == true)
      let mirrored = try Self.embedding(worker, 9, photo)
      #expect(zip(plain, mirrored).contains { abs($0 - $1) > 1e-3 }, "the option changes embeddings")
      #expect(try worker.host.call(10, Status.self).result.models.map(\.id) == ["mtcnn", "mirrored"])
      // Templates of other options are another model's.
      try worker.host.send(11, Identify.self, images: [photo])
      let mismatch = try worker.host.error(11)
      #expect(mismatch.code == .modelMismatch && mismatch.message.contains("gallery.reembed"), "\(mismatch.message)")
      #expect(try worker.finish() == .exit(0))

      // A new worker comes back with what was activated, and knows the way back.
      let again = try Self.worker(models, data: data.path)
      let ready = try again.ready()
      #expect(ready.models.map(\.id) == ["mtcnn", "mirrored"] && ready.generation >= swap.generation)
      let back = try again.host.call(1, ModelsRollback.self, ["role": "recognizer"])
      #expect(back.result.active == "dlib-resnet-v1" && back.generation > swap.generation)
      try again.host.send(2, Identify.self, images: [photo])
      #expect(try again.host.faces(2, Identify.self).faces.first?.identity?.subject == "obama")
      try again.host.send(3, ModelsRollback.self, ["role": "recognizer"], images: [])
      #expect(try again.host.error(3).code == .modelNotFound)
      #expect(try again.finish() == .exit(0))

      // The command line comes first.
      let named = try Self.worker(models, data: data.path, ["--recognizer", "mirrored"])
      #expect(try named.ready().models.map(\.id) == ["mtcnn", "mirrored"])
      #expect(try named.finish() == .exit(0))
    }

    /// An activated model that is gone must not be replaced by another in silence.
    @Test func aRememberedModelThatIsGoneStopsTheStart() throws {
      let (models, data) = (try ModelFolder(), try Folder())
      let worker = try Self.worker(models, data: data.path)
      _ = try worker.importCopy(1, "other", of: "mtcnn")
      _ = try worker.host.call(2, ModelsActivate.self, ["id": "other"])
      #expect(try worker.finish() == .exit(0))
      try FileManager.default.removeItem(atPath: models.path + "/other")
      let again = try Self.worker(models, data: data.path)
      #expect(try again.wait() == .exit(69))
      #expect(again.log.contains("--detector") && again.log.contains("active-models.json"))
    }

    @Test func badImportsLeaveNothingBehind() throws {
      let models = try ModelFolder()
      let worker = try Self.worker(models)
      let weights = try #require(try ModelFolder.files(of: "dlib-resnet-v1").first?.path)
      let good = try ModelFolder.copy("other", of: "dlib-resnet-v1")
      var id: UInt64 = 0
      func refusal(
        _ manifest: JSONValue, path: String? = nil, attachments: [UInt8]? = nil, replace: Bool = false
      ) throws -> WireError {
        id += 1
        var params: [String: JSONValue] = ["manifest": manifest, "replace": .bool(replace)]
        if let path { params["path"] = .string(path) }
        try worker.host.request(id, "models.import", .object(params), attachments: attachments ?? [])
        return try worker.host.error(id)
      }
      func changed(_ member: String, _ value: JSONValue) throws -> JSONValue {
        try ModelFolder.copy("other", of: "dlib-resnet-v1", [member: value])
      }
      let field = try refusal(changed("embeddingLength", 0), path: weights)
      #expect(field.code == .badParams && field.details["field"] == "params.manifest.embeddingLength")
      #expect(try refusal(good).code == .badParams)
      #expect(try refusal(good, path: "/etc/passwd").code == .pathNotAllowed)
      #expect(try refusal(good, path: ModelFolder.allowed + "/none").code == .badParams)
      #expect(try refusal(good, path: ModelFolder.allowed + "/mtcnn/pnet.pt").code == .modelInvalid)
      #expect(try refusal(good, attachments: Array("short".utf8)).code == .modelInvalid)
      #expect(try refusal(changed("embeddingLength", 127), path: weights).code == .modelInvalid)
      #expect(try refusal(changed("architecture", "hopfield"), path: weights).code == .modelInvalid)
      let taken = try refusal(
        ModelFolder.copy("mtcnn", of: "dlib-resnet-v1"), path: weights)
      #expect(taken.code == .badParams && taken.details["reason"] == "exists")
      let active = try refusal(
        ModelFolder.copy("dlib-resnet-v1", of: "dlib-resnet-v1", ["embeddingLength": 128, "normalize": true]),
        path: weights, replace: true)
      #expect(active.code == .badParams && active.details["reason"] == "active")
      // An ONNX file of operators that nobody has: all of them at once.
      let network = OnnxFile.network(["FirstOfMine", "Relu", "SecondOfMine"])
      let onnx: JSONValue = [
        "schema": 1, "id": "strange", "role": "recognizer", "architecture": "onnx", "embeddingLength": 128,
        "licence": ["name": "MIT", "commercialUse": "allowed"],
        "input": ["channels": "rgb", "mean": [0, 0, 0], "scale": 1], "alignment": ["kind": "box", "size": 112],
      ]
      let missing = try refusal(onnx, attachments: network)
      #expect(missing.code == .modelInvalid)
      guard case .array(let operators)? = missing.details["missing"] else {
        Issue.record("\(missing)")
        return
      }
      #expect(
        operators.count == 2 && missing.message.contains("FirstOfMine") && missing.message.contains("SecondOfMine"))
      #expect(try refusal(onnx, attachments: Array(network.dropLast(7))).code == .modelInvalid)
      #expect(try models.names() == ["dlib-resnet-v1", "mtcnn"])
      _ = try Self.embedding(worker, id + 1, Photos.small("obama.jpg"))
      #expect(try worker.finish() == .exit(0))
    }

    /// `--require-licence commercial`: the default detector's licence is unclear, so the start needs another one.
    @Test func licencesAreRequired() throws {
      let models = try ModelFolder()
      let refused = try Self.worker(models, ["--require-licence", "commercial"])
      #expect(try refused.wait() == .exit(69))
      #expect(refused.log.contains("unclear") && refused.log.contains("No installed detector"))

      // The same weights, declared free by whoever brings them.
      let free: JSONValue = ["name": "MIT", "commercialUse": "allowed"]
      let open = try Self.worker(models)
      _ = try open.importCopy(1, "free-detector", of: "mtcnn", ["licence": free])
      #expect(try open.finish() == .exit(0))
      let named = try Self.worker(models, ["--require-licence", "commercial"])
      #expect(try named.wait() == .exit(69))
      #expect(named.log.contains("free-detector"))

      let worker = try Self.worker(models, ["--require-licence", "commercial", "--detector", "free-detector"])
      try worker.ready()
      let listed = try worker.host.call(1, ModelsList.self).result.models
      #expect(listed.first { $0.id == "mtcnn" }?.usable == false)
      try worker.host.send(2, ModelsActivate.self, ["id": "mtcnn"], images: [])
      let error = try worker.host.error(2)
      #expect(error.code == .modelInvalid && error.details["licence"]?["commercialUse"] == "unclear")
      let files = try ModelFolder.files(of: "mtcnn")
      try worker.host.request(
        3, "models.import", ["manifest": try ModelFolder.copy("again", of: "mtcnn")],
        descriptors: files.map { AttachmentDescriptor(name: $0.name, path: $0.path) })
      #expect(try worker.host.error(3).details["licence"] != nil)
      #expect(try worker.finish() == .exit(0))
    }
  }
}

/// ONNX files of a few nodes in a row, written by hand.
enum OnnxFile {
  /// A network 1 x 3 x 112 x 112 through operators of these types.
  static func network(_ operators: [String]) -> [UInt8] {
    var graph: [UInt8] = []
    for (index, name) in operators.enumerated() {
      graph += field(1, text(1, "v\(index)") + text(2, "v\(index + 1)") + text(3, "node\(index)") + text(4, name))
    }
    graph += field(11, value("v0")) + field(12, value("v\(operators.count)"))
    return [0x08, 8] + field(7, graph) + field(8, [0x10, 13])
  }

  private static func value(_ name: String) -> [UInt8] {
    let shape = [1, 3, 112, 112].flatMap { field(1, [0x08, UInt8($0)]) }
    return text(1, name) + field(2, field(1, [0x08, 1] + field(2, shape)))
  }

  private static func text(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  /// A length-delimited field of protocol buffers.
  private static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var length = bytes.count
    var varint: [UInt8] = []
    while length >= 128 {
      varint.append(UInt8(length & 127) | 128)
      length >>= 7
    }
    return [number << 3 | 2] + varint + [UInt8(length)] + bytes
  }
}
