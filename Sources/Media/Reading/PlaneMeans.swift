internal import CFFmpeg
import Imaging

/// Means of a grid of cells over a decoded frame, from the decoder's own planes: no pixel is converted.
///
/// Cells and samples are those of the upright picture. Of large cells every second row and column is enough, as a mean
/// of 225 of a 1080p cell's 900 pixels is. Colours beyond RGB's range are brought back for each cell, not each pixel.
final class PlaneMeans {
    let columns: Int
    let rows: Int
    private var lastGrid: Grid?
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

    private func grid(width: Int, height: Int, _ orientation: Orientation) -> Grid {
        if let lastGrid, lastGrid.width == width, lastGrid.height == height { return lastGrid }
        let grid = Grid(columns: columns, rows: rows, width: width, height: height, orientation)
        lastGrid = grid
        sums = [UInt32](repeating: 0, count: width)
        return grid
    }

    private func measure(
        _ samples: UnsafeRawPointer, stride lineStride: Int, _ component: SampleLayout.Component, _ index: Int,
        _ grid: Grid
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

/// Where the cells lie in the picture as it is stored.
private struct Grid {
    let width: Int
    let height: Int
    /// Samples from one that is looked at to the next, both ways.
    let step: Int
    let storedColumns: [Range<Int>]
    let storedRows: [Range<Int>]
    private let columns: Int
    private let swaps: Bool

    init(columns: Int, rows: Int, width: Int, height: Int, _ orientation: Orientation) {
        (self.width, self.height, self.columns) = (width, height, columns)
        swaps = orientation.swapsSides
        let (uprightWidth, uprightHeight) = swaps ? (height, width) : (width, height)
        let across = Grid.cells(columns, of: uprightWidth, isMirrored: orientation.xToX + orientation.yToX < 0)
        let down = Grid.cells(rows, of: uprightHeight, isMirrored: orientation.xToY + orientation.yToY < 0)
        (storedColumns, storedRows) = swaps ? (down, across) : (across, down)
        step = uprightWidth / columns >= 8 && uprightHeight / rows >= 8 ? 2 : 1
    }

    /// The cells of one side, each at least a sample, by their place in the upright picture.
    private static func cells(_ count: Int, of side: Int, isMirrored: Bool) -> [Range<Int>] {
        (0..<count).map { cell in
            let start = cell * side / count
            let end = max(start + 1, (cell + 1) * side / count)
            return isMirrored ? side - end..<side - start : start..<end
        }
    }

    /// The number of the upright picture's cell.
    func cell(_ storedColumn: Int, _ storedRow: Int) -> Int {
        swaps ? storedColumn * columns + storedRow : storedRow * columns + storedColumn
    }
}

/// How a pixel format's samples lie in memory, where each lies by itself in one or two bytes.
private struct SampleLayout {
    struct Component {
        let plane: Int
        let offset: Int
        let step: Int
        let shiftX: Int
        let shiftY: Int
        let isWide: Bool
        /// What a sample's numbers are multiples of.
        let unit: Int
    }

    let components: [Component]
    let isRGB: Bool
    let depth: Int

    init?(_ format: AVPixelFormat) {
        guard let description = av_pix_fmt_desc_get(format)?.pointee else { return nil }
        let refused =
            AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_ALPHA
            | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT
        guard description.flags & UInt64(refused) == 0 else { return nil }
        isRGB = description.flags & UInt64(AV_PIX_FMT_FLAG_RGB) != 0
        let said = description.comp
        let all = [said.0, said.1, said.2].prefix(Int(description.nb_components))
        depth = Int(said.0.depth)
        let isPlanar = description.flags & UInt64(AV_PIX_FMT_FLAG_PLANAR) != 0 || all.count == 1
        let isBigEndian = description.flags & UInt64(AV_PIX_FMT_FLAG_BE) != 0
        let depth = Int32(depth)
        guard all.count != 2, all.allSatisfy({ $0.depth == depth }) else { return nil }
        guard depth == 8 && said.0.shift == 0 || (9...16).contains(depth) && isPlanar && !isBigEndian else {
            return nil
        }
        let isXYZ = LibAV.string(description.name)?.hasPrefix("xyz") ?? true
        guard !isXYZ else { return nil }
        let (isRGB, chromaX, chromaY) = (isRGB, Int(description.log2_chroma_w), Int(description.log2_chroma_h))
        components = all.enumerated().map { index, said in
            let isChroma = index > 0 && !isRGB
            return Component(
                plane: Int(said.plane), offset: Int(said.offset), step: Int(said.step),
                shiftX: isChroma ? chromaX : 0, shiftY: isChroma ? chromaY : 0, isWide: depth > 8,
                unit: 1 << Int(said.shift))
        }
    }
}

/// From a cell's means to red, green and blue. The conversion is linear, so that of the means is the mean of it.
private struct MeanConversion {
    private var offset = SIMD3<Float>.zero
    private var scale = SIMD3<Float>(repeating: 1)
    private let kind: Kind
    private var red: Float = 0
    private var blue: Float = 0

    private enum Kind { case rgb, grey, yuv }

    init(_ layout: SampleLayout, _ yuv: YUVLayout) {
        kind = layout.isRGB ? .rgb : layout.components.count == 1 ? .grey : .yuv
        let unit = Float(layout.components[0].unit)
        let top = Float((1 << layout.depth) - 1)
        let part = Float(1 << (layout.depth - 8))
        if kind == .rgb || yuv.isFullRange {
            scale = SIMD3(repeating: 255 / top / unit)
            if kind == .yuv { offset = SIMD3(0, 128, 128) * part * unit }
        } else {
            scale = SIMD3(255 / 219, 255 / 224, 255 / 224) / part / unit
            offset = SIMD3(16, 128, 128) * part * unit
        }
        (red, blue) = Colour.lumaWeights(ofMatrix: UInt32(yuv.matrix))
    }

    func callAsFunction(_ means: [Float], _ cell: Int, into pixels: inout [Float]) {
        let colour = rgb((SIMD3(means[3 * cell], means[3 * cell + 1], means[3 * cell + 2]) - offset) * scale)
        for index in 0..<3 { pixels[3 * cell + index] = min(max(colour[index], 0), 255) }
    }

    private func rgb(_ mean: SIMD3<Float>) -> SIMD3<Float> {
        switch kind {
        case .rgb: return mean
        case .grey: return SIMD3(repeating: mean.x)
        case .yuv:
            let r = mean.x + 2 * (1 - red) * mean.z
            let b = mean.x + 2 * (1 - blue) * mean.y
            return SIMD3(r, (mean.x - red * r - blue * b) / (1 - red - blue), b)
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
    fileprivate func plane(_ index: Int) -> (data: UnsafeRawPointer, stride: Int) {
        let stride = withUnsafeBytes(of: pointee.linesize) { $0.load(fromByteOffset: 4 * index, as: Int32.self) }
        return (UnsafeRawPointer(LibAV.allocated(pointee.extended_data[index])), Int(stride))
    }
}
