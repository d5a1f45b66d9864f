internal import CKernels
internal import Tensors

/// Linear or cubic resize of rows and columns of channels-last pixels.
struct InterpolationStep: PlanStep {
  let input: ValueID
  let output: ValueID
  let resize: Resize

  var inputs: [ValueID] { [input] }
  var outputs: [ValueID] { [output] }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let (from, to) = (context.shape(input), context.shape(output))
    guard to.count > 0 else { return }
    func table(_ axis: Int) -> ResizeTable {
      let wanted = resize.axes.first { $0.axis == axis } ?? Resize.Axis(axis: axis, length: to[axis], scale: 1)
      return ResizeTable(wanted, length: from[axis], mode: resize.mode, coordinates: resize.coordinates)
    }
    let (rows, columns) = (table(2), table(3))
    let views = UncheckedSendable((x: context.view(input), y: context.view(output)))
    let (height, width, channels) = (to[2], to[3], to[1])
    let work = to.count * rows.taps * columns.taps
    context.pool.split(to[0] * height, work: work, grain: 200_000) { first, last in
      let (x, y) = views.value
      for at in first..<last {
        let (image, row) = (at / height, at % height)
        for column in 0..<width {
          let target = y.data + image * y.image + row * y.row + column * y.pixel
          target.update(repeating: 0, count: channels)
          for down in row * rows.taps..<(row + 1) * rows.taps where rows.weights[down] != 0 {
            let line = x.data + image * x.image + rows.indices[down] * x.row
            for across in column * columns.taps..<(column + 1) * columns.taps where columns.weights[across] != 0 {
              let weight = rows.weights[down] * columns.weights[across]
              let pixel = line + columns.indices[across] * x.pixel
              for channel in 0..<channels { target[channel] += weight * pixel[channel] }
            }
          }
        }
      }
    }
  }
}
