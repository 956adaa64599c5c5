import Imaging
internal import Machine
internal import CFFmpeg

/// The one wrapper of libav's calls: says once which file and stream a run of calls is about, and turns the code that
/// each answers into a `MediaError`.
struct LibAV {
    let file: String
    var stream: Int?
    /// What sort of trouble a failure means here.
    var kind: MediaError.Kind

    init(file: String, stream: Int? = nil, kind: MediaError.Kind) {
        LibAVLog.install()
        self.file = file
        self.stream = stream
        self.kind = kind
    }

    /// Passes a result of 0 or more through and throws for a negative one.
    @discardableResult
    func check(_ code: Int32, _ operation: String) throws -> Int32 {
        guard code < 0 else { return code }
        throw error(code, operation)
    }

    /// As `check`, where "no output yet" and "the end" are answers and not errors: nil.
    func ready(_ code: Int32, _ operation: String) throws -> Int32? {
        if code == sv_error_again || code == sv_error_end_of_file { return nil }
        return try check(code, operation)
    }

    /// The error for a code, with what libav said last. Sizes that a container or a PNG declares are checked before; of
    /// one that only a decoder reads it says nowhere else that it is too large, and its code is that of any damage.
    func error(_ code: Int32, _ operation: String, found: String? = nil) -> MediaError {
        let said = LibAVLog.lastError()
        if let said, ["Picture size", "set dimensions", "max pixel"].contains(where: said.contains) {
            return MediaError(
                .refused, operation: operation, file: file, stream: stream, code: code,
                text: "it has too many pixels (\(said))")
        }
        let detail = said.map { " (\($0))" } ?? ""
        return failure(operation, (found ?? LibAV.text(of: code)) + detail, code: code)
    }

    func failure(_ operation: String, _ text: String, code: Int32? = nil) -> MediaError {
        MediaError(kind, operation: operation, file: file, stream: stream, code: code, text: text)
    }

    /// A sentence for an error code: libav's, but where that speaks to those who write libav.
    static func text(of code: Int32) -> String {
        switch code {
        case sv_error_encrypted: return "it is encrypted, and cannot be read without its key"
        case sv_error_not_implemented: return "it is of a kind that libav does not read"
        case sv_error_bug, sv_error_bug_too: return "libav made a mistake of its own"
        default: break
        }
        var buffer = [CChar](repeating: 0, count: 256)
        av_strerror(code, &buffer, buffer.count)
        return string(buffer)
    }

    /// An allocation of libav's. Out of memory ends the program, as tensors' memory does.
    static func allocated<T>(_ pointer: T?) -> T {
        guard let pointer else { Exhaustion.end(nil) }
        return pointer
    }

    /// A C string that may be absent, repaired where it is not UTF-8.
    static func string(_ pointer: UnsafePointer<CChar>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    static func string(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

extension Int64 {
    /// A number of ticks out of a computation in doubles: not beyond 2^60, so that sums of two still hold; 0 for NaN.
    init(ticks value: Double) {
        self = value.isNaN ? 0 : Int64(Swift.max(-0x1p60, Swift.min(0x1p60, value.rounded())))
    }
}

extension AVRational {
    init(_ rational: Rational) { self.init(num: rational.numerator, den: rational.denominator) }
}

extension Rational {
    init(_ rational: AVRational) { self.init(rational.num, rational.den) }
}

/// A dictionary of libav's, as options and metadata are handed over.
struct AVDictionaryBox: ~Copyable {
    var pointer: OpaquePointer?

    init(_ pairs: KeyValuePairs<String, String> = [:]) {
        for (key, value) in pairs { self[key] = value }
    }

    subscript(key: String) -> String? {
        get { AVDictionaryBox.value(key, in: pointer) }
        set { av_dict_set(&pointer, key, newValue, 0) }
    }

    static func value(_ key: String, in dictionary: OpaquePointer?) -> String? {
        LibAV.string(av_dict_get(dictionary, key, nil, 0)?.pointee.value)
    }

    /// Every pair, in the dictionary's order.
    static func pairs(of dictionary: OpaquePointer?) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        var entry: UnsafeMutablePointer<AVDictionaryEntry>?
        while let next = av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX) {
            if let key = LibAV.string(next.pointee.key), let value = LibAV.string(next.pointee.value) {
                pairs.append((key, value))
            }
            entry = next
        }
        return pairs
    }

    deinit {
        var pointer = pointer
        av_dict_free(&pointer)
    }
}

extension UnsafeMutablePointer<AVStream> {
    func tag(_ key: String) -> String? { AVDictionaryBox.value(key, in: pointee.metadata) }
}
