extension PairsFile {
  /// A number for the person in each photo, from 0.
  ///
  /// The folder of a photo is its person where the list agrees with that: no pair of one person reaches across folders, and
  /// none of two people stays within one. Otherwise only photos that pairs of one person connect are one.
  package func people() -> (numbers: [Int32], count: Int) {
    let folders = photos.map { photo in
      photo.path.lastIndex(of: "/").map { String(photo.path[..<$0]) } ?? ""
    }
    let agree = pairs.allSatisfy { pair in
      (folders[Int(pair.a)] == folders[Int(pair.b)]) == pair.isSame
    }
    return agree ? Self.numbered(folders) : Self.numbered(connected())
  }

  /// The root of each photo in the forest of pairs of one person.
  private func connected() -> [Int] {
    var parents = Array(photos.indices)
    func root(_ photo: Int) -> Int {
      var photo = photo
      while parents[photo] != photo {
        parents[photo] = parents[parents[photo]]
        photo = parents[photo]
      }
      return photo
    }
    for pair in pairs where pair.isSame { parents[root(Int(pair.a))] = root(Int(pair.b)) }
    return photos.indices.map(root)
  }

  private static func numbered<Key: Hashable>(_ keys: [Key]) -> (numbers: [Int32], count: Int) {
    var known: [Key: Int32] = [:]
    let numbers = keys.map { key -> Int32 in
      let next = Int32(clamping: known.count)
      if let number = known[key] { return number }
      known[key] = next
      return next
    }
    return (numbers, known.count)
  }
}
