import CKernels
import Testing

/// Whole-vector stores of dense layers must not touch memory behind the output.
@Suite struct ConvolutionTests {
  static let instructionSets = [FK_ISA_BASE, FK_ISA_AVX2, FK_ISA_AVX512, FK_ISA_WIDE_ON_AVX2].filter {
    fk_isa_supported($0) != 0
  }

  @Test(arguments: [1, 2, 3, 5, 6, 7, 8, 10, 12, 15, 16, 17, 20, 31, 33, 49])
  func storesEndWithTheOutput(_ channelsOut: Int) {
    let (height, width, channelsIn) = (7, 9, 3)
    let x = (0..<height * width * channelsIn).map { Float($0 % 13) - 6 }
    let weights = (0..<channelsOut * channelsIn * 9).map { Float($0 % 7) - 3 }
    let (outHeight, outWidth) = (height - 2, width - 2)
    for index in Self.instructionSets.indices {
      let isa = Self.instructionSets[index]
      let padded = Int(fk_conv_padded_channels(isa, Int32(channelsOut)))
      var packed = [Float](repeating: 0, count: padded * channelsIn * 9)
      fk_conv_pack(isa, weights, Int32(channelsOut), Int32(channelsIn), 3, 3, &packed)
      let bias = [Float](repeating: 0, count: padded)
      let count = outHeight * outWidth * channelsOut
      var y = [Float](repeating: 777, count: count + 64)
      var input = x
      input.withUnsafeMutableBufferPointer { input in
        y.withUnsafeMutableBufferPointer { y in
          packed.withUnsafeBufferPointer { packed in
            bias.withUnsafeBufferPointer { bias in
              var call = fk_conv(
                x: fk_view(
                  data: input.baseAddress, pixel: channelsIn, row: width * channelsIn,
                  image: height * width * channelsIn, n: 1, h: Int32(height), w: Int32(width), c: Int32(channelsIn)),
                y: fk_view(
                  data: y.baseAddress, pixel: channelsOut, row: outWidth * channelsOut,
                  image: outHeight * outWidth * channelsOut, n: 1, h: Int32(outHeight), w: Int32(outWidth),
                  c: Int32(channelsOut)), residual: fk_view(), kernel_h: 3, kernel_w: 3, stride_h: 1, stride_w: 1,
                dilation_h: 1, dilation_w: 1, weights: packed.baseAddress, bias: bias.baseAddress,
                epilogue: fk_epilogue(kind: FK_ACT_NONE, low: 0, high: 0, slope: nil))
              fk_conv_run(isa, &call, 0, outHeight * outWidth, 0, fk_conv_blocks(isa, Int32(channelsOut)))
            }
          }
        }
      }
      #expect(y[count...].allSatisfy { $0 == 777 })
      for pixel in 0..<outHeight * outWidth {
        for channel in 0..<channelsOut {
          var sum: Float = 0
          for tap in 0..<9 {
            let at = (pixel / outWidth + tap / 3) * width + pixel % outWidth + tap % 3
            for c in 0..<channelsIn { sum += x[at * channelsIn + c] * weights[(channel * channelsIn + c) * 9 + tap] }
          }
          #expect(y[pixel * channelsOut + channel] == sum)
        }
      }
    }
  }
}
