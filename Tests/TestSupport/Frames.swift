package import Imaging

extension Frame {
    /// The picture's bytes, without what lies between its rows.
    package var pixels: [UInt8] {
        withBytes { bytes in
            (0..<height).flatMap { bytes[($0 * rowStride)..<($0 * rowStride + width * format.bytesPerPixel)] }
        }
    }

    package func fill(_ colour: (_ x: Int, _ y: Int) -> [UInt8]) {
        withMutableBytes { bytes in
            for y in 0..<height {
                for x in 0..<width {
                    for (component, value) in colour(x, y).enumerated() {
                        bytes[y * rowStride + x * format.bytesPerPixel + component] = value
                    }
                }
            }
        }
    }
}
