public import Imaging
internal import Kernels

extension StillPicture {
    /// Gives the next frame: `frame` as it was looked at, `lookahead` frames ago or, at the stretch's end, fewer.
    /// - Parameter output: nil where nobody needs it.
    public func give(_ frame: Frame, into output: Frame?) {
        precondition(given < seen, "a frame that was not looked at")
        if !lights[0].isNone {
            scale(held, by: lights[0])
            anchorLight = anchorLight.then(lights[0])
        }
        let past = lights.dropFirst().reduce(Light()) { $0.then($1) }.inverse
        let ahead = seen - 1 - given
        let columns = comparison.columns
        comparison.forEachRow { row, _ in for column in 0..<columns { hold(row, column, ahead: ahead, past) } }
        if let output { write(frame, into: output) }
        heldShare = Double(isHeld.reduce(0) { $0 + ($1 ? 1 : 0) }) / Double(isHeld.count)
        if beginsScene && given == Self.anchorFrame {
            anchor.update(from: held, count: 3 * comparison.width * comparison.height)
            _ = isAnchored.update(fromContentsOf: isHeld)
            anchorLight = Light()
        }
        lights.removeFirst()
        given += 1
    }

    private func write(_ frame: Frame, into output: Frame) {
        let (width, columns) = (comparison.width, comparison.columns)
        frame.withSamples { pixels in
            output.withMutableSamples { to in
                comparison.forEachRow { row, _ in
                    for y in comparison.lines(of: row) {
                        BlockDifferences.write(
                            pixels + y * frame.rowStride, held + 3 * width * y, width: width,
                            isHeld: isHeld.baseAddress! + row * columns, into: to + y * output.rowStride)
                    }
                }
            }
        }
    }

    /// A block that has stood still from this frame to the newest is held from here on.
    private func hold(_ row: Int, _ column: Int, ahead: Int, _ past: Light) {
        let block = row * comparison.columns + column
        if !states[block].isStill, states[block].age >= max(ahead, min(Self.lookahead, seen - 1), 1) {
            states[block].isStill = true
            fill(row, column, from: comparison.reference, past)
            if isAnchored[block], isAnchorAgain(row, column) { fill(row, column, from: anchor, anchorLight) }
        }
        isHeld[block] = states[block].isStill || Int(states[block].end) > given
    }

    private func columns(of column: Int) -> Range<Int> {
        let first = BlockDifferences.side * column
        return first..<min(first + BlockDifferences.side, comparison.width)
    }

    /// A block's held values are those in another light, in whole levels where frames have no others.
    private func fill(_ row: Int, _ column: Int, from values: UnsafeMutablePointer<Int16>, _ light: Light) {
        let columns = columns(of: column)
        for y in comparison.lines(of: row) {
            let (first, count) = (3 * (comparison.width * y + columns.lowerBound), 3 * columns.count)
            (held + first).update(from: values + first, count: count)
            BlockDifferences.scale(
                held + first, 0..<columns.count, factor: light.factor, offset: light.offset, toWholeLevels: !isFine)
        }
    }

    /// Whether a block, whose held values are new, is what it was when the scene began: two means of noise.
    private func isAnchorAgain(_ row: Int, _ column: Int) -> Bool {
        var (sums, brightness, square, count) = (SIMD3<Float>.zero, SIMD3<Float>.zero, Float(0), Float(0))
        let (factor, offset) = (anchorLight.factor, anchorLight.offset)
        let scale = 1 / Float(1 << BlockDifferences.fraction)
        for y in comparison.lines(of: row) {
            for x in columns(of: column) {
                let i = 3 * (comparison.width * y + x)
                let new = SIMD3(Float(held[i]), Float(held[i + 1]), Float(held[i + 2])) * scale
                let old = SIMD3(Float(anchor[i]), Float(anchor[i + 1]), Float(anchor[i + 2])) * scale
                let difference = new - (old * factor + offset)
                (sums, brightness, count) = (sums + difference, brightness + new, count + 1)
                square += difference.luma * difference.luma
            }
        }
        return Judgement.isSame(
            mean: sums / count, distance: (square / count).squareRoot(), noise.level(at: (brightness / count).luma))
    }
}
