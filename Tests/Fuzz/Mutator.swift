import Foundation
import Glibc

@_silgen_name("LLVMFuzzerMutate")
private func mutateBytes(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ room: Int) -> Int

/// Of JSON a value is changed and the rest stays JSON, for a byte changed by chance ends nearly always in its grammar.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ room: Int, _ seed: UInt32) -> Int {
    let parts = Data(UnsafeBufferPointer(start: bytes, count: count)).split(separator: 0)
    var random = SplitMix(state: UInt64(seed))
    guard !parts.isEmpty, !random.isOne(of: 8), ["score", "job"].contains(readerName) else {
        return mutateBytes(bytes, count, room)
    }
    let chosen = Int.random(in: parts.indices, using: &random)
    let changed = parts.indices.map { $0 == chosen ? mutated(parts[$0], &random) ?? parts[$0] : parts[$0] }
    let whole = Data(changed.joined(separator: [0]))
    guard whole.count <= room else { return mutateBytes(bytes, count, room) }
    whole.copyBytes(to: bytes, count: whole.count)
    return whole.count
}

private func mutated(_ document: Data, _ random: inout SplitMix) -> Data? {
    guard let value = try? JSONSerialization.jsonObject(with: document, options: .fragmentsAllowed) else { return nil }
    return try? JSONSerialization.data(withJSONObject: other(value, &random), options: .fragmentsAllowed)
}

/// The value with something in it that is another.
private func other(_ value: Any, _ random: inout SplitMix) -> Any {
    switch value {
    case var fields as [String: Any] where !fields.isEmpty && !random.isOne(of: 16):
        let key = fields.keys.sorted().randomElement(using: &random)!
        if random.isOne(of: 32) { fields[key] = nil } else { fields[key] = other(fields[key]!, &random) }
        return fields
    case var elements as [Any] where !elements.isEmpty && !random.isOne(of: 8):
        let place = elements.indices.randomElement(using: &random)!
        switch Int.random(in: 0..<6, using: &random) {
        case 0: elements.remove(at: place)
        case 1: elements.insert(elements[place], at: place)
        default: elements[place] = other(elements[place], &random)
        }
        return elements
    case let number as NSNumber where random.isOne(of: 2):
        return NSNumber(value: number.intValue &+ Int.random(in: -2...2, using: &random))
    default:
        return extremes.randomElement(using: &random)!
    }
}

private var extremes: [Any] {
    [
        0, 1, -1, 2, 255, 65536, Int.max, Int.min, Int(Int32.max), 1 << 53, 1e308, -1e308, 3.5e38, 1e-320, 1e-46, 0.1,
        "",
        "0", "../x", "/", "\u{0}", String(repeating: "0", count: 64), NSNull(), true, [Any](), [0, 0], [0, Int.max],
        [3, 1],
        [String: Any](),
    ]
}

/// SplitMix64.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func isOne(of count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}
