internal import CFFmpeg
import Machine

extension VideoEncoderFormat {
    /// What the program sets itself, or what would make two runs, or parts and a whole, differ: threads, rates in place
    /// of quality, colours that the frames have, files beside the film.
    private static let fixed: Set<String> = [
        "threads", "thread_type", "crf", "qp", "cqp", "preset", "cpu-used", "b", "bitrate", "minrate", "maxrate",
        "bufsize", "rc_init_occupancy", "pass", "passlogfile", "stats", "flags", "color_range", "colorspace",
        "color_primaries", "color_trc", "chroma_sample_location", "time_base", "strict", "vendor",
    ]
    /// The same, inside an option that is a list of an encoder's own.
    private static let fixedInside: Set<String> = [
        "threads", "lookahead-threads", "frame-threads", "pools", "numa-pools", "wpp", "asm", "bitrate", "nal-hrd",
        "vbv-maxrate", "vbv-bufsize", "vbv-init", "strict-cbr", "crf", "crf-max", "crf-min", "qp", "preset", "pass",
        "stats", "non-deterministic", "nondeterministic", "info", "output-csp", "input-csp", "fullrange", "range",
        "colorprim", "colormatrix", "transfer", "log-level", "csv", "recon", "dump-yuv",
    ]

    /// Why an option cannot be chosen; nil where it can.
    func refusal(of name: String, _ value: String) -> String? {
        let isPreset = name == presetOption
        let inside = isList(name) ? value.split(separator: ":").map(VideoEncoderFormat.key).first { isFixed($0) } : nil
        if let fixed = inside ?? (Self.fixed.contains(name) || isPreset ? name : nil) {
            return
                "cannot set \(printable(fixed)), which the program does itself, so that equal settings give equal files"
        }
        return isKnown(name) ? nil : "names an option that \(self.name) does not have: \(printable(name))"
    }

    /// Whether an option is a list of the encoder's own ones, as "x264-params".
    func isList(_ name: String) -> Bool { name.hasSuffix("-params") || name == "x264opts" }

    private func isFixed(_ key: String) -> Bool { Self.fixedInside.contains(key) }

    private static func key(_ pair: Substring) -> String {
        let name = pair.prefix { $0 != "=" }.lowercased().replacing("_", with: "-")
        return name.hasPrefix("no-") ? String(name.dropFirst(3)) : name
    }

    /// Asked of libav's own tables: of this encoder and of all. Where the encoder is missing, that is told later.
    private func isKnown(_ name: String) -> Bool {
        guard let codec = avcodec_find_encoder_by_name(self.name) else { return true }
        return [codec.pointee.priv_class, avcodec_get_class()].contains { table in
            var table = table
            return withUnsafeMutablePointer(to: &table) {
                guard $0.pointee != nil, let option = av_opt_find($0, name, nil, 0, AV_OPT_SEARCH_FAKE_OBJ) else {
                    return false
                }
                return option.pointee.flags & AV_OPT_FLAG_ENCODING_PARAM != 0
            }
        }
    }
}
