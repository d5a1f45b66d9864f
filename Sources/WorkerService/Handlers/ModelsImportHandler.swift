internal import FaceModels
internal import Networks
internal import Protocol

/// Serves `models.import`: copies the files, checks them, runs the model once, and only then makes it visible.
struct ModelsImportHandler: MethodHandler {
  typealias Method = ModelsImport
  static let isBackground = true
  let engine: Engine

  func handle(_ params: ModelsImport.Params, _ context: RequestContext) throws -> ModelsImport.Result {
    var imported = try ImportedManifest(params.manifest, fileName: fileName(params, context))
    let given = try attachments(params, context)
    let files = imported.manifest.files
    let sources = try files.map { try source($0.name, given, isOnly: files.count == 1) }
    guard given.count == files.count else {
      throw WireError.badParams("The manifest names \(files.count) files, but \(given.count) were given.")
    }
    try engine.store.policy.check(imported.manifest)
    let id = imported.manifest.id
    // A replacement takes the old one's place: in another folder it might stay hidden behind it.
    let existing = engine.store.library.entries[id]
    let (folder, name) = try place(of: existing, id: id)
    return try engine.installer.withPart(in: folder) { part in
      for (index, source) in sources.enumerated() {
        let copied = try WeightCopy.copy(source, to: part + "/" + files[index].name, context)
        try imported.state(copied, of: index)
        try context.checkpoint()
      }
      if let existing, imported.isStored(at: existing.folder + "/manifest.json") {
        return ModelsImport.Result(model: describe(existing), replaced: false, unchanged: true)
      }
      if existing != nil {
        guard params.replace == true else { throw ModelInstaller.taken(id) }
        guard !engine.activeModels.ids.contains(id) else {
          throw WireError.badParams(
            "params.manifest.id: the model \"\(id)\" is in use and cannot be replaced; activate another one first.",
            details: ["field": "params.manifest.id", "reason": "active"])
        }
      }
      let entry = ModelLibrary.Entry(manifest: imported.manifest, folder: part)
      try MemoryEstimate.check(entry.manifest)
      _ = try LowPriority.run("fw-load") { [store = engine.store] in try store.loadAndTry(entry, pool: .serial) }
      try context.checkpoint()
      try DurableFile.write(imported.encoded(), to: part + "/manifest.json", mode: 0o644)
      try engine.installer.publish(part, as: name, in: folder, replacing: existing != nil)
      let installed = ModelLibrary.Entry(manifest: imported.manifest, folder: folder + "/" + name)
      return ModelsImport.Result(model: describe(installed), replaced: existing != nil, unchanged: false)
    }
  }

  private func describe(_ entry: ModelLibrary.Entry) -> ModelDescription {
    engine.store.describe(
      entry, engine.store.library, active: engine.activeModels.ids.contains(entry.manifest.id))
  }

  // MARK: The files

  private func attachments(_ params: ModelsImport.Params, _ context: RequestContext) throws -> [InputAttachment] {
    guard let path = params.path else {
      guard !context.attachments.isEmpty else {
        throw WireError.badParams("models.import needs params.path, or the weight files as attachments.")
      }
      return context.attachments
    }
    guard context.attachments.isEmpty else {
      throw WireError.badParams("models.import takes params.path or attachments, not both.")
    }
    return [.file(path, name: "params.path", context: context)]
  }

  /// What a single file is called when the manifest does not say; `nil` for several.
  private func fileName(_ params: ModelsImport.Params, _ context: RequestContext) -> String? {
    guard context.attachments.count < 2 else { return nil }
    let given = params.path?.split(separator: "/").last.map(String.init) ?? context.attachments.first?.name ?? "image"
    return given == "image" || given.hasPrefix(".") ? "model.onnx" : given
  }

  private func source(_ name: String, _ given: [InputAttachment], isOnly: Bool) throws(WireError) -> InputAttachment {
    if let match = given.first(where: { $0.name == name }) { return match }
    guard isOnly, given.count == 1 else {
      throw .badParams("No attachment is called \"\(name)\", as a file of the manifest is.")
    }
    return given[0]
  }

  private func place(of existing: ModelLibrary.Entry?, id: String) throws(WireError) -> (folder: String, name: String) {
    guard let existing, let slash = existing.folder.lastIndex(of: "/") else {
      return (try engine.installer.target(), id)
    }
    return (String(existing.folder[..<slash]), String(existing.folder[existing.folder.index(after: slash)...]))
  }
}
