internal import CKernels

/// Bᵀ d B: from the padded input to 36 matrices.
extension Winograd {
    /// - Parameters:
    ///   - matrices: 36 [tiles, `plan.words`], `plan.distance` apart.
    ///   - lines: `plan.lineCount` floats.
    static func transform(
        _ input: UnsafePointer<Float>, _ plan: Plan, tileRow: Int, tiles: Range<Int>, pre: Activation,
        into matrices: UnsafeMutablePointer<Float>, lines: UnsafeMutablePointer<Float>
    ) {
        let shape = plan.shape
        let (channels, level) = (shape.inputChannels, plan.gemm.level)
        let transform = plan.gemm.isPaired ? level.patches_in_pairs : level.patches
        /// Row `i` of those that the tiles see, from the picture's first column on; nil where it is of zeros.
        func row(_ i: Int) -> UnsafePointer<Float>? {
            let y = paddedIndex(tileRow * side - shape.margin + i, shape.inputHeight, shape.padding)
            return y < 0 ? nil : input + y * shape.inputWidth * channels
        }
        func patches(_ tile: Int, _ count: Int, _ rows: (Int) -> UnsafePointer<Float>) {
            var from = stylevideo_patches(
                rows: (rows(0), rows(1), rows(2), rows(3), rows(4), rows(5)), channels: channels,
                rectifies: pre == .relu)
            let to = matrices + (tile - tiles.lowerBound) * plan.words
            transform(&from, count, to, plan.distance(tiles.count * plan.words))
        }
        // Tiles that see columns of the picture alone are read as they lie.
        let first = min(max((shape.margin + side - 1) / side, tiles.lowerBound), tiles.upperBound)
        let room = shape.inputWidth + shape.margin - patch
        let end = room < 0 ? 0 : room / side + 1
        let inside = first..<max(min(end, tiles.upperBound), first)
        if !inside.isEmpty {
            let left = (inside.lowerBound * side - shape.margin) * channels
            if (0..<patch).contains(where: { row($0) == nil }) {
                lines.update(repeating: 0, count: (side * inside.count + 2) * channels)
            }
            patches(inside.lowerBound, inside.count) { i in row(i).map { $0 + left } ?? UnsafePointer(lines) }
        }
        for tile in tiles where !inside.contains(tile) {
            for i in 0..<patch {
                for column in 0..<patch {
                    let x = paddedIndex(tile * side - shape.margin + column, shape.inputWidth, shape.padding)
                    let to = lines + (i * patch + column) * channels
                    if let row = row(i), x >= 0 {
                        to.update(from: row + x * channels, count: channels)
                    } else {
                        to.update(repeating: 0, count: channels)
                    }
                }
            }
            patches(tile, 1) { i in UnsafePointer(lines + i * patch * channels) }
        }
    }
}
