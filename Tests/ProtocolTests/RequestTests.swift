import Protocol
import Testing

@Suite struct RequestTests {
  /// A field of a command's parameters: a value it takes and what it is called in error messages.
  struct Field: Sendable, CustomTestStringConvertible {
    var method: String
    var name: String
    var good: JSONValue
    var isRequired = false
    /// Kinds that are taken besides that of `good`.
    var alsoTakes: [String] = []
    var testDescription: String { "\(method) \(name)" }
  }

  static let fields: [Field] = [
    Field(method: "calibrate", name: "targetFMR", good: 0.01),
    Field(method: "calibrate", name: "collection", good: true),
    Field(method: "calibrate", name: "pairs", good: [["a": 0, "b": 1, "same": true]]),
    Field(method: "calibrate", name: "labels", good: ["ada", "bob"]),
    Field(method: "calibrate", name: "dryRun", good: true),
    Field(method: "calibrate", name: "reset", good: true),
    Field(method: "detect", name: "minFaceSize", good: 40),
    Field(method: "detect", name: "maxFaces", good: 3),
    Field(method: "embed", name: "minFaceSize", good: 40),
    Field(method: "embed", name: "maxFaces", good: 3),
    Field(method: "evaluate.identification", name: "enroll", good: "people", isRequired: true),
    Field(method: "evaluate.identification", name: "probes", good: "probes"),
    Field(method: "evaluate.identification", name: "strangers", good: "strangers"),
    Field(method: "evaluate.identification", name: "rules", good: ["gallery"]),
    Field(method: "evaluate.identification", name: "enrollPhotos", good: 5),
    Field(method: "evaluate.identification", name: "maxStrangers", good: 1000),
    Field(method: "evaluate.identification", name: "select", good: "largest"),
    Field(method: "evaluate.identification", name: "minFaceSize", good: 40),
    Field(method: "evaluate.identification", name: "resamples", good: 200),
    Field(method: "evaluate.verification", name: "pairs", good: "pairs.txt", isRequired: true),
    Field(method: "evaluate.verification", name: "images", good: "images", isRequired: true),
    Field(method: "evaluate.verification", name: "select", good: "largest"),
    Field(method: "evaluate.verification", name: "minFaceSize", good: 40),
    Field(method: "evaluate.verification", name: "resamples", good: 200),
    Field(method: "evaluate.verification", name: "groups", good: "groups.csv"),
    Field(method: "gallery.reembed", name: "model", good: "dlib-resnet-v1"),
    Field(method: "gallery.reembed", name: "batch", good: 8),
    Field(method: "gallery.reembed", name: "dropOld", good: true),
    Field(method: "identify", name: "topK", good: 3),
    Field(method: "identify", name: "rule", good: "gallery"),
    Field(method: "identify", name: "threshold", good: 0.5),
    Field(method: "identify", name: "annotate", good: true),
    Field(method: "identify", name: "minFaceSize", good: 40),
    Field(method: "identify", name: "maxFaces", good: 3),
    Field(method: "enroll", name: "subject", good: "ada", isRequired: true),
    Field(method: "enroll", name: "name", good: "Ada"),
    Field(method: "enroll", name: "metadata", good: ["a": 1]),
    Field(method: "enroll", name: "select", good: "largest"),
    Field(method: "models.activate", name: "id", good: "yunet", isRequired: true),
    Field(method: "models.import", name: "manifest", good: ["id": "yunet"], isRequired: true),
    Field(method: "models.import", name: "path", good: "models/yunet.onnx"),
    Field(method: "models.import", name: "replace", good: true),
    Field(method: "models.rollback", name: "role", good: "detector", isRequired: true),
    Field(method: "stream.close", name: "stream", good: "s-1", isRequired: true),
    Field(method: "stream.frame", name: "stream", good: "s-1", isRequired: true),
    Field(method: "stream.frame", name: "timeMs", good: 33.3),
    Field(method: "stream.learn", name: "stream", good: "s-1", isRequired: true),
    Field(method: "stream.learn", name: "track", good: 3, isRequired: true),
    Field(method: "stream.learn", name: "subject", good: "ada"),
    Field(method: "stream.learn", name: "name", good: "Ada"),
    Field(method: "stream.learn", name: "metadata", good: ["a": 1]),
    Field(method: "stream.learn", name: "count", good: 20),
    Field(method: "stream.learn", name: "seconds", good: 10.5),
    Field(method: "stream.learn", name: "force", good: true),
    Field(method: "stream.learn", name: "contactSheet", good: true),
    Field(method: "stream.learn", name: "train", good: true),
    Field(method: "stream.open", name: "topK", good: 3),
    Field(method: "stream.open", name: "rule", good: "gallery"),
    Field(method: "stream.open", name: "threshold", good: 0.5),
    Field(method: "stream.open", name: "minFaceSize", good: 40),
    Field(method: "stream.open", name: "maxFaces", good: 3),
    Field(method: "subjects.list", name: "limit", good: 10),
    Field(method: "subjects.list", name: "after", good: "ada"),
    Field(method: "subjects.get", name: "subject", good: "ada", isRequired: true),
    Field(method: "subjects.rename", name: "subject", good: "ada", isRequired: true),
    Field(method: "subjects.rename", name: "name", good: "Ada"),
    Field(method: "subjects.rename", name: "to", good: "ada2"),
    Field(method: "subjects.merge", name: "from", good: "ada", isRequired: true),
    Field(method: "subjects.merge", name: "into", good: "ada2", isRequired: true),
    Field(method: "subjects.remove", name: "subject", good: "ada", isRequired: true),
    Field(method: "train", name: "scope", good: "head"),
    Field(method: "train", name: "seed", good: 7),
    Field(method: "train", name: "epochs", good: ["clean": 3, "augmented": 5]),
    Field(method: "train", name: "learningRate", good: 0.001),
    Field(method: "train", name: "batch", good: 16),
    Field(method: "train", name: "optimizer", good: "adam"),
    Field(method: "train", name: "labelSmoothing", good: 0.1),
    Field(method: "train", name: "gradientClip", good: 1.5),
    Field(method: "train", name: "weightDecay", good: 0.01),
    Field(method: "train", name: "freeze", good: ["conv"]),
    Field(method: "train", name: "augmentations", good: ["flip"]),
    Field(method: "train", name: "heldOut", good: 0.2),
    Field(method: "train", name: "memoryBytes", good: 268_435_456),
    Field(method: "train", name: "threads", good: 1),
    Field(method: "train", name: "contactSheet", good: true),
    Field(method: "train", name: "resume", good: false),
    Field(method: "train", name: "dryRun", good: true),
    Field(method: "train.cancel", name: "job", good: "812"),
  ]

  /// Good parameters of a method, all fields given.
  static func sample(_ method: String) -> [String: JSONValue] {
    Dictionary(uniqueKeysWithValues: fields.filter { $0.method == method }.map { ($0.name, $0.good) })
  }

  static func decode(_ method: String, _ params: JSONValue?) throws(WireError) -> any CommandParams {
    func open<C: Command>(_ command: C.Type) throws(WireError) -> any CommandParams {
      try RequestEnvelope(method: method, params: params).params(for: command)
    }
    guard let command = CommandRegistry.command(named: method) else { throw WireError(.unknownMethod, method) }
    return try open(command)
  }

  static func kind(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool: "boolean"
    case .integer: "integer"
    case .number(let number): number.isFinite ? "number" : "range"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  @Test func theTableCoversEveryFieldOfEveryCommand() throws {
    for command in CommandRegistry.all {
      let params = try Self.decode(command.method, .object(Self.sample(command.method)))
      let names = Mirror(reflecting: params).children.compactMap(\.label).sorted()
      #expect(names == Self.fields.filter { $0.method == command.method }.map(\.name).sorted(), "\(command.method)")
    }
  }

  @Test(arguments: fields)
  func refusesWrongTypesInEveryField(field: Field) throws {
    let wrong: [JSONValue] = [
      true, 7, 7.25, "some text", [], [1], .object([:]), ["x": 1], .number(.infinity), .number(1e20), .integer(.min),
    ]
    let goodKind = Self.kind(field.good)
    for value in wrong where Self.kind(value) != goodKind || goodKind == "integer" {
      if goodKind == "number", value == 7 || value == 7.25 { continue }
      if goodKind == "integer", value == 7 { continue }
      var params = Self.sample(field.method)
      params[field.name] = value
      let error = #expect(throws: WireError.self) { try Self.decode(field.method, .object(params)) }
      #expect(error?.code == .badParams, "\(value)")
      #expect(error?.message.hasPrefix("params.\(field.name)") == true, "\(value): \(error?.message ?? "")")
      #expect(error?.retry == .never)
    }
  }

  @Test(arguments: fields)
  func treatsNullAsAbsent(field: Field) throws {
    var absent = Self.sample(field.method)
    absent[field.name] = nil
    var null = absent
    null[field.name] = .some(.null)
    if field.isRequired {
      for params in [absent, null] {
        let error = #expect(throws: WireError.self) { try Self.decode(field.method, .object(params)) }
        #expect(error?.message.contains("params.\(field.name) is required") == true)
      }
    } else {
      let first = try Self.decode(field.method, .object(absent))
      let second = try Self.decode(field.method, .object(null))
      #expect("\(first)" == "\(second)")
    }
  }

  @Test func ignoresUnknownFieldsWhateverTheyHold() throws {
    for command in CommandRegistry.all {
      var params = Self.sample(command.method)
      params["someday"] = ["deep": [.number(.infinity), .null]]
      _ = try Self.decode(command.method, .object(params))
    }
  }

  @Test func takesAbsentParamsAsEmptyAndNothingButAnObject() throws {
    for command in CommandRegistry.all
    where !Self.fields.contains(where: { $0.method == command.method && $0.isRequired }) {
      _ = try Self.decode(command.method, nil)
      _ = try Self.decode(command.method, .null)
    }
    for command in CommandRegistry.all {
      for value: JSONValue in [5, "x", [], true] {
        let error = #expect(throws: WireError.self) { try Self.decode(command.method, value) }
        #expect(error?.message == "params must be an object, found \(value.kindDescription).")
      }
    }
  }

  @Test(
    arguments: [
      ("identify", "topK", "three", "params.topK must be an integer, found a string."),
      ("identify", "topK", 1.5, "params.topK must be an integer, found the number 1.5."),
      ("identify", "topK", 0, "params.topK must be 1 to 1000, found 0."),
      ("identify", "topK", .number(1e20), "params.topK must be an integer, found the number 1e+20."),
      ("identify", "threshold", .number(.infinity), "params.threshold is a number out of range."),
      ("identify", "threshold", 1.5, "params.threshold must be -1.0 to 1.0, found 1.5."),
      ("identify", "threshold", "NaN", "params.threshold must be a number, found a string."),
      ("identify", "rule", "fuzzy", #"params.rule must be one of "seed", "hybrid", "gallery", "classifier"."#),
      ("identify", "annotate", 1, "params.annotate must be true or false, found the number 1."),
      ("calibrate", "targetFMR", 0, "params.targetFMR must be 0.000000001 to 0.5, found 0.0."),
      ("calibrate", "targetFMR", 0.6, "params.targetFMR must be 0.000000001 to 0.5, found 0.6."),
      ("calibrate", "pairs", [["a": 0, "b": 1]], "params.pairs[0].same is required and must be true or false."),
      (
        "calibrate", "pairs", [["a": 0, "b": 1000, "same": true]],
        "params.pairs[0].b must be 0 to 999, found 1000."
      ),
      ("calibrate", "pairs", [["a": 3, "b": 3, "same": true]], "params.pairs[0] compares image 3 with itself."),
      ("calibrate", "labels", ["ada", ""], "params.labels[1] must have 1 to 256 bytes, found 0."),
      (
        "evaluate.identification", "rules", ["gallery", "gallery"],
        "params.rules must name one rule or more, each once."
      ),
      (
        "evaluate.identification", "rules", ["fuzzy"],
        #"params.rules[0] must be one of "seed", "hybrid", "gallery", "classifier"."#
      ),
      ("evaluate.identification", "enroll", "", "params.enroll must have 1 to 4096 bytes, found 0."),
      ("evaluate.verification", "select", "box", #"params.select must be one of "center", "largest"."#),
      ("evaluate.verification", "resamples", 10_001, "params.resamples must be 0 to 10000, found 10001."),
      ("gallery.reembed", "batch", 257, "params.batch must be 1 to 256, found 257."),
      ("gallery.reembed", "model", "", "params.model must have 1 to 256 bytes, found 0."),
      ("detect", "minFaceSize", 0, "params.minFaceSize must be 1 to 10000, found 0."),
      ("detect", "maxFaces", 1_001, "params.maxFaces must be 1 to 1000, found 1001."),
      ("enroll", "subject", "", "params.subject must have 1 to 256 bytes, found 0."),
      ("enroll", "subject", "a\u{7}b", "params.subject must not contain control characters."),
      ("enroll", "metadata", ["a": .number(.infinity)], "params.metadata.a is a number out of range."),
      ("enroll", "metadata", [1], "params.metadata must be an object, found an array."),
      ("enroll", "select", "smallest", #"params.select must be "largest", "center" or a box."#),
      ("enroll", "select", ["x": 1, "y": 2, "width": 3], "params.select.height is required and must be a number."),
      (
        "enroll", "select", ["x": 1, "y": 2, "width": 0, "height": 4],
        "params.select.width must be 1.0 to 1000000.0, found 0.0."
      ),
      ("models.activate", "id", "", "params.id must have 1 to 128 bytes, found 0."),
      (
        "models.rollback", "role", "painter",
        #"params.role must be one of "detector", "recognizer", "liveness", "classifier"."#
      ),
      (
        "models.rollback", "role", "liveness",
        #"params.role must be "detector", "recognizer" or "classifier"; no liveness model can be in use yet."#
      ),
      ("models.import", "manifest", [1], "params.manifest must be an object, found an array."),
      ("stream.close", "stream", "", "params.stream must have 1 to 64 bytes, found 0."),
      ("stream.frame", "timeMs", -1, "params.timeMs must be 0.0 to 1000000000000.0, found -1.0."),
      ("stream.learn", "track", 0, "params.track must be 1 to 2147483647, found 0."),
      ("stream.learn", "count", 201, "params.count must be 1 to 200, found 201."),
      ("stream.learn", "seconds", 0, "params.seconds must be 0.1 to 600.0, found 0.0."),
      ("stream.open", "maxFaces", 101, "params.maxFaces must be 1 to 100, found 101."),
      ("subjects.list", "limit", 0, "params.limit must be 1 to 1000, found 0."),
      ("train", "scope", "whole", #"params.scope must be one of "head", "tail", "full"."#),
      ("train", "optimizer", "lion", #"params.optimizer must be one of "adam", "adamw", "sgd"."#),
      ("train", "epochs", ["clean": 1_001], "params.epochs.clean must be 0 to 1000, found 1001."),
      ("train", "epochs", ["augmented": "many"], "params.epochs.augmented must be an integer, found a string."),
      ("train", "learningRate", 0, "params.learningRate must be 1e-07 to 1.0, found 0.0."),
      ("train", "augmentations", ["flip", ""], "params.augmentations[1] must have 1 to 256 bytes, found 0."),
      ("train", "heldOut", 0.6, "params.heldOut must be 0.05 to 0.5, found 0.6."),
      ("train", "threads", 0, "params.threads must be 1 to 256, found 0."),
      ("subjects.merge", "into", "ada", "params.from and params.into are the same subject."),
    ] as [(String, String, JSONValue, String)])
  func explainsWhatIsWrong(method: String, field: String, value: JSONValue, message: String) {
    var params = Self.sample(method)
    params[field] = value
    let error = #expect(throws: WireError.self) { try Self.decode(method, .object(params)) }
    #expect(error?.message == message)
  }

  @Test func boundsTextAndMetadata() throws {
    func enroll(_ params: [String: JSONValue]) throws { _ = try Self.decode("enroll", .object(params)) }
    try enroll(["subject": .string(String(repeating: "é", count: 128))])
    #expect(throws: WireError.self) { try enroll(["subject": .string(String(repeating: "é", count: 128) + "x")]) }
    try enroll(["subject": "ada", "metadata": ["note": .string(String(repeating: "x", count: 16_000))]])
    #expect(throws: WireError.self) {
      try enroll(["subject": "ada", "metadata": ["note": .string(String(repeating: "x", count: 17_000))]])
    }
    #expect(throws: WireError.self) { _ = try Self.decode("subjects.rename", ["subject": "ada"]) }
    let nobody = #expect(throws: WireError.self) { _ = try Self.decode("stream.learn", ["stream": "s", "track": 1]) }
    #expect(nobody?.message == "params.subject or params.name is required.")
  }

  @Test func readsIntegersWrittenAsDecimals() throws {
    let params = try #require(try Self.decode("identify", ["topK": 3.0]) as? Identify.Params)
    #expect(params.topK == 3)
  }

  @Test(arguments: [
    (#"{}"#, "method is required and must be a string."),
    (#"{"method":null}"#, "method is required and must be a string."),
    (#"{"method":7}"#, "method must be a string, found the number 7."),
    (#"{"method":"ping","deadlineMs":"soon"}"#, "deadlineMs must be an integer, found a string."),
    (#"{"method":"ping","deadlineMs":0}"#, "deadlineMs must be 1 to 86400000, found 0."),
    (#"{"method":"ping","deadlineMs":1e999}"#, "deadlineMs must be an integer, found a number out of range."),
    (#"{"method":"ping","key":5}"#, "key must be a string, found the number 5."),
    (#"{"method":"ping","key":""}"#, "key must have 1 to 256 bytes, found 0."),
    (#"{"method":"ping","attachments":{}}"#, "attachments must be an array, found an object."),
    (#"{"method":"ping","attachments":[5]}"#, "attachments[0] must be an object, found the number 5."),
    (
      #"{"method":"ping","attachments":[{},{"length":"9"}]}"#,
      "attachments[1].length must be an integer, found a string."
    ),
    (#"{"method":"ping","attachments":[{"path":7}]}"#, "attachments[0].path must be a string, found the number 7."),
    (#"{"method":"ping","attachments":[{"name":[]}]}"#, "attachments[0].name must be a string, found an array."),
    (#"{"method":"ping","attachments":[{"type":1}]}"#, "attachments[0].type must be a string, found the number 1."),
    (
      #"{"method":"ping","attachments":[{"width":1.5}]}"#,
      "attachments[0].width must be an integer, found the number 1.5."
    ),
    (
      #"{"method":"ping","attachments":[{"height":true}]}"#,
      "attachments[0].height must be an integer, found a boolean."
    ),
    (#"{"method":"ping","attachments":[{"stride":""}]}"#, "attachments[0].stride must be an integer, found a string."),
  ])
  func explainsABadEnvelope(text: String, message: String) {
    let error = #expect(throws: WireError.self) {
      try WireJSON.decode(RequestEnvelope.self, from: ArraySlice(text.utf8)).validate()
    }
    #expect(error?.code == .badParams)
    #expect(error?.message == message)
  }

  @Test func encodesATypedRequest() throws {
    let request = Request(
      Identify.self, .init(topK: 2, rule: .gallery), deadlineMs: 500, attachments: [.init(length: 3)])
    let bytes = try WireJSON.encode(request)
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"attachments":[{"length":3,"name":"image"}],"deadlineMs":500,"method":"identify","params":{"rule":"gallery","topK":2}}"#
    )
    let envelope = try WireJSON.decode(RequestEnvelope.self, from: bytes[...])
    #expect(try envelope.params(for: Identify.self) == request.params)
    #expect(envelope.attachments == request.attachments)
  }
}
