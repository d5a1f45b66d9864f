package import Tensors

/// What is known of a network's image input beyond what its file declares.
package struct OnnxImageRule: Sendable, Hashable {
  /// Whether the network takes other heights and widths than the fixed ones its file declares. Exporters write down the
  /// size they were given even where nothing depends on it.
  package var freesSize: Bool
  /// Whether the file takes N x H x W x C, as exporters from TensorFlow write; it is still given N x C x H x W.
  package var channelsLast: Bool

  package init(freesSize: Bool = false, channelsLast: Bool = false) {
    self.freesSize = freesSize
    self.channelsLast = channelsLast
  }

  /// A shape N x C x H x W in the order of the file.
  func inFile(_ shape: Shape) -> Shape {
    channelsLast && shape.rank == 4 ? [shape[0], shape[2], shape[3], shape[1]] : shape
  }

  /// The declared dimensions with height and width free where they are.
  func declared(_ dimensions: [OnnxDimension]) -> [OnnxDimension] {
    guard freesSize, dimensions.count == 4 else { return dimensions }
    let size = channelsLast ? 1...2 : 2...3
    return dimensions.enumerated().map { size.contains($0) ? .free("") : $1 }
  }

  /// The declared dimensions in the order N x C x H x W, height and width free where they are.
  package func image(_ dimensions: [OnnxDimension]) -> [OnnxDimension] {
    let known = declared(dimensions)
    return channelsLast && known.count == 4 ? [known[0], known[3], known[1], known[2]] : known
  }
}
