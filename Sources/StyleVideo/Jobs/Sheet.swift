import Imaging
import Machine
import Tensors

/// Pictures in rows and columns, on a light ground.
struct Sheet {
    private static let gap = 8
    private static let ground: UInt8 = 238

    private let columns: Int
    private let cellWidth: Int
    /// Nil where nothing is shown.
    private var rows: [[Frame?]] = []

    init(columns: Int, cellWidth: Int) { (self.columns, self.cellWidth) = (columns, cellWidth) }

    /// - Parameter cells: from left to right; those that are narrower than a cell stand in its middle.
    mutating func add(_ cells: [Frame?]) {
        precondition(cells.count == columns)
        rows.append(cells)
    }

    var picture: Frame {
        let heights = rows.map { $0.compactMap { $0?.height }.max() ?? 0 }
        let whole = Frame(
            width: columns * (cellWidth + Self.gap) + Self.gap,
            height: heights.reduce(Self.gap) { $0 + $1 + Self.gap })
        _ = whole.withMutableBytes { $0.initializeMemory(as: UInt8.self, repeating: Self.ground) }
        var y = Self.gap
        for (cells, height) in zip(rows, heights) {
            for (column, cell) in cells.enumerated() {
                guard let cell else { continue }
                let x = Self.gap + column * (cellWidth + Self.gap) + (cellWidth - cell.width) / 2
                whole.place(cell, x: x, y: y + (height - cell.height) / 2)
            }
            y += height + Self.gap
        }
        return whole
    }
}

extension Frame {
    /// Lays another frame over a part of this one.
    func place(_ other: Frame, x: Int, y: Int) {
        precondition(x >= 0 && y >= 0 && x + other.width <= width && y + other.height <= height)
        precondition(format == other.format)
        let (length, step) = (format.bytesPerPixel * other.width, format.bytesPerPixel)
        withMutableBytes { target in
            other.withBytes { source in
                for row in 0..<other.height {
                    let (from, to) = (row * other.rowStride, (y + row) * rowStride + step * x)
                    UnsafeMutableRawBufferPointer(rebasing: target[to..<(to + length)])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<(from + length)]))
                }
            }
        }
    }

    /// As large as fits into a box, of its own shape.
    func fitting(_ boxWidth: Int, _ boxHeight: Int, _ team: ThreadTeam) -> Frame {
        let scale = min(Double(boxWidth) / Double(width), Double(boxHeight) / Double(height))
        func side(_ side: Int, _ most: Int) -> Int { min(max(1, Int((Double(side) * scale).rounded())), most) }
        let fitted = Frame(width: side(width, boxWidth), height: side(height, boxHeight), format: format)
        let resampler = Resampler(
            filter: .lanczos3, sourceWidth: width, sourceHeight: height, width: fitted.width, height: fitted.height,
            format: format)
        resampler(self, into: fitted, team: team)
        return fitted
    }
}
