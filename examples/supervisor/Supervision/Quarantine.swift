internal import Digests
import Protocol

/// Requests that killed workers, remembered by what they carry: sent anew, under another id and with another key, they are
/// refused before they kill again.
///
/// What counts are the attachments, whatever is to be done with them: a picture that a decoder dies of is as deadly to
/// `identify` as to `detect`. A request without attachments counts by its method and params. One that has neither, such as a
/// plain `status`, carries nothing of its own: it is no different from all others of its method, and is not remembered, as
/// two crashes that only met it by chance would close the method to everybody. Only SHA-256 digests are kept.
struct Quarantine: Sendable {
  /// Digests remembered; the oldest gives way.
  static let capacity = 1_024

  private var digests: Set<[UInt8]> = []
  private var order: [[UInt8]] = []

  var count: Int { digests.count }
  var isEmpty: Bool { digests.isEmpty }

  /// Remembers what `frame` carries.
  mutating func insert(_ frame: Frame) {
    guard let digest = Quarantine.digest(of: frame), digests.insert(digest).inserted else { return }
    order.append(digest)
    if order.count > Quarantine.capacity { digests.remove(order.removeFirst()) }
  }

  /// Whether what `frame` carries has killed before.
  func contains(_ frame: Frame) -> Bool {
    guard !digests.isEmpty, let digest = Quarantine.digest(of: frame) else { return false }
    return digests.contains(digest)
  }

  /// Forgets everything: another program may well survive it.
  mutating func removeAll() {
    digests = []
    order = []
  }

  /// `nil` for a frame that carries nothing.
  private static func digest(of frame: Frame) -> [UInt8]? {
    if !frame.attachments.isEmpty { return SHA256.digest(frame.attachments) }
    // Encoding sorts the members, so that their order and the space between them do not count.
    let fields = (try? WireJSON.object(frame.json)) ?? .null
    switch fields["params"] {
    case nil, .null, .object([:]): return nil
    default: break
    }
    let content: [String: JSONValue] = ["method": fields["method"] ?? .null, "params": fields["params"] ?? .null]
    return SHA256.digest((try? WireJSON.encode(JSONValue.object(content))) ?? Array(frame.json))
  }
}
