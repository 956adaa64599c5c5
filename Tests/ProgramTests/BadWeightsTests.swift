import Foundation
import Testing

/// Weights files that are missing, damaged, or lie.
@Suite struct BadWeightsTests {
    @Test(arguments: refusals) func refuses(_ refusal: Refusal) async throws { try await refusal.check() }

    static let refusals = [
        Refusal(
            "preset without weights", Refusal.paint() + ["--preset", "paper"], code: 66, naming: "paper", "--weights"),
        Refusal("missing", Refusal.paint() + ["--weights", "no.safetensors"], code: 66, naming: "no.safetensors"),
        Refusal(
            "another preset than asked", Refusal.paint() + ["--preset", "paper", "--weights", "x.safetensors"],
            code: 64,
            naming: "x.safetensors", "fast", "paper"
        ) { try $0.write("x.safetensors", shipped("stylekernel-fast.safetensors")) },
        weights("another network") { _ in try shipped("lpips-alex.safetensors") },
        weights("empty") { _ in Data() },
        weights("text") { _ in Data("these are not weights".utf8) },
        weights("cut off in the header") { $0.prefix(500) },
        weights("cut off in the numbers") { $0.prefix($0.count - 2) },
        weights("longer than it says") { $0 + Data([0]) },
        weights("a header longer than the file") { replacingLength($0, with: UInt64($0.count)) },
        weights("a header of 2^64 - 1 bytes") { replacingLength($0, with: .max) },
        weights("a header of 2^63 bytes") { replacingLength($0, with: 1 << 63) },
        weights("a header that is no JSON") { Data($0.prefix(8)) + Data("[".utf8) + $0.dropFirst(9) },
        weights("no metadata") { try changing($0) { $0["__metadata__"] = nil } },
        weights("metadata of another format") {
            try changing($0) { header in
                var metadata = header["__metadata__"] as! [String: String]
                for (key, value) in metadata { metadata[key] = value + "x" }
                header["__metadata__"] = metadata
            }
        },
        weights("metadata that is no text") { try changing($0) { $0["__metadata__"] = ["heads": 3] } },
        weights("a tensor left out") { try changing($0) { $0[firstTensor($0)] = nil } },
        weights("a tensor of another shape") {
            try changingTensor($0) { $0["shape"] = [($0["shape"] as! [Int]).reduce(1, *), 1] }
        },
        weights("a tensor larger than its bytes") { try changingTensor($0) { $0["shape"] = [1 << 30, 1 << 30] } },
        weights("a shape that overflows") { try changingTensor($0) { $0["shape"] = [Int.max, Int.max, 4] } },
        weights("a negative shape") { try changingTensor($0) { $0["shape"] = [-1, -1] } },
        weights("bytes beyond the end") { try changingTensor($0) { $0["data_offsets"] = [1 << 40, 1 << 41] } },
        weights("bytes that end before they begin") { try changingTensor($0) { $0["data_offsets"] = [64, 0] } },
        weights("a type that is none") { try changingTensor($0) { $0["dtype"] = "I8" } },
    ]

    /// Painting with a changed copy of the program's own weights.
    private static func weights(_ what: String, _ change: @escaping @Sendable (Data) throws -> Data) -> Refusal {
        Refusal(what, Refusal.paint() + ["--weights", "x.safetensors"], code: 65, naming: "x.safetensors") {
            try $0.write("x.safetensors", change(shipped("stylekernel-fast.safetensors")))
        }
    }

    private static func shipped(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: "\(Program.resources)/\(name)"))
    }

    private static func replacingLength(_ file: Data, with length: UInt64) -> Data {
        withUnsafeBytes(of: length.littleEndian) { Data($0) } + file.dropFirst(8)
    }

    /// The file with another header, whose length is right.
    private static func changing(_ file: Data, _ change: (inout [String: Any]) throws -> Void) throws -> Data {
        let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        var header = try JSONSerialization.jsonObject(with: file.dropFirst(8).prefix(length)) as! [String: Any]
        try change(&header)
        var text = try JSONSerialization.data(withJSONObject: header)
        // The numbers begin at a multiple of eight, as writers leave them.
        while text.count % 8 != 0 { text.append(0x20) }
        return replacingLength(Data(count: 8), with: UInt64(text.count)) + text + file.dropFirst(8 + length)
    }

    private static func changingTensor(_ file: Data, _ change: (inout [String: Any]) -> Void) throws -> Data {
        try changing(file) { header in
            let name = firstTensor(header)
            var tensor = header[name] as! [String: Any]
            change(&tensor)
            header[name] = tensor
        }
    }

    private static func firstTensor(_ header: [String: Any]) -> String {
        header.keys.filter { $0 != "__metadata__" }.min()!
    }
}
