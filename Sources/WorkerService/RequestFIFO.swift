/// A queue; taking the first item is cheap.
struct RequestFIFO<Item> {
  private var items: [Item] = []
  private var head = 0

  var count: Int { items.count - head }

  mutating func append(_ item: Item) { items.append(item) }

  mutating func popFirst() -> Item? {
    guard head < items.count else { return nil }
    let first = items[head]
    head += 1
    if head > 64, head * 2 > items.count {
      items.removeFirst(head)
      head = 0
    }
    return first
  }

  /// Drops all items but those that `isWanted`.
  mutating func keep(_ isWanted: (Item) -> Bool) {
    items = items[head...].filter(isWanted)
    head = 0
  }
}
