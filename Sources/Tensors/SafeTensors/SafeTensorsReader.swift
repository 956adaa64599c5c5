internal import Glibc
internal import Kernels

extension SafeTensors {
    /// One tensor of a file, and where its bytes lie.
    public struct Entry: Sendable, Equatable {
        public var name: String
        public var type: ElementType
        public var shape: [Int]
        /// Bytes, counted from the end of the header.
        public var range: Range<Int>

        public var count: Int { range.count / type.byteCount }
    }

    /// A safetensors file whose every name, shape, type and offset, and whose length, were checked when it was opened.
    /// Values are read when asked for.
    // Sendable: immutable; reads are positioned and share no cursor.
    public final class Reader: Sendable {
        public let path: String
        public let metadata: [String: String]
        /// In the order in which their bytes lie.
        public let entries: [Entry]

        private let index: [String: Int]
        private let file: OpenFile
        private let dataStart: Int

        /// - Throws: `SafeTensorsError`: no such file, not readable, or anything in it that is not as the format says.
        public init(path: String) throws(SafeTensorsError) {
            file = try OpenFile(path: path)
            let header = try Header(of: file)
            (self.path, metadata, entries, dataStart) = (path, header.metadata, header.entries, header.dataStart)
            index = Dictionary(uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
        }

        public subscript(_ name: String) -> Entry? { index[name].map { entries[$0] } }

        /// A tensor's values, row-major, as float32 whatever they are stored as.
        /// - Parameter shape: what it must have, or nil for any.
        /// - Throws: where there is no such tensor, where its shape is another, or where the file cannot be read.
        public func values(of name: String, shape: [Int]? = nil) throws(SafeTensorsError) -> [Float] {
            guard let entry = self[name] else {
                throw SafeTensorsError(.damaged, path: path, "it has no tensor \"\(name)\"")
            }
            if let shape, shape != entry.shape {
                throw SafeTensorsError(
                    .damaged, path: path, "tensor \"\(name)\" has the shape \(entry.shape), where \(shape) is needed")
            }
            let bytes = try file.read(entry.range.count, at: dataStart + entry.range.lowerBound)
            return [Float](unsafeUninitializedCapacity: entry.count) { buffer, count in
                bytes.withUnsafeBytes { bytes in
                    guard entry.count > 0, let to = buffer.baseAddress, let from = bytes.baseAddress else { return }
                    switch entry.type {
                    case .float16: Conversion.widen(from, into: to, count: entry.count)
                    case .float32: UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: bytes.count)
                    }
                }
                count = entry.count
            }
        }
    }
}

/// A regular file open for positioned reads.
// Sendable: the descriptor never changes, and pread keeps no state.
final class OpenFile: Sendable {
    let path: String
    let length: Int
    private let descriptor: Int32

    init(path: String) throws(SafeTensorsError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)  // not blocking: a pipe would wait for its writer
        guard descriptor >= 0 else {
            let code = errno
            let kind: SafeTensorsError.Kind = code == ENOENT || code == ENOTDIR ? .missing : .refused
            throw SafeTensorsError(kind, path: path, "it cannot be opened: \(String(cString: strerror(code)))")
        }
        var status = stat()
        let described = fstat(descriptor, &status)
        length = Int(status.st_size)
        guard described == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SafeTensorsError(.refused, path: path, "it is not a regular file")
        }
    }

    deinit { close(descriptor) }

    func read(_ count: Int, at offset: Int) throws(SafeTensorsError) -> [UInt8] {
        var done = 0
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while done < count {
                let n = pread(descriptor, buffer.baseAddress! + done, count - done, offset + done)
                if n < 0 && errno == EINTR { continue }
                if n <= 0 {
                    code = n < 0 ? errno : 0
                    break
                }
                done += n
            }
            filled = done
        }
        guard done == count else {
            let reason = code == 0 ? "it was cut short while open" : String(cString: strerror(code))
            throw SafeTensorsError(.refused, path: path, "it cannot be read: \(reason)")
        }
        return bytes
    }
}
