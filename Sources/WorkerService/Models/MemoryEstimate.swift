internal import FaceModels
internal import FoundationEssentials
internal import Protocol

/// Whether a model may be tried on this machine without the system ending the worker for its memory.
enum MemoryEstimate {
  /// The file itself, its tensors, and the plan's packed copy of them.
  private static let copies = 3

  /// Throws `outOfMemory` when loading the model may take more memory than is free.
  static func check(_ manifest: ModelManifest) throws(WireError) {
    guard let bytes = manifest.totalBytes, let available else { return }
    let (needed, overflow) = bytes.multipliedReportingOverflow(by: copies)
    guard !overflow, needed <= available else {
      throw WireError(
        .outOfMemory,
        "Loading \(manifest.id) may take \(copies) times its \(bytes) bytes of memory; \(available) are free.",
        details: ["available": .integer(Int64(available))])
    }
  }

  /// Bytes that may be used without swapping, as the kernel estimates them.
  private static var available: Int? {
    // /proc/meminfo: "MemAvailable:   12345 kB".
    guard let data = FileManager.default.contents(atPath: "/proc/meminfo") else { return nil }
    for line in String(decoding: data, as: UTF8.self).split(separator: "\n") where line.hasPrefix("MemAvailable:") {
      guard let number = Int(line.filter(\.isNumber)) else { return nil }
      return number.multipliedReportingOverflow(by: 1_024).partialValue
    }
    return nil
  }
}
