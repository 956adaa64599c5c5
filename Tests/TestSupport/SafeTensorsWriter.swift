import Foundation
package import Tensors

extension SafeTensors {
    /// Collects tensors and writes them as one file: the same tensors in the same order give the same bytes.
    package struct Writer {
        private var fields: [String] = []
        private var data = Data()

        package init(metadata: [String: String] = [:]) {
            guard !metadata.isEmpty else { return }
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }

        /// - Parameters:
        ///   - values: row-major, as many as `shape` says.
        ///   - type: what they are stored as; float16 rounds to the nearest.
        package mutating func add(_ name: String, shape: [Int], values: [Float], as type: ElementType = .float32) {
            precondition(values.count == shape.reduce(1, *), "\(values.count) values for the shape \(shape)")
            let start = data.count
            switch type {
            case .float16: values.map(Float16.init).withUnsafeBytes { data.append(contentsOf: $0) }
            case .float32: values.withUnsafeBytes { data.append(contentsOf: $0) }
            }
            fields.append(
                "\(quoted(name)):{\"dtype\":\"\(type.rawValue)\",\"shape\":\(shape),"
                    + "\"data_offsets\":[\(start),\(data.count)]}")
        }

        /// Length and JSON, padded with spaces so that the tensors begin at a multiple of 8; then the tensors.
        package func write(to path: String) throws {
            var json = Data("{\(fields.joined(separator: ","))}".utf8)
            while json.count % 8 != 0 { json.append(0x20) }
            let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
            try (length + json + data).write(to: URL(fileURLWithPath: path), options: .atomic)
        }

        private func quoted(_ text: String) -> String {
            let escaped = text.unicodeScalars.map { scalar in
                switch scalar {
                case "\"": "\\\""
                case "\\": "\\\\"
                case _ where scalar.value < 0x20: String(format: "\\u%04x", scalar.value)
                default: String(scalar)
                }
            }
            return "\"\(escaped.joined())\""
        }
    }
}
