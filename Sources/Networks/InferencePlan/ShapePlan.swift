internal import CKernels
internal import Tensors

/// Where one value lies in a run's memory.
struct Placement: Sendable {
  /// Numbers of the format from the start of the memory to pixel (0, 0), channel 0; so the other distances.
  var offset: Int
  var pixel = 0
  var row = 0
  var image = 0
  var shape: Shape
  var format = ValueFormat.float32

  func view(base: UnsafeMutablePointer<Float>) -> fk_view {
    let n = shape.rank > 0 ? shape[0] : 1
    let c = shape.rank > 1 ? shape[1] : 1
    let bytes = offset * MemoryLayout<Float>.stride / format.perFloat
    return fk_view(
      data: (UnsafeMutableRawPointer(base) + bytes).assumingMemoryBound(to: Float.self), pixel: pixel, row: row,
      image: image, n: Int32(n), h: shape.rank == 4 ? Int32(shape[2]) : 1,
      w: shape.rank == 4 ? Int32(shape[3]) : 1, c: Int32(c))
  }
}

/// The memory of a plan for one set of input shapes, decided once: values whose lives do not meet share memory, inputs
/// of a concatenation are produced in place.
struct ShapePlan: Sendable {
  private(set) var shapes: [ValueID: Shape]
  private(set) var placements: [ValueID: Placement] = [:]
  /// Borders to zero before each step runs: the value that owns the memory, and its border.
  private(set) var zeroed: [[(ValueID, Padding)]]
  /// Floats a run needs.
  private(set) var size = 0

  /// Plans for `inputs`. `parameterShapes` also has the parameters that only packed copies remain of; `formats` has the
  /// values that are not float32.
  init(
    graph: Graph, parameterShapes: [ValueID: Shape], formats: [ValueID: ValueFormat], steps: [any PlanStep],
    inputs: [Shape]
  ) throws(GraphError) {
    let known = try graph.shapes(inputs: inputs, parameters: parameterShapes)
    shapes = known
    zeroed = Array(repeating: [], count: steps.count)

    // Who owns the memory: a concatenation owns that of the inputs produced inside it.
    let produced = Set(steps.flatMap(\.outputs))
    var home: [ValueID: (owner: ValueID, channel: Int)] = [:]
    for step in steps {
      guard let output = step.outputs.first else { continue }
      for (value, channel) in step.channelsInsideOutput({ known[$0] ?? [] })
      where produced.contains(value) && home[value] == nil && value != output && known[value]?.rank == 4 {
        home[value] = (output, channel)
      }
    }
    func owner(_ value: ValueID) -> (ValueID, Int) {
      var (current, channel) = (value, 0)
      while let next = home[current] {
        current = next.owner
        channel += next.channel
      }
      return (current, channel)
    }

    // Life of each owner, and the widest border any reader of it or its parts asks for.
    var life: [ValueID: ClosedRange<Int>] = [:]
    var border: [ValueID: Padding] = [:]
    func extend(_ value: ValueID, to index: Int) {
      let (root, _) = owner(value)
      guard let old = life[root] else {
        life[root] = index...index
        return
      }
      life[root] = min(old.lowerBound, index)...max(old.upperBound, index)
    }
    for value in graph.inputs { extend(value, to: -1) }
    for (index, step) in steps.enumerated() {
      for value in step.inputs where parameterShapes[value] == nil {
        extend(value, to: index)
        if let wanted = step.border(of: value) {
          let (root, _) = owner(value)
          border[root] = border[root]?.union(wanted) ?? wanted
        }
      }
      for value in step.outputs { extend(value, to: index) }
    }
    for value in graph.outputs { extend(value, to: steps.count) }

    placeOwners(life: life, border: border, formats: formats)
    for value in Set(known.keys).subtracting(life.keys) where parameterShapes[value] == nil {
      let (root, channel) = owner(value)
      guard root != value, var placement = placements[root], let shape = known[value] else { continue }
      placement.offset += channel
      placement.shape = shape
      placements[value] = placement
    }
    for (value, padding) in border {
      guard let lifetime = life[value] else { continue }
      zeroed[max(lifetime.lowerBound, 0)].append((value, padding))
    }
  }

  /// Gives every owner the lowest free place, large ones first.
  private mutating func placeOwners(
    life: [ValueID: ClosedRange<Int>], border: [ValueID: Padding], formats: [ValueID: ValueFormat]
  ) {
    struct Block {
      let value: ValueID
      let life: ClosedRange<Int>
      let size: Int
      var start = 0
    }
    var blocks: [Block] = []
    for (value, lifetime) in life {
      guard let shape = shapes[value] else { continue }
      let padding = border[value] ?? Padding(0)
      let format = formats[value] ?? .float32
      var placement = Placement(offset: 0, shape: shape, format: format)
      var size = shape.count
      if shape.rank == 4 {
        placement.pixel = shape[1]
        placement.row = (shape[3] + padding.left + padding.right) * shape[1]
        placement.image = (shape[2] + padding.top + padding.bottom) * placement.row
        placement.offset = padding.top * placement.row + padding.left * placement.pixel
        size = placement.image * shape[0]
      } else if shape.rank == 2 {
        (placement.pixel, placement.row, placement.image) = (shape[1], shape[1], shape[1])
      }
      placements[value] = placement
      let floats = (size + format.perFloat - 1) / format.perFloat
      blocks.append(Block(value: value, life: lifetime, size: (floats + 31) / 16 * 16))
    }
    blocks.sort { ($0.size, $0.value.index) > ($1.size, $1.value.index) }
    var placed: [Block] = []
    for var block in blocks {
      for other in placed where other.life.overlaps(block.life) {
        if block.start + block.size <= other.start { break }
        block.start = max(block.start, other.start + other.size)
      }
      placements[block.value]?.offset += block.start * (formats[block.value] ?? .float32).perFloat
      self.size = max(self.size, block.start + block.size)
      placed.insert(block, at: placed.firstIndex { $0.start > block.start } ?? placed.count)
    }
  }
}
