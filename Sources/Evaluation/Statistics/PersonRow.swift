/// How one enrolled person fared.
package struct PersonRow: Codable, Sendable, Equatable {
  /// A position among the enrolled people.
  package var person: Int32
  package var probes: Int
  /// The right name in front, whatever the score.
  package var first: Int
  /// At the rule's own thresholds.
  package var right: Int
  package var wrong: Int
  package var unknown: Int
  /// The lowest and the middle score of probes with the right name in front; absent without any.
  package var lowest: Float?
  package var median: Float?

  /// One row a person, people without probes too.
  static func rows(_ known: [ProbeOutcome], people: Int) -> [PersonRow] {
    var rows = (0..<max(0, people)).map {
      PersonRow(person: Int32(clamping: $0), probes: 0, first: 0, right: 0, wrong: 0, unknown: 0)
    }
    var scores = [[Float]](repeating: [], count: rows.count)
    for probe in known {
      guard let person = probe.person.map(Int.init), rows.indices.contains(person) else { continue }
      rows[person].probes += 1
      if probe.isRight {
        rows[person].first += 1
        scores[person].append(probe.score)
      }
      switch probe.named {
      case nil: rows[person].unknown += 1
      case probe.person: rows[person].right += 1
      default: rows[person].wrong += 1
      }
    }
    for person in rows.indices {
      let sorted = scores[person].filter(\.isFinite).sorted()
      rows[person].lowest = sorted.first
      rows[person].median = sorted.isEmpty ? nil : sorted[sorted.count / 2]
    }
    return rows
  }
}

/// Somebody who was given a name, and how often.
package struct Confusion: Codable, Sendable, Equatable {
  /// A position among the enrolled people; absent for strangers.
  package var person: Int32?
  /// The name given; absent for nobody's.
  package var named: Int32?
  package var count: Int

  /// Every pair that occurred, right ones too, most frequent first.
  static func count(_ outcomes: [ProbeOutcome]) -> [Confusion] {
    struct Key: Hashable {
      let person: Int32?
      let named: Int32?
    }
    var counts: [Key: Int] = [:]
    for outcome in outcomes { counts[Key(person: outcome.person, named: outcome.named), default: 0] += 1 }
    return counts.map { Confusion(person: $0.key.person, named: $0.key.named, count: $0.value) }.sorted { a, b in
      (-a.count, a.person ?? .max, a.named ?? .max) < (-b.count, b.person ?? .max, b.named ?? .max)
    }
  }
}
