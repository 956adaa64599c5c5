public import Imaging

extension Thumbnail {
    /// Shrinks a frame. Frames smaller than the grid repeat their pixels.
    public init(_ frame: Frame) {
        var pixels = [Float](repeating: 0, count: Self.width * Self.height * 3)
        frame.withBytes { bytes in
            for y in 0..<Self.height {
                let top = y * frame.height / Self.height
                let rows = top..<max(top + 1, (y + 1) * frame.height / Self.height)
                for x in 0..<Self.width {
                    let left = x * frame.width / Self.width
                    let columns = left..<max(left + 1, (x + 1) * frame.width / Self.width)
                    let mean = Self.mean(bytes, frame.rowStride, rows, columns)
                    for channel in 0..<3 { pixels[(y * Self.width + x) * 3 + channel] = mean[channel] }
                }
            }
        }
        self.init(pixels: pixels)
    }

    private static func mean(
        _ bytes: UnsafeRawBufferPointer, _ rowStride: Int, _ rows: Range<Int>, _ columns: Range<Int>
    ) -> SIMD4<Float> {
        // Every second row and column of large cells: a quarter of a 1080p cell's 900 pixels is mean enough.
        let step = rows.count >= 8 && columns.count >= 8 ? 2 : 1
        var sum = SIMD4<Float>.zero
        var count: Float = 0
        for y in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
            for x in stride(from: columns.lowerBound, to: columns.upperBound, by: step) {
                let at = y * rowStride + x * 3
                sum += SIMD4(Float(bytes[at]), Float(bytes[at + 1]), Float(bytes[at + 2]), 0)
                count += 1
            }
        }
        return sum / count
    }
}
