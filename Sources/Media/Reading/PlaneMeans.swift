internal import CFFmpeg
import Imaging

/// Means of a grid of cells over a decoded frame, from the decoder's own planes: no pixel is converted.
///
/// Cells and samples are those of the upright picture. Of large cells every second row and column is enough, as a mean
/// of 225 of a 1080p cell's 900 pixels is. Colours beyond RGB's range are brought back for each cell, not each pixel.
final class PlaneMeans {
    let columns: Int
    let rows: Int
    private var lastGrid: CellGrid?
    /// A row of cells summed down each column of samples.
    private var sums: [UInt32] = []
    /// Three components, cell by cell.
    private var means: [Float]

    init(columns: Int, rows: Int) {
        (self.columns, self.rows) = (columns, rows)
        means = [Float](repeating: 0, count: 3 * columns * rows)
    }

    /// - Parameter pixels: red, green and blue of each cell, 0 to 255, interleaved.
    /// - Returns: false where the format's samples do not lie one by one in memory, or are transparent in places.
    func measure(
        _ frame: UnsafePointer<AVFrame>, yuv: YUVLayout, orientation: Orientation, into pixels: inout [Float]
    ) -> Bool {
        let format = AVPixelFormat(frame.pointee.format).withoutRange.format
        guard let layout = SampleLayout(format) else { return false }
        let (width, height) = (Int(frame.pointee.width), Int(frame.pointee.height))
        measure(layout, yuv, width: width, height: height, orientation, into: &pixels, frame.plane)
        return true
    }

    /// The same of a frame that has been converted.
    func measure(_ frame: Frame, into pixels: inout [Float]) {
        let layout = LibAV.allocated(SampleLayout(AV_PIX_FMT_RGB24))
        let yuv = YUVLayout(matrix: 0, isFullRange: true, chromaLocation: 0)
        frame.withBytes { bytes in
            let plane = UnsafeRawPointer(LibAV.allocated(bytes.baseAddress))
            measure(layout, yuv, width: frame.width, height: frame.height, .upright, into: &pixels) { _ in
                (plane, frame.rowStride)
            }
        }
    }

    private func measure(
        _ layout: SampleLayout, _ yuv: YUVLayout, width: Int, height: Int, _ orientation: Orientation,
        into pixels: inout [Float], _ plane: (Int) -> (data: UnsafeRawPointer, stride: Int)
    ) {
        let grid = grid(width: width, height: height, orientation)
        for (index, component) in layout.components.enumerated() {
            let (data, stride) = plane(component.plane)
            measure(data + component.offset, stride: stride, component, index, grid)
        }
        let conversion = MeanConversion(layout, yuv)
        if pixels.count != means.count { pixels = means }
        for cell in 0..<columns * rows { conversion(means, cell, into: &pixels) }
    }

    private func grid(width: Int, height: Int, _ orientation: Orientation) -> CellGrid {
        if let lastGrid, lastGrid.width == width, lastGrid.height == height { return lastGrid }
        let grid = CellGrid(columns: columns, rows: rows, width: width, height: height, orientation)
        lastGrid = grid
        sums = [UInt32](repeating: 0, count: width)
        return grid
    }

    private func measure(
        _ samples: UnsafeRawPointer, stride lineStride: Int, _ component: SampleLayout.Component, _ index: Int,
        _ grid: CellGrid
    ) {
        let width = (grid.width + (1 << component.shiftX) - 1) >> component.shiftX
        let columnStep = max(1, grid.step >> component.shiftX)
        let lineStep = max(1, grid.step >> component.shiftY)
        for (rowCell, lines) in grid.storedRows.enumerated() {
            let lines = lines.scaled(component.shiftY)
            add(samples, stride: lineStride, lines, by: lineStep, width: width, component)
            let lineCount = (lines.count + lineStep - 1) / lineStep
            for (columnCell, places) in grid.storedColumns.enumerated() {
                let places = places.scaled(component.shiftX)
                var (sum, count) = (0, 0)
                for place in stride(from: places.lowerBound, to: places.upperBound, by: columnStep) {
                    sum += Int(sums[place])
                    count += 1
                }
                means[3 * grid.cell(columnCell, rowCell) + index] = Float(sum) / Float(count * lineCount)
            }
        }
    }

    /// Sums the lines of a row of cells, sample by sample.
    private func add(
        _ samples: UnsafeRawPointer, stride lineStride: Int, _ lines: Range<Int>, by step: Int, width: Int,
        _ component: SampleLayout.Component
    ) {
        sums.withUnsafeMutableBufferPointer { sums in
            let sums = sums.baseAddress!
            sums.update(repeating: 0, count: width)
            for line in Swift.stride(from: lines.lowerBound, to: lines.upperBound, by: step) {
                let row = samples + line * lineStride
                switch (component.isWide, component.step) {
                case (false, 1):
                    let row = row.assumingMemoryBound(to: UInt8.self)
                    for x in 0..<width { sums[x] &+= UInt32(row[x]) }
                case (false, let step):
                    let row = row.assumingMemoryBound(to: UInt8.self)
                    for x in 0..<width { sums[x] &+= UInt32(row[x &* step]) }
                case (true, let step):
                    for x in 0..<width {
                        sums[x] &+= UInt32(row.loadUnaligned(fromByteOffset: x &* step, as: UInt16.self))
                    }
                }
            }
        }
    }
}

extension Range<Int> {
    /// The same stretch at a coarser resolution; at least one sample.
    fileprivate func scaled(_ shift: Int) -> Range<Int> {
        let start = lowerBound >> shift
        return start..<Swift.max(start + 1, upperBound >> shift)
    }
}

extension UnsafePointer<AVFrame> {
    func plane(_ index: Int) -> (data: UnsafeRawPointer, stride: Int) {
        let stride = withUnsafeBytes(of: pointee.linesize) { $0.load(fromByteOffset: 4 * index, as: Int32.self) }
        return (UnsafeRawPointer(LibAV.allocated(pointee.extended_data[index])), Int(stride))
    }
}
