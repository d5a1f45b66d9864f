internal import FoundationEssentials
internal import Glibc

extension MediaStore {
  /// A picture and the list of those it shows: they stay together and go together.
  private struct Output {
    var picture: String?
    var list: String?
    /// Seconds since 1970 of the younger of the two.
    var time = 0
    var bytes = 0
  }

  /// Removes pictures past their age, then the oldest until the rest fits; leftovers of a crash too.
  package func prune() {
    let now = time(nil)
    var kept: [Output] = []
    for output in outputs(now) {
      let age = now - output.time
      // A list without its picture is about to get it, or lost it long ago.
      if age > quota.age || (output.picture == nil && age > Self.writingTakes) {
        remove(output)
      } else if output.picture != nil {
        kept.append(output)
      }
    }
    var total = kept.reduce(0) { $0 + $1.bytes }
    for output in kept.sorted(by: { $0.time < $1.time }) where total > quota.bytes {
      remove(output)
      total -= output.bytes
    }
  }

  /// Names of the files that this store wrote; no others are ever removed.
  func names() -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return all.filter { Self.stem(of: $0) != nil }
  }

  /// Seconds after which nobody writes to a file any more.
  private static let writingTakes = 3600

  /// The picture first: a list alone does no harm, a picture alone would not be found when its subject is erased.
  private func remove(_ output: Output) {
    if let picture = output.picture { unlink(picture) }
    if let list = output.list { unlink(list) }
  }

  /// What lies in the folder. Removes what a crash left half written.
  private func outputs(_ now: Int) -> [Output] {
    var outputs: [Substring: Output] = [:]
    for name in names() {
      let path = folder + "/" + name
      var info = stat()
      guard let stem = Self.stem(of: name), lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { continue }
      let time = info.st_mtim.tv_sec
      if name.hasSuffix(Self.partSuffix) {
        if now - time > Self.writingTakes { unlink(path) }
        continue
      }
      var output = outputs[stem] ?? Output()
      if name.hasPrefix(".") { output.list = path } else { output.picture = path }
      output.time = max(output.time, time)
      output.bytes += Int(info.st_size)
      outputs[stem] = output
    }
    return Array(outputs.values)
  }

  /// What the names of a picture and of all that belongs to it have in common; `nil` when the file is not ours.
  private static func stem(of name: String) -> Substring? {
    let bare = name.drop { $0 == "." }
    let stem = bare.prefix(prefix.count + nameDigits)
    let digits = stem.dropFirst(prefix.count).utf8
    let isHexadecimal = digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    guard stem.hasPrefix(prefix), digits.count == nameDigits, isHexadecimal else { return nil }
    return bare.dropFirst(stem.count).hasPrefix(".") ? stem : nil
  }
}
