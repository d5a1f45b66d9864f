internal import FaceModels
internal import FoundationEssentials
internal import Glibc
internal import Images
internal import Networks
package import Protocol

/// Measures on photos what a model's network needs to run in bytes, and writes it to the manifest of the installed model.
package enum ModelCalibrator {
  /// Photos looked at, spread evenly over the folder, and images that the network is run on.
  private static let (mostPhotos, mostImages) = (400, 128)
  /// Memory that detectors' photos may take, decoded.
  private static let mostPixels = 64_000_000

  /// Calibrates the installed model `id` on the JPEG and PNG files below `photos`: a detector on the photos themselves, a recognizer
  /// on the largest face of each as the settings' detector finds it.
  ///
  /// - Returns: what was found, for people.
  /// - Throws: `modelNotFound`, `modelInvalid`, `badParams` when there are too few photos, `storageFailed`.
  package static func run(_ id: String, photos: String, settings: EngineSettings) throws(WireError) -> String {
    do {
      let store = ModelStore(folders: settings.modelFolders, policy: settings.licencePolicy)
      let entry = try store.find(id)
      if let reason = settings.licencePolicy.refusal(of: entry.manifest) { throw WireError(.modelInvalid, reason) }
      let pool = WorkPool(lanes: settings.threads)
      let network: (any CalibratedNetwork)?
      let images: [Image]
      switch entry.manifest.role {
      case .recognizer:
        let recognizer = try store.loadNetwork(entry)
        network = recognizer
        images = try crops(photos, for: recognizer, store, settings, pool)
      case .detector, .liveness:
        guard case .detector(let model) = try store.load(entry) else {
          throw WireError(.modelInvalid, "A liveness model is always float32.")
        }
        network = model.network as? any CalibratedNetwork
        images = pictures(photos, settings)
      }
      guard let network else {
        throw WireError(.modelInvalid, "The model \(id) is always float32: it cannot be calibrated.")
      }
      let found = try network.calibrate(images, pool: pool) {}
      let data = "\(images.count) \(entry.manifest.role == .recognizer ? "aligned faces" : "photos")"
      try write(found.ranges, data: data, to: entry)
      return report(found, id: id, data: data)
    } catch let error as GraphError {
      throw WireError(.modelInvalid, "The model \(id) cannot be calibrated: \(error.message)")
    } catch {
      throw ErrorMapping.wireError(for: error)
    }
  }

  private static func report(_ found: RangeCalibration, id: String, data: String) -> String {
    func percent(_ error: Double) -> String {
      let thousandths = Int((error.squareRoot() * 100_000).rounded())
      return "\(thousandths / 1000).\(String(1000 + thousandths % 1000).dropFirst()) %"
    }
    return """
      \(id): ranges of \(found.ranges.bounds.count) values from \(data), outliers: \(found.clipping.rawValue)
        in bytes \(found.bytes), left in bf16 \(found.ranges.kept.count)
        outputs differ from float32's by \(percent(found.error)) of their size, in bf16 by \(percent(found.bfloat16Error))
      written to its manifest; int8 is used once its `precisions` admit it, or with --force-precision
      """
  }

  // MARK: Images

  /// Paths of JPEG and PNG files below a folder, at most `mostPhotos`, evenly spread over their sorted names.
  private static func files(_ folder: String) -> [String] {
    let names = ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).filter { name in
      [".jpg", ".jpeg", ".png"].contains { name.lowercased().hasSuffix($0) }
    }.sorted()
    let count = min(names.count, mostPhotos)
    return (0..<count).map { folder + "/" + names[$0 * names.count / count] }
  }

  private static func decoded(_ path: String, _ settings: EngineSettings) -> Image? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    return try? ImageDecoder.decode(Array(data), limits: DecodeLimits(maxPixels: settings.limits.maxPixels)).image
  }

  private static func pictures(_ folder: String, _ settings: EngineSettings) -> [Image] {
    let paths = files(folder)
    let count = min(paths.count, mostImages)
    var (images, pixels): ([Image], Int) = ([], 0)
    for index in 0..<count {
      guard let image = decoded(paths[index * paths.count / count], settings), image.width > 0, image.height > 0 else {
        continue
      }
      pixels += image.width * image.height
      guard pixels <= mostPixels else { break }
      images.append(image)
    }
    return images
  }

  private static func crops(
    _ folder: String, for recognizer: RecognizerNetwork, _ store: ModelStore, _ settings: EngineSettings,
    _ pool: WorkPool
  ) throws -> [Image] {
    let id = settings.detector ?? StartModels.defaultDetector
    guard case .detector(let detector) = try store.load(try store.find(id, role: .detector)) else { return [] }
    var crops: [Image] = []
    for path in files(folder) where crops.count < mostImages {
      guard let image = decoded(path, settings) else { continue }
      let faces = try detector.network.detect(image, minFaceSize: 40, context: RunContext(pool: pool))
      guard let face = faces.max(by: { $0.width * $0.height < $1.width * $1.height }) else { continue }
      if let crop = recognizer.alignment.crop(face, from: image) { crops.append(crop) }
    }
    return crops
  }

  // MARK: The manifest

  /// Writes the ranges into the manifest of an installed model; everything else in it stays.
  private static func write(_ ranges: ActivationRanges, data: String, to entry: ModelLibrary.Entry) throws {
    let path = entry.folder + "/manifest.json"
    guard let text = FileManager.default.contents(atPath: path),
      case .object(var members) = try WireJSON.object(Array(text)[...])
    else { throw ModelError(.invalid, "The manifest of \(entry.manifest.id) cannot be read.") }
    var values: [String: JSONValue] = [:]
    for (key, bounds) in ranges.bounds { values[key] = [rounded(bounds.low), rounded(bounds.high)] }
    var stored: [String: JSONValue] = [
      "weights": .string(entry.manifest.digest), "data": .string(data), "values": .object(values),
    ]
    if !ranges.kept.isEmpty { stored["kept"] = .array(ranges.kept.sorted().map { .string($0) }) }
    members["ranges"] = .object(stored)
    // What it cannot read it must not leave behind.
    let bytes = try WireJSON.encode(JSONValue.object(members))
    _ = try ModelManifest.read(Data(bytes), place: path)
    var info = stat()
    let mode = stat(path, &info) == 0 ? info.st_mode & 0o777 : 0o644
    try DurableFile.write(bytes, to: path, mode: mode)
  }

  /// Five digits: bytes have not three.
  private static func rounded(_ value: Float) -> JSONValue {
    guard value != 0, value.isFinite else { return .number(0) }
    let scale = pow(10.0, 4 - floor(log10(abs(Double(value)))))
    return .number((Double(value) * scale).rounded() / scale)
  }
}
