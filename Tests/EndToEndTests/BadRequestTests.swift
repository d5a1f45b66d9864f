import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// Requests that are wrong in themselves: each is answered under its id, and the next one on the same worker works.
  @Suite struct BadRequestTests {
    /// Values that never fit a field of a kind; `null` is left out where it means absent.
    private static let wrong: [String: [String]] = [
      "text": ["7", "1.5", "true", "[]", "{}", #""""#, "\"\(String(repeating: "x", count: 257))\"", #""a\u0007b""#],
      "path": ["7", "1.5", "true", "[]", "{}", #""""#, "\"\(String(repeating: "x", count: 5_000))\"", #""a\u0007b""#],
      "manifest": ["7", "true", "[]", #""x""#, "{}", #"{"schema":2}"#, #"{"id":7}"#],
      "integer": [
        #""5""#, "1.5", "true", "[]", "{}", "0", "-1", "1e400", "99999999999999999999", "-9223372036854775809",
      ],
      "score": [#""0.5""#, "true", "[]", "{}", "1.001", "-2", "1e400", "-1e400"],
      "rate": [#""0.1""#, "true", "[]", "{}", "0", "-0.1", "0.51", "1e400"],
      "step": [#""0.1""#, "true", "[]", "{}", "0", "-0.1", "1.01", "1e400"],
      "share": [#""0.1""#, "true", "[]", "{}", "-0.1", "1.01", "1e400"],
      "positive": [#""1""#, "true", "[]", "{}", "0", "-1", "1e400"],
      "count": [#""5""#, "1.5", "true", "[]", "{}", "-1", "1e400", "99999999999999999999"],
      "epochs": ["5", "true", "[]", #""x""#, #"{"clean":"1"}"#, #"{"clean":-1}"#, #"{"augmented":1001}"#],
      "texts": ["7", "true", #""x""#, "{}", "[7]", #"[""]"#, "[null]"],
      "seconds": [#""1""#, "true", "[]", "{}", "0", "-1", "600.5", "1e400"],
      "time": [#""1""#, "true", "[]", "{}", "-0.1", "1e13", "1e400"],
      "labels": ["7", "true", #""x""#, "{}", "[7]", #"[""]"#, #"["a"]"#],
      "pairs": [
        "7", "true", #""x""#, "{}", "[7]", "[[0,1]]", #"[{"a":0,"b":1}]"#, #"[{"a":0,"b":0,"same":true}]"#,
        #"[{"a":-1,"b":1,"same":true}]"#, #"[{"a":0,"b":99999999999999999999,"same":true}]"#,
        #"[{"a":0,"b":1,"same":1}]"#, #"[{"a":0,"b":1,"same":true}]"#,
      ],
      "boolean": [#""true""#, "1", "0", "[]", "{}"],
      "rule": ["7", "true", "[]", "{}", #""middle""#, #""""#],
      "metadata": [
        "7", "true", "[]", #""x""#, "{\"x\":\"\(String(repeating: "y", count: 17_000))\"}", #"{"x":1e400}"#,
      ],
      "select": [
        "7", "true", "[]", #""middle""#, "{}", #"{"x":1,"y":1,"width":5}"#, #"{"x":1,"y":1,"width":0,"height":5}"#,
        #"{"x":"1","y":1,"width":5,"height":5}"#, #"{"x":1e400,"y":1,"width":5,"height":5}"#,
      ],
    ]

    /// Every field of every method and its kind. A test holds the list against the types.
    private static let fields: [String: [String: String]] = {
      let faces = ["minFaceSize": "integer", "maxFaces": "integer"]
      return [
        "calibrate": [
          "targetFMR": "rate", "collection": "boolean", "pairs": "pairs", "labels": "labels", "dryRun": "boolean",
          "reset": "boolean",
        ],
        "detect": faces, "embed": faces,
        "evaluate.identification": [
          "enroll": "path", "probes": "path", "strangers": "path", "rules": "texts", "enrollPhotos": "integer",
          "maxStrangers": "integer", "select": "rule", "minFaceSize": "integer", "resamples": "count",
        ],
        "evaluate.verification": [
          "pairs": "path", "images": "path", "select": "rule", "minFaceSize": "integer", "resamples": "count",
          "groups": "path",
        ],
        "gallery.reembed": ["model": "text", "batch": "integer", "dropOld": "boolean"],
        "enroll": ["subject": "text", "name": "text", "metadata": "metadata", "select": "select"],
        "identify": faces.merging(["topK": "integer", "rule": "rule", "threshold": "score", "annotate": "boolean"]) {
          $1
        },
        "models.activate": ["id": "text"], "models.list": [:], "models.rollback": ["role": "rule"],
        "models.import": ["manifest": "manifest", "path": "path", "replace": "boolean"],
        "ping": [:], "shutdown": [:], "status": [:], "stream.close": ["stream": "text"],
        "stream.frame": ["stream": "text", "timeMs": "time"],
        "stream.learn": [
          "stream": "text", "track": "integer", "subject": "text", "name": "text", "metadata": "metadata",
          "count": "integer", "seconds": "seconds", "force": "boolean", "contactSheet": "boolean", "train": "boolean",
        ],
        "stream.open": faces.merging(["topK": "integer", "rule": "rule", "threshold": "score"]) { $1 },
        "subjects.get": ["subject": "text"],
        "subjects.list": ["limit": "integer", "after": "text"], "subjects.merge": ["from": "text", "into": "text"],
        "subjects.remove": ["subject": "text"],
        "subjects.rename": ["subject": "text", "name": "text", "to": "text"],
        "train": [
          "scope": "rule", "seed": "count", "epochs": "epochs", "learningRate": "step", "batch": "integer",
          "optimizer": "rule", "labelSmoothing": "share", "gradientClip": "positive", "weightDecay": "share",
          "freeze": "texts", "augmentations": "texts", "heldOut": "rate", "memoryBytes": "integer",
          "threads": "integer", "contactSheet": "boolean", "resume": "boolean", "dryRun": "boolean",
        ],
        "train.cancel": ["job": "text"], "verify": [:],
      ]
    }()

    /// Parameters that are right, to be spoiled one at a time.
    private static let right: [String: [String: String]] = [
      "calibrate": ["collection": "true"], "evaluate.identification": ["enroll": #""people""#],
      "evaluate.verification": ["pairs": #""pairs.txt""#, "images": #""photos""#], "enroll": ["subject": #""ada""#],
      "subjects.get": ["subject": #""ada""#],
      "models.activate": ["id": #""yunet""#], "models.import": ["manifest": #"{"id":"yunet"}"#],
      "models.rollback": ["role": #""detector""#], "stream.close": ["stream": #""s""#],
      "stream.frame": ["stream": #""s""#], "stream.learn": ["stream": #""s""#, "track": "1", "name": #""Ada""#],
      "subjects.merge": ["from": #""ada""#, "into": #""bob""#], "subjects.remove": ["subject": #""ada""#],
      "subjects.rename": ["subject": #""ada""#, "name": #""Ada""#],
    ]

    private static func text(_ members: [String: String]) -> String {
      "{" + members.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    /// Answers of a worker to one request after the other, each followed by a ping that must be answered.
    private static func answers(_ requests: [(text: String, attachments: [UInt8])]) throws -> [WireError?] {
      let worker = try WorkerProcess()
      let ready = try worker.ready()
      #expect(Set(ready.methods) == Set(fields.keys))
      var errors: [WireError?] = []
      var (descriptors, memory) = (0, 0)
      for (index, request) in requests.enumerated() {
        let id = UInt64(index * 2 + 1)
        try worker.host.request(id, text: request.text, attachments: request.attachments)
        try worker.host.request(id + 1, "ping")
        let frame = try worker.host.terminal(id)
        errors.append(
          try frame.kind == .error ? WireJSON.decode(ErrorBody.self, from: frame.json).error : nil)
        _ = try worker.host.reply(id + 1, Ping.self)
        if index == 20 { (descriptors, memory) = (worker.descriptors, worker.memory()) }
      }
      if requests.count > 20 {
        #expect(worker.descriptors == descriptors)
        #expect(worker.memory() - memory < 16 << 20)
      }
      #expect(try worker.finish() == .exit(0))
      return errors
    }

    /// The list of fields above is complete.
    @Test func knowsEveryField() throws {
      func names<C: Command>(_ command: C.Type) throws -> Set<String> {
        let text = Self.text(Self.right[C.method] ?? [:])
        let params = try WireJSON.decode(C.Params.self, from: ArraySlice(text.utf8))
        return Set(Mirror(reflecting: params).children.compactMap(\.label))
      }
      for command in CommandRegistry.all {
        #expect(try names(command) == Set(Self.fields[command.method, default: [:]].keys), "\(command.method)")
      }
    }

    @Test func wrongTypesInEveryFieldOfEveryMethod() throws {
      let image = [UInt8](repeating: 128, count: 400)
      var cases: [(place: String, text: String, attachments: [UInt8])] = []
      for command in CommandRegistry.all {
        let method = command.method
        let described: String
        var attachments: [UInt8] = []
        switch command.attachments {
        case .none, .any, .optionalImages: described = ""
        case .image, .images:
          described = #","attachments":[{"type":"image/x-gray","width":20,"height":20,"length":400}]"#
          attachments = image
        case .named:
          let one = #""type":"image/x-gray","width":20,"height":20,"length":400"#
          described = #","attachments":[{"name":"a",\#(one)},{"name":"b",\#(one)}]"#
          attachments = image + image
        }
        func add(_ place: String, _ params: String, _ envelope: String = "") {
          cases.append((place, #"{"method":"\#(method)","params":\#(params)\#(envelope)\#(described)}"#, attachments))
        }
        for params in ["7", #""x""#, "[]", "true"] { add("params", params) }
        for (field, kind) in Self.fields[method, default: [:]].sorted(by: { $0.key < $1.key }) {
          for value in Self.wrong[kind, default: []] {
            add("params.\(field)", Self.text(Self.right[method, default: [:]].merging([field: value]) { $1 }))
          }
        }
        for field in Self.right[method, default: [:]].keys where field != "name" {
          add("params.\(field)", Self.text(Self.right[method, default: [:]].merging([field: "null"]) { $1 }))
          add("params.\(field)", Self.text(Self.right[method, default: [:]].filter { $0.key != field }))
        }
        let params = Self.text(Self.right[method, default: [:]])
        for value in [#""5""#, "0", "-1", "1.5", "true", "[]", "{}", "86400001", "1e400"] {
          add("deadlineMs", params, #","deadlineMs":\#(value)"#)
        }
        for value in ["7", "true", "[]", "{}", #""""#, "\"\(String(repeating: "k", count: 257))\""] {
          add("key", params, #","key":\#(value)"#)
        }
      }
      let errors = try Self.answers(cases.map { ($0.text, $0.attachments) })
      for (wrong, error) in zip(cases, errors) {
        #expect(error?.code == .badParams, "\(wrong.text.prefix(200))")
        #expect(error?.message.contains(wrong.place) ?? false, "\(wrong.text.prefix(200)): \(error?.message ?? "")")
      }
      print("Wrong values: \(cases.count) requests over \(CommandRegistry.all.count) methods")
    }

    @Test func wrongAttachments() throws {
      let bytes = [UInt8](repeating: 128, count: 400)
      let lists = [
        "7", "{}", #""x""#, "true", "[7]", "[[]]", "[{}]", #"[{"length":"400"}]"#, #"[{"length":-1}]"#,
        #"[{"length":399}]"#,
        #"[{"length":401}]"#, #"[{"length":400},{"length":1}]"#, #"[{"length":200},{"length":199}]"#,
        #"[{"length":9223372036854775807}]"#, #"[{"length":9223372036854775807},{"length":9223372036854775807}]"#,
        #"[{"length":1e30}]"#, #"[{"length":400.5}]"#, #"[{"length":400,"path":"x"}]"#, #"[{"length":400,"name":7}]"#,
        #"[{"length":400,"type":7}]"#, #"[{"length":400,"type":"image/x-gray"}]"#,
        #"[{"length":400,"type":"image/x-gray","width":20,"height":21}]"#,
        #"[{"length":400,"type":"image/x-gray","width":0,"height":20}]"#,
        #"[{"length":400,"type":"image/x-gray","width":-20,"height":20}]"#,
        #"[{"length":400,"type":"image/x-gray","width":"20","height":20}]"#,
        #"[{"length":400,"type":"image/x-rgb","width":20,"height":20}]"#,
        #"[{"length":400,"type":"image/x-gray","width":20,"height":20,"stride":19}]"#,
        #"[{"length":400,"type":"image/x-gray","width":20,"height":20,"stride":9223372036854775807}]"#,
        #"[{"length":400,"type":"image/x-gray","width":3037000500,"height":3037000500}]"#, "[]", #"[{"path":7}]"#,
      ]
      let errors = try Self.answers(lists.map { (#"{"method":"detect","attachments":\#($0)}"#, bytes) })
      for (list, error) in zip(lists, errors) {
        #expect(error?.code == .badParams || (list.contains("3037000500") && error?.code == .imageTooLarge), "\(list)")
      }
    }

    /// Text that is no JSON object, too deep, or too long: a frame's lengths hold, so the stream goes on.
    @Test func wrongJSON() throws {
      let requests = [
        "", "{", "[]", "7", "null", "\"x\"", "{\"method\":}", "{'method':'ping'}", #"{"method":"ping"} x"#,
        #"{"method":"ping","method":"ping"}"#, "{\"method\":\"ping\",\"x\":\"\u{1}\"}",
        #"{"method":"ping","x":"\ud800"}"#,
        #"{"method":"ping","params":"# + String(repeating: "[", count: 100_000) + "}",
        #"{"method":"ping","x":"# + String(repeating: "[", count: 500_000) + String(repeating: "]", count: 500_000)
          + "}",
        #"{"method":"ping","x":"# + String(repeating: #"{"a":"#, count: 65) + "1" + String(repeating: "}", count: 66),
        #"{"method":"ping","x":01}"#, #"{"method":"ping","x":NaN}"#, "\u{FEFF}{\"method\":\"ping\"}",
      ]
      let errors = try Self.answers(requests.map { ($0, []) })
      for (text, error) in zip(requests, errors) { #expect(error?.code == .badJSON, "\(text.prefix(60))") }
      // Bytes that are no UTF-8 cannot be written as text above.
      let worker = try WorkerProcess()
      let json = Array(#"{"method":"ping","x":""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8)
      let id = try #require(RequestID(1))
      try worker.host.send(FrameEncoder().encode(Frame(kind: .request, id: id, json: json[...])))
      #expect(try worker.host.error(1).code == .badJSON)
      #expect(try worker.finish() == .exit(0))
    }

    /// 2 MiB of JSON, twice the limit, is answered under its id and skipped.
    @Test func oversizedJSON() throws {
      let generous = FrameEncoder(limits: Limits(maxJSON: 4_000_000))
      let text = #"{"method":"ping","x":"\#(String(repeating: "x", count: 2 << 20))"}"#
      let worker = try WorkerProcess()
      try worker.ready()
      let before = worker.memory()
      for number in UInt64(10)..<13 {
        let id = try #require(RequestID(number))
        try worker.host.send(generous.encode(Frame(kind: .request, id: id, json: text, attachments: [1, 2, 3])))
        // The frame after it tells when the worker has got past it.
        try worker.host.request(6, "ping")
        _ = try worker.host.reply(6, Ping.self)
        #expect(try worker.host.error(number).code == .badJSON)
      }
      #expect(worker.memory() - before < 8 << 20)
      #expect(try worker.finish() == .exit(0))
    }

    @Test func unknownMethods() throws {
      let names = [
        "fly", "", "Ping", "ping ", "subjects", "subjects.", "../ping", String(repeating: "m", count: 100_000),
      ]
      let requests = names.map { #"{"method":"\#($0)"}"# }
      for (name, error) in zip(names, try Self.answers(requests.map { ($0, []) })) {
        #expect(error?.code == .unknownMethod, "\(name.prefix(20))")
        #expect((error?.message.count ?? 0) < 300)
      }
      let shapes = [#"{}"#, #"{"method":7}"#, #"{"method":null}"#, #"{"method":["ping"]}"#, #"{"method":{}}"#]
      for (shape, error) in zip(shapes, try Self.answers(shapes.map { ($0, []) })) {
        #expect(error?.code == .badParams, "\(shape)")
        #expect(error?.message.contains("method") ?? false)
      }
    }

    /// A path outside the allowed folder is answered alike whether it exists or not, through links too.
    @Test func pathsOutside() throws {
      let (allowed, other) = (try Folder(), try Folder())
      let photo = try Photos.small("obama2.jpg")
      try other.write(photo, "secret.jpg")
      try allowed.write(photo, "fine.jpg")
      try FileManager.default.createSymbolicLink(
        atPath: allowed.path + "/link.jpg", withDestinationPath: other.path + "/secret.jpg")
      try FileManager.default.createSymbolicLink(atPath: allowed.path + "/folder", withDestinationPath: other.path)
      let worker = try WorkerProcess(["--allow-path", allowed.path])
      let outside = [
        other.path + "/secret.jpg", other.path + "/none.jpg", "/etc/passwd", "/", "", ".", "relative.jpg",
        allowed.path + "/../" + (other.path as NSString).lastPathComponent + "/secret.jpg", allowed.path + "/link.jpg",
        allowed.path + "/folder/secret.jpg", allowed.path + "x/y.jpg", "/proc/self/mem", "/dev/zero",
        allowed.path + "\u{0}",
      ]
      var messages: Set<String> = []
      for (index, path) in outside.enumerated() {
        let id = UInt64(index + 10)
        try worker.host.send(id, Detect.self, paths: [path])
        let error = try worker.host.error(id)
        #expect(error.code == .pathNotAllowed, "\(path)")
        messages.insert(error.message)
      }
      #expect(messages.count == 1, "an error tells nothing about the path: \(messages)")
      try worker.host.send(1, Detect.self, paths: [allowed.path + "/missing.jpg"])
      #expect(try worker.host.error(1).code == .badParams)
      try worker.host.send(2, Detect.self, paths: [allowed.path + "/fine.jpg"])
      #expect(try worker.host.faces(2, Detect.self).faces.count == 1)
      #expect(try worker.finish() == .exit(0))
    }
  }
}
