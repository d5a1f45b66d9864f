internal import Protocol

/// Whom an identification enrolls and whom it looks up, before any photo is opened.
struct IdentificationSet {
  /// A photo to be looked up.
  struct Probe {
    let photo: FoundPhoto
    /// A position among ``people``; `nil` for a stranger.
    let person: Int32?
    /// For intervals: the person, or a stranger's number after all people.
    let group: Int32
  }

  /// Photos enrolled of each person when the rest of them are the probes.
  static let defaultEnrolled = 5

  private(set) var people: [FoundPerson] = []
  private(set) var probes: [Probe] = []
  /// Photos that were found and are not used.
  private(set) var leftOut = 0
  /// People and strangers, for intervals.
  private(set) var groups = 0

  /// Finds the photos.
  ///
  /// - Throws: ``WireError`` `pathNotAllowed` and `badParams`.
  init(_ params: EvaluateIdentification.Params, _ paths: PathPolicy) throws(WireError) {
    var finder = PhotoFinder(paths)
    let found = try finder.people(in: params.enroll, field: "params.enroll")
    let count = params.enrollPhotos ?? (params.probes == nil ? Self.defaultEnrolled : Int.max)
    people = found.map { FoundPerson(name: $0.name, photos: Array($0.photos.prefix(count))) }
    guard !people.isEmpty else {
      throw .badParams(
        "params.enroll has no sub-folder with photos; it needs one for each person.",
        details: ["field": "params.enroll"])
    }
    var positions: [String: Int32] = [:]
    for (index, person) in people.enumerated() { positions[person.name] = Int32(clamping: index) }
    groups = people.count
    let looked = try params.probes.map { path throws(WireError) in try finder.people(in: path, field: "params.probes") }
    addProbes(looked ?? found, positions)
    if let folder = params.strangers {
      let photos = try finder.photos(in: folder, field: "params.strangers")
      addStrangers(photos, positions, atMost: params.maxStrangers)
    }
    guard probes.contains(where: { $0.person != nil }) else {
      throw .badParams(
        "There is no photo of an enrolled person to look up: give params.probes sub-folders of the same names, or enroll "
          + "fewer photos.")
    }
  }

  /// A probe folder of a name that is not enrolled shows a stranger.
  private mutating func addProbes(_ found: [FoundPerson], _ positions: [String: Int32]) {
    var enrolled: Set<String> = []
    for person in people { enrolled.formUnion(person.photos.map(\.path)) }
    for person in found {
      let position = positions[person.name]
      let group = position ?? Int32(clamping: groups)
      if position == nil { groups += 1 }
      for photo in person.photos {
        if enrolled.contains(photo.path) {
          // The rest of the enrolled folder needs no count: that is how it was asked for.
          continue
        }
        probes.append(Probe(photo: photo, person: position, group: group))
      }
    }
  }

  /// Strangers in sub-folders are one person a sub-folder; photos that lie loose are one person each.
  private mutating func addStrangers(_ photos: [FoundPhoto], _ positions: [String: Int32], atMost limit: Int?) {
    let usable = photos.filter { photo in
      let folders = photo.shown.split(separator: "/").dropLast()
      return !folders.contains { positions[String($0)] != nil }
    }
    leftOut += photos.count - usable.count
    let count = min(limit ?? usable.count, usable.count)
    var strangers: [String: Int32] = [:]
    for index in 0..<count {
      // Evenly spread over the folder, whatever part of it is asked for.
      let photo = usable[index * usable.count / count]
      let person = photo.shown.lastIndex(of: "/").map { String(photo.shown[..<$0]) } ?? photo.shown
      let group = strangers[person] ?? Int32(clamping: groups)
      if strangers[person] == nil {
        strangers[person] = group
        groups += 1
      }
      probes.append(Probe(photo: photo, person: nil, group: group))
    }
  }

  var enrolledCount: Int { people.reduce(0) { $0 + $1.photos.count } }
}
