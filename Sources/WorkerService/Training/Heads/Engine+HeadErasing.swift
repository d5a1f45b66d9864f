internal import Decisions
internal import GalleryStore
internal import Protocol

/// Versions of heads that a write has replaced, to be overwritten once it is committed.
struct ReplacedHeads {
  fileprivate(set) var old: [(id: String, sha256: String)] = []
  /// Heads that could not be read, and go altogether.
  fileprivate(set) var dropped: [String] = []

  /// Heads that knew the subject.
  fileprivate(set) var count = 0
}

extension Engine {
  /// Writes every head that knows a subject anew, changed by `change`, and notes the new files; part of a write, within
  /// ``HeadStore/writing(_:)``. A head that cannot be read is dropped: nobody could say what is in it.
  func rewriteHeads(
    knowing subject: String, _ transaction: inout WriteTransaction, _ change: (SoftmaxHead) -> SoftmaxHead
  ) throws -> ReplacedHeads {
    var replaced = ReplacedHeads()
    for var record in try transaction.heads(knowing: subject) {
      guard let head = try? heads.read(record.id, sha256: record.sha256) else {
        try transaction.dropHead(record.id)
        replaced.count += 1
        replaced.dropped.append(record.id)
        continue
      }
      let old = record.sha256
      let changed = change(head)
      record.sha256 = try heads.change(record.id, to: changed)
      record.slots = changed.slots
      try transaction.replaceHead(record)
      replaced.count += 1
      if record.sha256 != old { replaced.old.append((record.id, old)) }
    }
    return replaced
  }

  /// Overwrites what a committed write has replaced, and uses what it wrote.
  func finish(_ replaced: ReplacedHeads) throws {
    for version in replaced.old { heads.erase(version.id, sha256: version.sha256) }
    for id in replaced.dropped { heads.erase(id) }
    if replaced.count > 0 { try lookForHead() }
  }
}
