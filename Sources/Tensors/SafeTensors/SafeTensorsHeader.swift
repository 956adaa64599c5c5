extension SafeTensors {
    /// What a file says of itself, checked against itself and the file's length.
    struct Header {
        var metadata: [String: String] = [:]
        var entries: [Entry] = []
        var dataStart = 0

        private let path: String

        init(of file: OpenFile) throws(SafeTensorsError) {
            path = file.path
            guard file.length >= 8 else { throw damaged("it is \(file.length) bytes long, too short for a header") }
            let length = try file.read(8, at: 0).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard length <= UInt64(longestHeader) else {
                throw damaged("its header would be \(length) bytes long; at most \(longestHeader) are allowed")
            }
            guard Int(length) <= file.length - 8 else {
                throw damaged("its header would be \(length) bytes long, but the file ends after \(file.length)")
            }
            dataStart = 8 + Int(length)
            let bytes = try file.read(Int(length), at: 8)
            guard bytes.first == UInt8(ascii: "{") else { throw damaged("its header does not begin with '{'") }
            let json: HeaderJSON
            do throws(HeaderJSON.Failure) {
                json = try HeaderJSON(parsing: bytes)
            } catch {
                throw damaged("its header is not valid JSON at byte \(8 + error.offset): \(error.reason)")
            }
            try read(json)
            try checkPlaces(dataLength: file.length - dataStart)
        }

        private func damaged(_ reason: String) -> SafeTensorsError { .init(.damaged, path: path, reason) }

        private mutating func read(_ json: HeaderJSON) throws(SafeTensorsError) {
            guard case .object(let pairs) = json else { throw damaged("its header is not an object") }
            for (name, value) in pairs {
                guard case .object(let fields) = value else {
                    throw damaged("its header's \"\(name)\" is not an object")
                }
                if name == "__metadata__" {
                    for (key, value) in fields {
                        guard case .string(let text) = value else {
                            throw damaged("its metadata \"\(key)\" is not a string")
                        }
                        metadata[key] = text
                    }
                } else {
                    entries.append(try entry(name, fields))
                }
            }
        }

        private func entry(
            _ name: String, _ fields: [(key: String, value: HeaderJSON)]
        ) throws(SafeTensorsError) -> Entry {
            var type: ElementType?
            var shape: [Int]?
            var offsets: [Int]?
            for (key, value) in fields {
                switch (key, value) {
                case ("dtype", .string(let text)):
                    type = ElementType(rawValue: text)
                    guard type != nil else {
                        throw damaged("tensor \"\(name)\" is of type \(text); F16 and F32 can be read")
                    }
                case ("shape", .array(let sides)): shape = integers(sides)
                case ("data_offsets", .array(let ends)): offsets = integers(ends)
                default: throw damaged("tensor \"\(name)\" has a field \"\(key)\" that is not as the format says")
                }
            }
            guard let type, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
                throw damaged("tensor \"\(name)\" lacks a valid type, shape or place")
            }
            var size = type.byteCount
            for side in shape {
                let (product, overflow) = size.multipliedReportingOverflow(by: side)
                guard !overflow else { throw damaged("tensor \"\(name)\" has an impossible shape \(shape)") }
                size = product
            }
            guard size == offsets[1] - offsets[0] else {
                throw damaged(
                    "tensor \"\(name)\" of shape \(shape) needs \(size) bytes and has \(offsets[1] - offsets[0])")
            }
            return Entry(name: name, type: type, shape: shape, range: offsets[0]..<offsets[1])
        }

        private func integers(_ values: [HeaderJSON]) -> [Int]? {
            var integers: [Int] = []
            for value in values {
                guard case .integer(let integer) = value else { return nil }
                integers.append(integer)
            }
            return integers
        }

        /// The tensors lie one after the other, without gaps, and fill the file.
        private mutating func checkPlaces(dataLength: Int) throws(SafeTensorsError) {
            entries.sort {
                ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
            }
            var end = 0
            for entry in entries {
                guard entry.range.lowerBound == end else {
                    throw damaged("tensor \"\(entry.name)\" begins at byte \(entry.range.lowerBound), not at \(end)")
                }
                end = entry.range.upperBound
            }
            guard end == dataLength else {
                throw damaged("its tensors need \(end) bytes, and \(dataLength) follow the header")
            }
        }
    }
}
