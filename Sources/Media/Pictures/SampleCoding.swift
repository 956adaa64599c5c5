/// Numbers as TIFF stores them one behind the other in a row, of 1 to 64 bits.
struct SampleCoding {
    let bits: Int
    let isFloat: Bool

    /// A number as it is stored, of at most 32 bits. Those of whole bytes lie in this machine's order, others lie
    /// bit by bit, the highest first.
    func number(_ row: UnsafeRawBufferPointer, _ index: Int) -> UInt32 {
        switch bits {
        case 8: return UInt32(row[index])
        case 16: return UInt32(row.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
        case 32: return row.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
        default:
            let first = index * bits
            let word = row.loadUnaligned(fromByteOffset: first / 8, as: UInt32.self).bigEndian
            return (word << UInt32(first % 8)) >> UInt32(32 - bits)
        }
    }

    /// A number of the range that its bits have, or of 0 to 1, as one of 0 to 65535.
    /// - Parameter clipped: counts those beyond that range.
    func value(_ row: UnsafeRawBufferPointer, _ index: Int, _ clipped: inout Int) -> UInt16 {
        if isFloat { return UInt16(SampleCoding.clip(float(row, index), &clipped) * 65535 + 0.5) }
        let number = number(row, index)
        switch bits {
        case 8: return UInt16(number) * 257
        case 16: return UInt16(number)
        case 32: return UInt16(number >> 16)
        default:
            let most = UInt32(1) << UInt32(bits) - 1
            return UInt16((number * 65535 + most / 2) / most)
        }
    }

    private func float(_ row: UnsafeRawBufferPointer, _ index: Int) -> Double {
        switch bits {
        case 16: Double(row.loadUnaligned(fromByteOffset: index * 2, as: Float16.self))
        case 32: Double(row.loadUnaligned(fromByteOffset: index * 4, as: Float.self))
        default: row.loadUnaligned(fromByteOffset: index * 8, as: Double.self)
        }
    }

    private static func clip(_ value: Double, _ clipped: inout Int) -> Double {
        // Sums of rounded numbers may pass the ends by a little.
        if !(value > -0.001 && value < 1.001) { clipped += 1 }
        return value > 0 ? min(1, value) : 0
    }
}
