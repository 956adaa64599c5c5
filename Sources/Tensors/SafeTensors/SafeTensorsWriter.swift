internal import Glibc
internal import Kernels

extension SafeTensors {
    /// Collects tensors and writes them as one file: the same tensors in the same order give the same bytes.
    public struct Writer: Sendable {
        private struct Item: Sendable {
            var entry: Entry
            var values: [Float]
        }

        public var metadata: [String: String]
        private var items: [Item] = []
        private var end = 0

        public init(metadata: [String: String] = [:]) { self.metadata = metadata }

        /// - Parameters:
        ///   - values: row-major, as many as `shape` says.
        ///   - type: what they are stored as; float16 rounds to the nearest.
        public mutating func add(_ name: String, shape: [Int], values: [Float], as type: ElementType = .float32) {
            precondition(values.count == shape.reduce(1, *), "\(values.count) values for the shape \(shape)")
            precondition(name != "__metadata__" && !items.contains { $0.entry.name == name }, "a second \(name)")
            let range = end..<end + values.count * type.byteCount
            end = range.upperBound
            items.append(Item(entry: Entry(name: name, type: type, shape: shape, range: range), values: values))
        }

        /// Writes beside `path` first and then takes its place, so that no half-written file bears the name.
        /// - Throws: `SafeTensorsError`, if the system refuses.
        public func write(to path: String) throws(SafeTensorsError) {
            let temporary = "\(path).\(getpid()).partial"
            do throws(SafeTensorsError) {
                try write(temporary: temporary)
                guard rename(temporary, path) == 0 else { throw refusal(path, "it cannot be put in place") }
            } catch {
                unlink(temporary)
                throw SafeTensorsError(error.kind, path: path, error.reason)
            }
        }

        private func refusal(_ path: String, _ what: String) -> SafeTensorsError {
            SafeTensorsError(.refused, path: path, "\(what): \(String(cString: strerror(errno)))")
        }

        private func write(temporary path: String) throws(SafeTensorsError) {
            guard let file = fopen(path, "wxe") else { throw refusal(path, "it cannot be created") }
            var written = put(header, file)
            for item in items { written = written && put(bytes(of: item), file) }
            let closed = fclose(file) == 0
            guard written && closed else { throw refusal(path, "it cannot be written") }
        }

        private func put(_ bytes: [UInt8], _ file: UnsafeMutablePointer<FILE>) -> Bool {
            bytes.isEmpty || fwrite(bytes, 1, bytes.count, file) == bytes.count
        }

        /// Length and JSON, padded with spaces so that the tensors begin at a multiple of 8.
        private var header: [UInt8] {
            var fields: [String] = []
            if !metadata.isEmpty {
                let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
                fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
            }
            for entry in items.map(\.entry) {
                let shape = entry.shape.map(String.init).joined(separator: ",")
                let range = "\(entry.range.lowerBound),\(entry.range.upperBound)"
                fields.append(
                    "\(quoted(entry.name)):{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(shape)],"
                        + "\"data_offsets\":[\(range)]}")
            }
            var json = Array("{\(fields.joined(separator: ","))}".utf8)
            while json.count % 8 != 0 { json.append(0x20) }
            return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
        }

        private func quoted(_ text: String) -> String {
            var result = "\""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "\"": result += "\\\""
                case "\\": result += "\\\\"
                case _ where scalar.value < 0x20:
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                default: result.unicodeScalars.append(scalar)
                }
            }
            return result + "\""
        }

        private func bytes(of item: Item) -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: item.entry.range.count) { buffer, count in
                item.values.withUnsafeBufferPointer { values in
                    guard let from = values.baseAddress, let to = buffer.baseAddress else { return }
                    switch item.entry.type {
                    case .float16: Conversion.narrow(from, into: to, count: values.count)
                    case .float32: UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: values.count * 4)
                    }
                }
                count = item.entry.range.count
            }
        }
    }
}
