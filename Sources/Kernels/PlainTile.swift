internal import CKernels

/// The register tile one product at a time. Its sums have the vectors' bits, and its shape is another than theirs: what
/// holds for both of them does not rest on either one's constants.
enum PlainTile {
    static let gemm = PackedGemm(tile: 4, panel: 32, vector: 16) { a, aStride, b, c, cStride, rows, columns, pass in
        for row in 0..<rows {
            multiply(a + row * aStride, b, into: c + row * cStride, columns, pass.pointee)
        }
    }

    private static func multiply(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>, _ columns: Int,
        _ pass: stylevideo_pass
    ) {
        if !pass.continues {
            for column in 0..<columns { c[column] = pass.bias?[column] ?? 0 }
        }
        var b = b
        for segment in 0..<pass.segments {
            for i in 0..<pass.length {
                let value = a[segment * pass.segment_stride + i]
                for column in 0..<columns { c[column].addProduct(value, b[column]) }
                b += columns
            }
        }
        if pass.rectifies {
            for column in 0..<columns { c[column] = c[column].rectified }
        }
    }
}
