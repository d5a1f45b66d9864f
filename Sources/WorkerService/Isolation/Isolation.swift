internal import CIsolation
import Foundation
import Glibc

/// What a worker gives up before it reads its first request: new privileges, the network, and every file that is none of its
/// business. A hole in a decoder then reaches neither. Holds for the process and the trainers it starts.
package struct Isolation: Sendable {
  /// A folder that stays usable.
  struct Place: Sendable, Equatable {
    var path: String
    var isWritable = false
    var isExecutable = false
    /// Nothing but the removal of empty folders.
    var isOnlyForRemoval = false
  }

  /// What the kernel took away, as `ready` names it.
  package enum Loss: String, Sendable, CaseIterable {
    /// Programs that are started get no more rights than the worker has.
    case newPrivileges
    /// Sockets cannot be made.
    case network
    /// Files outside of the worker's folders cannot be opened.
    case files
  }

  let places: [Place]

  /// The places of a worker.
  ///
  /// - Parameters:
  ///   - readable: what requests may name.
  ///   - writable: the gallery, media, models, mirror files. Folders among them are made if they are missing.
  ///   - temporary: a writable folder that is removed at the end.
  ///   - models: folders of models, whose entries may be links to elsewhere.
  package init(readable: [String], writable: [String], temporary: String? = nil, models: [String]) {
    var places = Isolation.systemPlaces
    places += readable.map { Place(path: $0) }
    places += models.flatMap { [$0] + Isolation.linked(from: $0) }.map { Place(path: $0, isWritable: true) }
    places += (writable + [temporary].compactMap { $0 }).map { Place(path: $0, isWritable: true) }
    if let temporary {
      // A folder is removed from the folder it is in.
      places.append(Place(path: (temporary as NSString).deletingLastPathComponent, isOnlyForRemoval: true))
    }
    self.places = places
  }

  /// Gives everything up that the kernel can take, for the calling thread and all it starts from now on. Not to be undone.
  ///
  /// - Returns: what was given up; what an old kernel cannot take is missing.
  package func enter() -> [Loss] {
    var losses: [Loss] = []
    // Without the first the kernel accepts the others from root only.
    guard fi_drop_new_privileges() == 0 else { return [] }
    losses.append(.newPrivileges)
    if fi_deny_sockets() == 0 { losses.append(.network) }
    let paths = places.map { strdup($0.path) }
    defer { paths.forEach { free($0) } }
    let rules = zip(places, paths).map { place, path in
      fi_rule(
        path: path, writable: place.isWritable ? 1 : 0, executable: place.isExecutable ? 1 : 0,
        only_removes_folders: place.isOnlyForRemoval ? 1 : 0)
    }
    if fi_restrict_files(rules, Int32(rules.count)) == 0 { losses.append(.files) }
    return losses
  }

  /// What the process itself is made of, and what the C library reads: the folders of its program and libraries, the machine's
  /// description, settings, time zones.
  private static var systemPlaces: [Place] {
    let maps = Isolation.maps()
    // Address, rights, offset, device, inode, and after some spaces the path. Only code counts: data may be mapped from
    // anywhere, the temporary folder included.
    let files = maps.split(separator: "\n").compactMap { line -> String? in
      let fields = line.split(separator: " ", maxSplits: 2)
      guard fields.count == 3, fields[1].contains("x") else { return nil }
      return line.firstIndex(of: "/").map { String(line[$0...]) }
    }
    let folders = Set(files.map { ($0 as NSString).deletingLastPathComponent })
    let code = folders.sorted().filter { $0 != "/" }.map { Place(path: $0, isExecutable: true) }
    let descriptions = [
      "/proc", "/sys/devices/system", "/sys/fs/cgroup", "/etc", "/usr/share/zoneinfo", "/usr/lib/locale",
    ]
    let devices = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"].map { Place(path: $0, isWritable: true) }
    return code + descriptions.map { Place(path: $0) } + devices
  }

  /// The process's memory map, read to its end: the kernel hands it out a page at a time.
  private static func maps() -> String {
    guard let file = fopen("/proc/self/maps", "r") else { return "" }
    defer { fclose(file) }
    var text = ""
    var line = [CChar](repeating: 0, count: Int(PATH_MAX) + 128)
    while fgets(&line, Int32(line.count), file) != nil {
      text += String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return text
  }

  /// Where links in a folder lead, two levels deep: models are often linked into a folder.
  private static func linked(from folder: String, depth: Int = 2) -> [String] {
    guard depth > 0, let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
    return names.flatMap { name -> [String] in
      let path = folder + "/" + name
      let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
      let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
      return (isLink ? [real] : []) + linked(from: path, depth: depth - 1)
    }
  }
}
