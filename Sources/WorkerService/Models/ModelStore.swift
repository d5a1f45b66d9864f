internal import Digests
internal import FaceModels
internal import Networks
internal import Protocol

/// The installed models: found, checked and loaded here. Reads the folders anew each time; holds no lock.
struct ModelStore: Sendable {
  /// Where to look, in this order.
  let folders: [String]
  let policy: LicencePolicy
  var precision = PrecisionPolicy()

  /// A network of any role.
  enum Loaded: Sendable {
    case detector(LoadedModel<any FaceDetector>)
    case recognizer(LoadedModel<any FaceEmbedder>)
    case liveness(LoadedModel<any FaceEmbedder>)
  }

  var library: ModelLibrary { ModelLibrary(folders: folders) }

  /// All models by id; `active` holds the ids in use.
  func list(active: Set<String>) -> [ModelDescription] {
    let library = library
    let sound = library.entries.values.map { entry in
      describe(entry, library, active: active.contains(entry.manifest.id))
    }
    let damaged = library.problems.map { ModelDescription(id: $0.name, reason: $0.error.message) }
    return (sound + damaged).sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
  }

  func describe(_ entry: ModelLibrary.Entry, _ library: ModelLibrary, active: Bool) -> ModelDescription {
    let reason =
      policy.refusal(of: entry.manifest) ?? library.problem(of: entry)?.message ?? staleRanges(entry)?.message
    return ModelDescription(
      entry.manifest, precision: precision.choice(for: entry.manifest), active: active, reason: reason)
  }

  /// The model of an id, in any role; throws `modelNotFound` with what there is.
  func find(_ id: String) throws(WireError) -> ModelLibrary.Entry {
    let library = library
    if let entry = library.entries[id] { return entry }
    let known = library.entries.keys.sorted()
    var message =
      "There is no model \"\(id)\"; installed are \(known.isEmpty ? "none" : known.joined(separator: ", "))."
    if let problem = library.problems.first { message += " Not usable: \(problem.error.message)" }
    throw WireError(.modelNotFound, message, details: ["models": .array(known.map { .string($0) })])
  }

  /// The model of an id in one role, allowed by its licence; throws with what else could be used.
  func find(_ id: String, role: ModelManifest.Role) throws -> ModelLibrary.Entry {
    let library = library
    let entry = try library.find(id, role: role)
    let allowed = library.entries.values.filter {
      $0.manifest.role == role && policy.refusal(of: $0.manifest) == nil && library.problem(of: $0) == nil
    }.map(\.manifest.id).sorted()
    try policy.check(
      entry.manifest,
      alternatives: allowed.isEmpty
        ? " No installed \(role.rawValue) may be used; install one whose licence allows it."
        : " Of the installed \(role.rawValue)s these may be used: \(allowed.joined(separator: ", ")); "
          + "choose one with --\(role.rawValue).")
    return entry
  }

  /// Builds the network of a model from its checked files.
  func load(_ entry: ModelLibrary.Entry) throws -> Loaded {
    let manifest = entry.manifest
    let choice = precision.choice(for: manifest)
    let precision = choice.precision
    if let stale = staleRanges(entry) { throw stale }
    do {
      let weights = try library.weights(of: entry, digest: SHA256.hexadecimal)
      switch manifest.role {
      case .detector:
        return .detector(
          LoadedModel(
            manifest: manifest,
            network: try Architectures.detector(manifest, weights: weights, precision: precision),
            precision: precision, precisionReason: choice.reason))
      case .recognizer:
        return .recognizer(
          LoadedModel(
            manifest: manifest,
            network: try Architectures.embedder(manifest, weights: weights, precision: precision),
            precision: precision, precisionReason: choice.reason))
      case .liveness:
        return .liveness(
          LoadedModel(manifest: manifest, network: try Architectures.liveness(manifest, weights: weights)))
      }
    } catch let error as GraphError {
      throw ModelError(.invalid, "The network of \(manifest.id) cannot be run: \(error.message)")
    }
  }

  /// What is wrong with the ranges of a model that is to run in bytes; `nil` when nothing is.
  private func staleRanges(_ entry: ModelLibrary.Entry) -> ModelError? {
    guard precision.choice(for: entry.manifest).precision == .int8, let ranges = entry.manifest.ranges,
      ranges.weights.lowercased() != entry.manifest.digest
    else { return nil }
    return ModelError(
      .invalid,
      "The ranges of \(entry.manifest.id) were measured with other weights (\(ranges.weights.prefix(12))...); measure them again "
        + "with face-worker --calibrate \(entry.manifest.id), or run it in another precision.", field: "ranges.weights")
  }

  /// A recognizer as a network that can be changed.
  func loadNetwork(_ entry: ModelLibrary.Entry) throws -> RecognizerNetwork {
    do {
      let weights = try library.weights(of: entry, digest: SHA256.hexadecimal)
      return try Architectures.recognizer(entry.manifest, weights: weights)
    } catch let error as GraphError {
      throw ModelError(.invalid, "The network of \(entry.manifest.id) cannot be run: \(error.message)")
    }
  }

  /// Builds the network of a model and runs it once on a drawn picture.
  func loadAndTry(_ entry: ModelLibrary.Entry, pool: WorkPool) throws -> Loaded {
    let loaded = try load(entry)
    do {
      switch loaded {
      case .detector(let model): try ModelTrial.run(model.network, id: model.manifest.id, pool: pool)
      case .recognizer(let model):
        try ModelTrial.run(
          model.network, id: model.manifest.id, isUnit: model.manifest.normalize ?? true, pool: pool)
      case .liveness(let model):
        try ModelTrial.run(model.network, id: model.manifest.id, isUnit: false, pool: pool)
      }
    } catch let error as GraphError {
      throw ModelError(.invalid, "The network of \(entry.manifest.id) cannot be run: \(error.message)")
    }
    return loaded
  }
}
