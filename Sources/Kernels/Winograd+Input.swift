/// Bᵀ d B: from the padded input to 36 matrices.
extension Winograd {
    /// Bᵀ d down the columns of the padded input under a panel: six lines [columns, inputChannels].
    static func gather(
        _ input: UnsafePointer<Float>, _ plan: Plan, tileRow: Int, first: Int, tiles: Int, pre: Activation,
        into lines: UnsafeMutablePointer<Float>, zeros: UnsafeMutablePointer<Float>
    ) {
        let shape = plan.shape
        let channels = shape.inputChannels
        let columns = side * tiles + 2
        let left = first * side - shape.margin
        let lineStride = plan.columns * channels
        let rows = Rows(input, shape, top: tileRow * side - shape.margin, left: left, columns: columns, zeros: zeros)
        // Columns inside the picture lie without gaps and go in one run; those that padding shows go one by one.
        let inside = max(left, 0)..<max(min(left + columns, shape.inputWidth), max(left, 0))
        var x = left
        while x < left + columns {
            let to = lines + (x - left) * channels
            if x == inside.lowerBound && !inside.isEmpty {
                transformColumns(rows.at(x * channels), inside.count * channels, pre, into: to, lineStride)
                x = inside.upperBound
                continue
            }
            let source = paddedIndex(x, shape.inputWidth, shape.padding)
            if source < 0 {
                for line in 0..<patch { (to + line * lineStride).update(repeating: 0, count: channels) }
            } else {
                transformColumns(rows.at(source * channels), channels, pre, into: to, lineStride)
            }
            x += 1
        }
    }

    /// Six rows of the padded input.
    private struct Rows {
        var r0, r1, r2, r3, r4, r5: UnsafePointer<Float>

        /// - Parameter zeros: room for `columns` positions, filled only where a row lies beyond the picture.
        init(
            _ input: UnsafePointer<Float>, _ shape: ConvolutionShape, top: Int, left: Int, columns: Int,
            zeros: UnsafeMutablePointer<Float>
        ) {
            let channels = shape.inputChannels
            func row(_ i: Int) -> UnsafePointer<Float> {
                let y = paddedIndex(top + i, shape.inputHeight, shape.padding)
                if y >= 0 { return input + y * shape.inputWidth * channels }
                zeros.update(repeating: 0, count: columns * channels)
                return UnsafePointer(zeros) - left * channels
            }
            (r0, r1, r2, r3, r4, r5) = (row(0), row(1), row(2), row(3), row(4), row(5))
        }

        private init(_ r: Rows, _ offset: Int) {
            (r0, r1, r2) = (r.r0 + offset, r.r1 + offset, r.r2 + offset)
            (r3, r4, r5) = (r.r3 + offset, r.r4 + offset, r.r5 + offset)
        }

        @inline(__always)
        func at(_ offset: Int) -> Rows { Rows(self, offset) }
    }

    private static func transformColumns(
        _ rows: Rows, _ count: Int, _ pre: Activation, into to: UnsafeMutablePointer<Float>, _ lineStride: Int
    ) {
        if pre == .relu {
            transformColumns(rows, count, rectify: true, into: to, lineStride)
        } else {
            transformColumns(rows, count, rectify: false, into: to, lineStride)
        }
    }

    @inline(__always)
    private static func transformColumns(
        _ rows: Rows, _ count: Int, rectify: Bool, into to: UnsafeMutablePointer<Float>, _ lineStride: Int
    ) {
        vectors(count) { i, n in
            var d = Six(
                load(rows.r0 + i, n), load(rows.r1 + i, n), load(rows.r2 + i, n), load(rows.r3 + i, n),
                load(rows.r4 + i, n), load(rows.r5 + i, n))
            if rectify { d.rectify() }
            d.transformInput()
            d.store(to + i, lineStride, n)
        }
    }

    /// (Bᵀ d) B along the lines: from six lines to 36 matrices [tiles, inputChannels].
    static func transformLines(
        _ lines: UnsafePointer<Float>, _ plan: Plan, tiles: Int, into matrices: UnsafeMutablePointer<Float>
    ) {
        let channels = plan.shape.inputChannels
        let size = tiles * channels
        for line in 0..<patch {
            for tile in 0..<tiles {
                let from = lines + (line * plan.columns + tile * side) * channels
                let to = matrices + line * patch * size + tile * channels
                vectors(channels) { c, n in
                    var d = Six(from + c, channels, n)
                    d.transformInput()
                    d.store(to + c, size, n)
                }
            }
        }
    }
}
