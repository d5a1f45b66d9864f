/// A queue of requests; taking the first one is cheap.
struct RequestFIFO {
  private var items: [ActiveRequest] = []
  private var head = 0

  var count: Int { items.count - head }

  mutating func append(_ request: ActiveRequest) { items.append(request) }

  mutating func popFirst() -> ActiveRequest? {
    guard head < items.count else { return nil }
    let first = items[head]
    head += 1
    if head > 64, head * 2 > items.count {
      items.removeFirst(head)
      head = 0
    }
    return first
  }

  /// Drops all requests but those that `isWanted`.
  mutating func keep(_ isWanted: (ActiveRequest) -> Bool) {
    items = items[head...].filter(isWanted)
    head = 0
  }
}
