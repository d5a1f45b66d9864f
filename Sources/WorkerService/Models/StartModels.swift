internal import FaceModels
internal import Protocol

/// The models a worker starts with: those the command line names, else those activated last, else the defaults.
struct StartModels {
  static let defaultDetector = "mtcnn"
  private static let defaultRecognizer = "dlib-resnet-v1"

  private let store: ModelStore
  /// The ids to start with.
  private let ids: [ModelRole: String]
  /// Roles whose model was neither named nor the default, but remembered; and where.
  private let remembered: Set<ModelRole>
  private let file: String?

  init(_ settings: EngineSettings, record: ActivationRecord, file: String?, store: ModelStore) {
    var ids: [ModelRole: String] = [:]
    var remembered: Set<ModelRole> = []
    let choices: [(ModelRole, String?, String)] = [
      (.detector, settings.detector, Self.defaultDetector),
      (.recognizer, settings.recognizer, Self.defaultRecognizer),
    ]
    for (role, named, standard) in choices {
      if named == nil, record[role].active != nil { remembered.insert(role) }
      ids[role] = named ?? record[role].active ?? standard
    }
    self.ids = ids
    self.remembered = remembered
    self.file = file
    self.store = store
  }

  /// Loads the detector. Throws an error that says where its name came from.
  func detector() throws -> LoadedModel<any FaceDetector> {
    try explained(.detector) { id in
      guard case .detector(let model) = try store.load(store.find(id, role: .detector)) else { return nil }
      return model
    }
  }

  /// Loads the recognizer. Throws an error that says where its name came from.
  func recognizer() throws -> LoadedModel<any FaceEmbedder> {
    try explained(.recognizer) { id in
      guard case .recognizer(let model) = try store.load(store.find(id, role: .recognizer)) else { return nil }
      return model
    }
  }

  private func explained<Model>(_ role: ModelRole, _ load: (String) throws -> Model?) throws -> Model {
    let id = ids[role] ?? ""
    do {
      guard let model = try load(id) else { throw WireError(.internal, "The model \(id) has another role.") }
      return model
    } catch {
      guard remembered.contains(role), let file else { throw error }
      var wire = ErrorMapping.wireError(for: error)
      wire.message += " It was activated before and is remembered in \(file): choose another with --\(role.rawValue)."
      throw wire
    }
  }
}
