import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct SafeTensorsTests {
    /// A file of its own, gone when the test is.
    final class Scratch {
        let path = NSTemporaryDirectory() + "stylevideo-\(UUID().uuidString).safetensors"
        deinit { unlink(path) }

        func write(_ bytes: [UInt8]) { _ = FileManager.default.createFile(atPath: path, contents: Data(bytes)) }
        func write(header: String, length: Int? = nil, data: Int = 0) {
            let json = Array(header.utf8)
            let n = length ?? json.count
            write((0..<8).map { UInt8(truncatingIfNeeded: n >> (8 * $0)) } + json + .init(repeating: 1, count: data))
        }

        var failure: SafeTensorsError? {
            do {
                let reader = try SafeTensors.Reader(path: path)
                for entry in reader.entries { _ = try reader.values(of: entry.name) }
                return nil
            } catch { return error }
        }
    }

    private static func sample() -> SafeTensors.Writer {
        var random = Seeded(1)
        var writer = SafeTensors.Writer(metadata: ["format": "stylekernel/2", "text": "a \"b\" \\ \n ü 🎨", "": "x"])
        writer.add("a.weight", shape: [2, 3, 1], values: random.floats(6))
        writer.add("half", shape: [5], values: random.floats(5), as: .float16)
        writer.add("empty", shape: [0, 4], values: [])
        writer.add("scalar", shape: [], values: [2.5])
        return writer
    }

    @Test func readsWhatItWrote() throws {
        let file = Scratch()
        try Self.sample().write(to: file.path)
        let reader = try SafeTensors.Reader(path: file.path)
        #expect(reader.metadata == ["format": "stylekernel/2", "text": "a \"b\" \\ \n ü 🎨", "": "x"])
        #expect(Set(reader.entries.map(\.name)) == ["a.weight", "half", "empty", "scalar"])
        var random = Seeded(1)
        let weight = random.floats(6)
        #expect(try reader.values(of: "a.weight", shape: [2, 3, 1]) == weight)
        #expect(try reader.values(of: "half") == random.floats(5).map { Float(Float16($0)) })
        #expect(try reader.values(of: "empty") == [])
        #expect(try reader.values(of: "scalar", shape: []) == [2.5])
        #expect(throws: SafeTensorsError.self) { try reader.values(of: "none") }
        #expect(throws: SafeTensorsError.self) { try reader.values(of: "half", shape: [1, 5]) }
    }

    @Test func readsEscapesAndSpace() {
        let file = Scratch()
        file.write(
            header: "{ \"\\u00fc\\ud83c\\udfa8\\n\" :\n{\"shape\":[ 1 ],\"dtype\":\"F16\",\"data_offsets\":[0,2]} }   ",
            data: 2)
        #expect(file.failure == nil)
        #expect((try? SafeTensors.Reader(path: file.path))?.entries.first?.name == "ü🎨\n")
    }

    static let refused: [(String, Int?, Int)] = [
        ("", nil, 0), ("[]", nil, 0), (" {}", nil, 0), ("{}", nil, 1), ("{}x", nil, 0), ("{}", 100_000_001, 0),
        ("{}", 3, 0),
        ("{}", -1, 0), ("{", nil, 0), ("{\"a\"", nil, 0), ("{\"a\":1}", nil, 0),
        ("{\"__metadata__\":{\"a\":1}}", nil, 0),
        ("{\"__metadata__\":[]}", nil, 0),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1\(String(repeating: ",1", count: 64))],\"data_offsets\":[0,4]}}",
            nil, 4
        ),
        ("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", nil, 8),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", nil, 5),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", nil, 3),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", nil, 4),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", nil, 8),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", nil, 4),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", nil, 4),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}", nil, 4),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4294967296],\"data_offsets\":[0,0]}}", nil, 0),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}", nil, 4),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", nil, 4),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}", nil, 4),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", nil, 4),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", nil, 8
        ),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", nil, 4
        ),
        (String(repeating: "{\"a\":", count: 100_000), nil, 0),
        ("{\"a\":" + String(repeating: "[", count: 100_000), nil, 0),
        ("{\"\\ud83c\":{}}", nil, 0), ("{\"\\u12g4\":{}}", nil, 0), ("{\"a\nb\":{}}", nil, 0), ("{\"a\\", nil, 0),
    ]

    @Test(arguments: refused) func refusesWithAReason(header: String, length: Int?, data: Int) {
        let file = Scratch()
        file.write(header: header, length: length, data: data)
        let failure = file.failure
        #expect(failure?.kind == .damaged)
        #expect(failure?.description.hasPrefix(file.path + ": ") == true)
        #expect((failure?.reason.count ?? 0) > 15)
    }

    @Test func refusesWhatIsNoFile() {
        let file = Scratch()
        #expect(file.failure?.kind == .missing)
        file.write([])
        #expect(file.failure?.kind == .damaged)
        #expect(throws: SafeTensorsError.self) { try SafeTensors.Reader(path: NSTemporaryDirectory()) }
        #expect(throws: SafeTensorsError.self) { try SafeTensors.Reader(path: "/dev/zero") }
    }

    /// Whatever the bytes, the reader answers: with values whose number fits their shape, or with an error.
    @Test func survivesMutations() throws {
        let file = Scratch()
        try Self.sample().write(to: file.path)
        let original = Array(FileManager.default.contents(atPath: file.path)!)
        var random = Seeded(2026)
        var (accepted, refused) = (0, 0)
        for _ in 0..<2500 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 0: bytes[at] = .random(in: 0...255, using: &random)
                case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: bytes.remove(at: at)
                case 3: bytes.insert("{}[]\",:0919\\u-e".utf8.randomElement(using: &random)!, at: at)
                case 4: bytes.removeLast(Int.random(in: 0..<min(40, bytes.count), using: &random))
                default:
                    bytes[Int.random(in: 0..<min(8, bytes.count), using: &random)] = .random(
                        in: 0...255, using: &random)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            file.write(bytes)
            if let failure = file.failure {
                refused += 1
                #expect(failure.kind == .damaged)
            } else {
                accepted += 1
            }
        }
        #expect(refused > 600, "accepted \(accepted)")
        #expect(accepted > 20, "refused \(refused)")
    }
}
