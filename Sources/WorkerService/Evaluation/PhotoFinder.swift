internal import Protocol

/// A photo of an evaluation.
struct FoundPhoto {
  /// Where it is.
  let path: String
  /// Its path as it is reported: relative to the folder that was asked for.
  let shown: String
}

/// The photos of one person.
struct FoundPerson {
  let name: String
  var photos: [FoundPhoto]
}

/// Finds photos in folders, through the ``PathPolicy`` and within a limit.
struct PhotoFinder {
  /// Photos and other files of all folders together.
  static let maxFiles = 250_000
  /// Folders within folders.
  private static let maxDepth = 8
  /// Endings of files that are taken for photos, those that cannot be decoded too: they are counted as failures.
  private static let endings: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "heic", "heif", "avif", "bmp", "gif", "tif", "tiff", "pgm", "ppm",
  ]

  let paths: PathPolicy
  private var left = PhotoFinder.maxFiles

  init(_ paths: PathPolicy) { self.paths = paths }

  private struct FolderID: Hashable {
    let device: UInt
    let inode: UInt
  }

  /// The photos of each sub-folder, at any depth, by its name; files beside the sub-folders do not count.
  mutating func people(in folder: String, field: String) throws(WireError) -> [FoundPerson] {
    let listing = try list(folder, field)
    var people: [FoundPerson] = []
    for entry in listing.entries where entry.isFolder {
      var visited: Set<FolderID> = [FolderID(device: listing.device, inode: listing.inode)]
      var photos: [FoundPhoto] = []
      try add(
        listing.path + "/" + entry.name, shown: entry.name, field: field, depth: 1, &visited, &photos)
      if !photos.isEmpty { people.append(FoundPerson(name: entry.name, photos: photos)) }
    }
    return people
  }

  /// All photos of a folder at any depth.
  mutating func photos(in folder: String, field: String) throws(WireError) -> [FoundPhoto] {
    var visited: Set<FolderID> = []
    var photos: [FoundPhoto] = []
    try add(folder, shown: "", field: field, depth: 0, &visited, &photos)
    return photos
  }

  private mutating func add(
    _ folder: String, shown: String, field: String, depth: Int, _ visited: inout Set<FolderID>,
    _ photos: inout [FoundPhoto]
  ) throws(WireError) {
    let listing: PathPolicy.Listing
    do {
      listing = try list(folder, field)
    } catch {
      // A folder within the one asked for may lead elsewhere or be closed to us; the rest still counts.
      if depth == 0 || left <= 0 { throw error }
      return
    }
    guard visited.insert(FolderID(device: listing.device, inode: listing.inode)).inserted else { return }
    for entry in listing.entries {
      let name = shown.isEmpty ? entry.name : shown + "/" + entry.name
      if entry.isFolder {
        guard depth < Self.maxDepth else { continue }
        try add(
          listing.path + "/" + entry.name, shown: name, field: field, depth: depth + 1, &visited, &photos)
      } else if let dot = entry.name.lastIndex(of: "."),
        Self.endings.contains(entry.name[entry.name.index(after: dot)...].lowercased())
      {
        photos.append(FoundPhoto(path: listing.path + "/" + entry.name, shown: name))
      }
    }
  }

  private mutating func list(_ folder: String, _ field: String) throws(WireError) -> PathPolicy.Listing {
    do {
      let listing = try paths.list(folder, field: field, limit: left)
      left -= listing.entries.count
      return listing
    } catch {
      if error.message.contains("more than") { left = 0 }
      throw error
    }
  }
}
