import Foundation
import GalleryStore
import Networks
import Telemetry
import WorkerService

/// The command line.
struct Options: Sendable {
  enum Action: Sendable, Equatable {
    case serve
    case check
    /// Say how long each layer of a model takes.
    case profile(ProfileRequest)
    /// Measure what a model needs to run in bytes, on the photos of a folder.
    case calibrate(model: String)
    case help
    case version
    /// Be the trainer of the worker with this process id; only ever asked for by a worker.
    case train(worker: Int32)
  }

  enum DataLocation: Sendable, Equatable {
    case memory
    case folder(String)
  }

  var action = Action.serve
  var models: [String] = []
  var data: DataLocation?
  var media: String?
  var mediaURL: String?
  var detector: String?
  var recognizer: String?
  var licencePolicy = LicencePolicy.any
  var precision: Precision?
  var forcesPrecision = false
  /// The kernels to use, where not the widest that the processor has.
  var instructionSet: InstructionSet?
  var threads: Int?
  var allowedPaths: [String] = []
  var usesJSONLines = false
  var logLevel = "info"
  var maxPixels: Int?
  var keepsCrops = true
  var galleryIndex = IndexForm.auto
  var mirrorInput: String?
  var mirrorOutput: String?
  /// A file for metrics, and what they are labeled with.
  var metrics: String?
  var metricLabels: [MetricLabel] = []
  var faults: [Fault] = []
  /// The folder of the photos for `--calibrate`.
  var photos: String?
  /// Whether the worker gives up the network and files outside of its folders.
  var isIsolated = true

  /// A command line that cannot be understood; `message` says why.
  struct Problem: Error {
    var message: String
  }

  static let usage = """
    Usage: face-worker [options]
    Finds, identifies and enrols faces for the program that spawned it: frames (FWP/1, see PROTOCOL.md) on stdin and stdout.

      --models DIR          a folder with models; may be repeated (default: $FACE_WORKER_MODELS, else the folder make filled)
      --detector ID         the detector to start with (default: the one activated last, else mtcnn)
      --recognizer ID       the recognizer to start with (default: the one activated last, else dlib-resnet-v1)
      --require-licence commercial   refuse models whose licence does not clearly allow commercial use
      --precision P         float32, bf16 or int8 for every model that was measured not to suffer (default: each manifest's own)
      --force-precision     take --precision for models that it was not measured with, too
      --instruction-set SET base, avx2 or avx512: the kernels to compute with (default: $FACE_WORKER_INSTRUCTION_SET, else the best)
      --data DIR|:memory:   where the gallery is kept (default: $XDG_DATA_HOME/face-worker, else ~/.local/share/face-worker)
      --media DIR           where annotated pictures go (default: media below the data folder)
      --media-url URL       the address under which --media is served; results then carry a url
      --threads N           threads for computing (default: one for each core)
      --allow-path DIR      let requests name files below DIR; may be repeated
      --keep-crops on|off   whether enroll keeps a picture of each face, for gallery.reembed (default: on)
      --gallery-index FORM  exact, compressed (a quarter more memory for a faster search, same answers) or auto (default: auto)
      --max-pixels N        largest image accepted, in pixels (default: 40000000)
      --json-lines          text mode: one JSON object a line instead of frames
      --isolation on|off    give up the network and all files outside of the folders above, where the kernel can (default: on)
      --log-level LEVEL     debug, info, error or fault (default: info); logs are JSON lines on stderr
      --metrics FILE        write metrics in Prometheus' text format, for a node exporter's textfile folder: FILE ends in .prom
      --metrics-label NAME=VALUE   put a label on all metrics; may be repeated
      --mirror-input FILE, --mirror-output FILE   copy all bytes read or written to a file, for debugging a host
      --fault KIND@METHOD[:n]   fail at the n-th request of a method, for testing a supervisor; only with $FACE_WORKER_ALLOW_FAULTS=1
      --check               load the models, run the self-test and exit
      --profile MODEL[:HEIGHTxWIDTH]   run a model by id and print what each layer takes: time, GFLOP/s, share; then exit
      --calibrate MODEL --photos DIR   measure on photos of faces what a model by id needs for int8, write it to its manifest; then exit
      --version, --help
    """

  init(_ arguments: [String], environment: [String: String] = [:]) throws {
    if let named = environment[InstructionSet.variable], !named.isEmpty {
      instructionSet = try Self.instructionSet(named, from: "$" + InstructionSet.variable)
    }
    var rest = arguments[...]
    func value(_ option: String) throws -> String {
      guard let value = rest.popFirst(), !value.isEmpty else { throw Problem(message: "\(option) needs a value.") }
      return value
    }
    func number(_ option: String, _ range: ClosedRange<Int>) throws -> Int {
      let text = try value(option)
      guard let number = Int(text), range.contains(number) else {
        throw Problem(
          message: "\(option) needs a number from \(range.lowerBound) to \(range.upperBound), found \"\(text)\".")
      }
      return number
    }
    func onOrOff(_ option: String) throws -> Bool {
      let choice = try value(option)
      guard choice == "on" || choice == "off" else {
        throw Problem(message: "\(option) is on or off; found \"\(choice)\".")
      }
      return choice == "on"
    }
    while var option = rest.popFirst() {
      if option.hasPrefix("--"), let equals = option.firstIndex(of: "=") {
        rest = [String(option[option.index(after: equals)...])] + rest
        option = String(option[..<equals])
      }
      switch option {
      case "--models": models.append(try value(option))
      case "--data":
        let path = try value(option)
        data = path == ":memory:" ? .memory : .folder(path)
      case "--media": media = try value(option)
      case "--media-url": mediaURL = try value(option)
      case "--detector": detector = try value(option)
      case "--recognizer", "--recogniser": recognizer = try value(option)
      case "--require-licence", "--require-license":
        let text = try value(option)
        guard let policy = LicencePolicy(rawValue: text) else {
          let known = LicencePolicy.allCases.map(\.rawValue).joined(separator: ", ")
          throw Problem(message: "--require-licence is one of \(known); found \"\(text)\".")
        }
        licencePolicy = policy
      case "--precision": precision = try Self.precision(try value(option))
      case "--force-precision": forcesPrecision = true
      case "--instruction-set": instructionSet = try Self.instructionSet(try value(option), from: option)
      case "--threads": threads = try number(option, 1...256)
      case "--allow-path": allowedPaths.append(try value(option))
      case "--keep-crops": keepsCrops = try onOrOff(option)
      case "--isolation": isIsolated = try onOrOff(option)
      case "--gallery-index":
        let text = try value(option)
        guard let form = IndexForm(rawValue: text) else {
          let known = IndexForm.allCases.map(\.rawValue).joined(separator: ", ")
          throw Problem(message: "--gallery-index is one of \(known); found \"\(text)\".")
        }
        galleryIndex = form
      case "--max-pixels": maxPixels = try number(option, 1...1_000_000_000)
      case "--json-lines": usesJSONLines = true
      case "--log-level":
        logLevel = try value(option)
        guard LogLevel(rawValue: logLevel) != nil else {
          let known = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
          throw Problem(message: "--log-level is one of \(known); found \"\(logLevel)\".")
        }
      case "--metrics": metrics = try value(option)
      case "--metrics-label":
        let text = try value(option)
        guard let label = MetricLabel(text), !metricLabels.contains(where: { $0.name == label.name }) else {
          let reserved = MetricLabel.reserved.sorted().joined(separator: ", ")
          throw Problem(
            message: "--metrics-label is NAME=VALUE, a new name of letters, digits and _, none of \(reserved); "
              + "found \"\(text)\".")
        }
        metricLabels.append(label)
      case "--mirror-input": mirrorInput = try value(option)
      case "--mirror-output": mirrorOutput = try value(option)
      case "--fault": faults.append(try fault(try value(option)))
      case "--check": action = .check
      case "--profile":
        let text = try value(option)
        guard let request = ProfileRequest(text) else {
          throw Problem(
            message: "--profile is a model's id, or id:HEIGHTxWIDTH with sides from 8 to 8192; found \"\(text)\".")
        }
        action = .profile(request)
      case "--calibrate": action = .calibrate(model: try value(option))
      case "--photos": photos = try value(option)
      case "--trainer": action = .train(worker: Int32(clamping: try number(option, 1...Int(Int32.max))))
      case "--version": action = .version
      case "--help", "-h": action = .help
      default: throw Problem(message: "Unknown option \"\(option)\". Try --help.")
      }
    }
    if case .calibrate = action, photos == nil {
      throw Problem(message: "--calibrate needs --photos with a folder of photos of faces.")
    }
    if let precision, let instructionSet, !precision.isSupported(with: instructionSet) {
      throw Problem(
        message: "--precision \(precision.rawValue) needs \(precision.instructions), which --instruction-set "
          + "\(instructionSet.rawValue) leaves unused.")
    }
  }

  /// The set of a name. Throws when it is not known, or the processor does not have it.
  private static func instructionSet(_ text: String, from place: String) throws -> InstructionSet {
    func names(_ sets: [InstructionSet]) -> String { sets.map(\.rawValue).joined(separator: ", ") }
    guard let set = InstructionSet(rawValue: text), InstructionSet.offered.contains(set) else {
      throw Problem(message: "\(place) is one of \(names(InstructionSet.offered)); found \"\(text)\".")
    }
    guard set.isSupported else {
      throw Problem(
        message: "\(place) \(text) needs instructions that this processor does not have; "
          + "supported here: \(names(InstructionSet.offered.filter(\.isSupported))).")
    }
    return set
  }

  /// The precision of a name. Throws when it is not known, or the processor lacks the instructions for it.
  private static func precision(_ text: String) throws -> Precision {
    let supported = Precision.supported.map(\.rawValue).joined(separator: ", ")
    guard let precision = Precision(rawValue: text), Precision.offered.contains(precision) else {
      let known = Precision.offered.map(\.rawValue).joined(separator: ", ")
      throw Problem(message: "--precision is one of \(known); found \"\(text)\".")
    }
    guard precision.isSupported else {
      throw Problem(
        message: "--precision \(text) needs \(precision.instructions), which this processor does not have; "
          + "supported here: \(supported).")
    }
    return precision
  }

  /// A fault, where the environment says that this is a test.
  private func fault(_ text: String) throws -> Fault {
    guard ProcessInfo.processInfo.environment["FACE_WORKER_ALLOW_FAULTS"] == "1" else {
      throw Problem(message: "--fault makes the worker fail on purpose; it needs FACE_WORKER_ALLOW_FAULTS=1.")
    }
    guard let fault = Fault(text) else {
      let kinds = Fault.Kind.allCases.map(\.rawValue).joined(separator: "|")
      throw Problem(message: "--fault is \(kinds)@METHOD[:n|:~n|:sha256=HEX][:after]; found \"\(text)\".")
    }
    return fault
  }

  /// Folders to look for models in: those given, else `$FACE_WORKER_MODELS` (separated by colons), else `models` beside
  /// the checkout this program was built in, else the installation's share folder.
  func modelFolders(environment: [String: String], executable: String) -> [String] {
    if !models.isEmpty { return models }
    if let listed = environment["FACE_WORKER_MODELS"], !listed.isEmpty {
      return listed.split(separator: ":").map(String.init)
    }
    var folder = URL(fileURLWithPath: executable).deletingLastPathComponent()
    var found: [String] = [folder.appendingPathComponent("../share/face-worker/models").standardized.path]
    for _ in 0..<5 {
      if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
        found.insert(folder.appendingPathComponent("models").path, at: 0)
        break
      }
      folder.deleteLastPathComponent()
    }
    return found
  }

  /// The folder of the gallery, `nil` when it is kept in memory.
  func dataFolder(environment: [String: String]) -> String? {
    switch data {
    case .memory: return nil
    case .folder(let path): return path
    case nil:
      if let base = environment["XDG_DATA_HOME"], base.hasPrefix("/") { return base + "/face-worker" }
      return (environment["HOME"] ?? ".") + "/.local/share/face-worker"
    }
  }
}
