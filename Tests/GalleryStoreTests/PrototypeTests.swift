import Testing

@testable import GalleryStore

@Suite struct PrototypeTests {
  private func rows(_ vectors: [[Float]]) -> RowBlocks {
    var rows = RowBlocks(dimension: vectors[0].count)
    for vector in vectors { _ = rows.append { $0.update(fromContentsOf: vector) == $0.endIndex } }
    return rows
  }

  private func cosine(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  @Test func aWrongPhotoDoesNotMoveThePrototype() {
    var random = SeededGenerator(seed: 5)
    let center = random.direction(64)
    let good = (0..<9).map { _ in random.direction(near: center, spread: 0.5) }
    let wrong = center.map { -$0 }
    let clean = Prototype.make(of: (0..<9).map { $0 }, in: rows(good))
    let spoiled = Prototype.make(of: (0..<10).map { $0 }, in: rows([wrong] + good))
    let plainMean = (0..<64).map { index in ([wrong] + good).reduce(0) { $0 + $1[index] } }
    let length = plainMean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(cosine(clean, spoiled) > 0.99)
    #expect(cosine(clean, spoiled) > cosine(clean, plainMean.map { $0 / length }))
    #expect(cosine(spoiled, center) > 0.95)
  }

  @Test func atLeastSeventyOfAHundredStay() {
    // Six agree, four point elsewhere and each their own way: three may be dropped, the fourth is trimmed or stays.
    var vectors: [[Float]] = (0..<6).map { _ in [1, 0, 0, 0, 0, 0, 0, 0] }
    for axis in 1...4 { vectors.append((0..<8).map { $0 == axis ? 1 : 0 }) }
    let prototype = Prototype.make(of: (0..<10).map { $0 }, in: rows(vectors))
    #expect(prototype[0] > 0.98)
    // Of three none may be dropped (70 % of 3 rounds up to 3), nor trimmed.
    let three = Prototype.make(of: [0, 1, 2], in: rows([[1, 0], [1, 0], [0, 1]]))
    #expect(abs(three[1] / three[0] - 0.5) < 1e-6)
  }

  @Test func oneTemplateIsItsOwnPrototype() {
    #expect(Prototype.make(of: [1], in: rows([[0, 1], [0.6, 0.8]])) == [0.6, 0.8])
  }

  @Test func templatesThatCancelOutStillGiveADirection() {
    let prototype = Prototype.make(of: [0, 1], in: rows([[1, 0], [-1, 0]]))
    #expect(prototype == [1, 0])
  }

  @Test func rowsSurviveBlockBoundaries() {
    var matrix = RowBlocks(dimension: 4096, blockBytes: 1 << 20)
    #expect(matrix.rowsPerBlock == 64)
    for row in 0..<200 {
      _ = matrix.append { values in
        values.update(repeating: Float(row))
        return true
      }
    }
    let refused = matrix.append { _ in false }
    #expect(!refused)
    #expect(matrix.count == 200)
    matrix.set(70, to: Array(repeating: -1, count: 4096))
    #expect(matrix.withRow(69) { $0[4095] } == 69)
    #expect(matrix.withRow(70) { $0[0] } == -1)
    #expect(matrix.withRow(71) { $0[0] } == 71)
    #expect(matrix.pieces(limit: 1000).map(\.count) == [64, 64, 64, 8])
    #expect(matrix.pieces(limit: 50, from: 100) == [100..<128, 128..<178, 178..<192, 192..<200])
  }
}
