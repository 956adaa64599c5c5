internal import CZimg

/// The newest rows of up to four planes, where zimg asks for them one after another. Rows begin on cache lines.
final class RowRing {
    static let planes = 4
    /// Bytes that rows begin at multiples of; zimg needs half as many.
    static let alignment = 64
    let mask: UInt32
    let stride: Int
    private let lines: Int
    private let memory: UnsafeMutableRawPointer

    /// - Parameters:
    ///   - lines: that are needed at once; `UInt32.max` for all.
    ///   - rowBytes: of one row of the widest plane.
    init(lines: UInt32, of height: Int, rowBytes: Int) {
        mask = zimg_select_buffer_mask(lines)
        self.lines = mask == .max ? height : Int(mask) + 1
        stride = (rowBytes + Self.alignment - 1) / Self.alignment * Self.alignment
        memory = .allocate(byteCount: Self.planes * self.lines * stride, alignment: Self.alignment)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.planes * self.lines * stride)
    }

    deinit { memory.deallocate() }

    func plane(_ plane: Int) -> UnsafeMutableRawPointer { memory + plane * lines * stride }

    func row(_ plane: Int, _ y: Int) -> UnsafeMutableRawPointer {
        self.plane(plane) + (y & (mask == .max ? .max : Int(mask))) * stride
    }
}
