internal import CFFmpeg
import Machine

extension VideoEncoderFormat {
    /// What the program sets itself, or what would make two runs, or parts and a whole, differ: threads, rates in place
    /// of quality, shapes, times and colours that the frames have, fields, another form of stream, files beside the
    /// film. libav's names and those inside lists are one table, with dashes.
    private static let fixed: Set<String> = [
        "threads", "thread-type", "lookahead-threads", "frame-threads", "pools", "numa-pools", "wpp", "asm", "cpuid",
        "deterministic", "n-deterministic", "non-deterministic", "nondeterministic", "crf", "crf-max", "crf-min", "qp",
        "qp-constant", "cqp", "cq-level", "preset", "cpu-used", "speed", "b", "bitrate", "minrate", "maxrate",
        "bufsize", "rc-init-occupancy", "vbv-maxrate", "vbv-bufsize", "vbv-init", "strict-cbr", "nal-hrd", "hrd",
        "pass", "passlogfile", "stats", "qpfile", "zonefile", "zones", "lambda-file", "scaling-list", "cqm", "cqmfile",
        "dhdr10-info", "nalu-file", "dolby-vision-rpu", "film-grain-table", "partition-info-path", "second-pass-log",
        "two-pass-output", "vmaf-model-path", "dump-yuv", "info", "log", "log-level", "annexb", "flags", "strict",
        "vendor", "still-picture", "drop-threshold", "chunk-start", "chunk-end", "interlaced", "interlace", "field",
        "field-order", "tff", "bff", "fake-interlaced", "sar", "aspect", "crop-rect", "fps", "time-base",
        "ticks-per-frame", "force-cfr", "vfr-input", "color-range", "colorspace", "color-primaries", "color-trc",
        "chroma-sample-location", "output-csp", "input-csp", "fullrange", "range", "colorprim", "colormatrix",
        "transfer",
    ]
    /// What all of whose names are fixed.
    private static let fixedFamilies = ["analysis-", "csv", "opencl", "recon", "refine-"]

    /// Why an option cannot be chosen; nil where it can.
    func refusal(of name: String, _ value: String) -> String? {
        let inside = isList(name) ? value.split(separator: ":").lazy.compactMap(Self.fixedKey).first : nil
        let own = name == presetOption || Self.fixedKey(name[...]) != nil ? name : nil
        if let fixed = inside ?? own {
            return
                "cannot set \(printable(fixed)), which the program keeps to itself, so that equal settings give equal, "
                + "sound files"
        }
        return isKnown(name) ? nil : "names an option that \(self.name) does not have: \(printable(name))"
    }

    /// Whether an option is a list of the encoder's own ones, as "x264-params".
    public func isList(_ name: String) -> Bool {
        name.hasSuffix("-params") || name == "x264opts" || name == "ts-parameters"
    }

    /// The fixed key of "key=value"; nil where it may be chosen. Quotes and spaces are libav's, leading dashes x265's;
    /// both encoders take "nokey" as "no-key".
    private static func fixedKey(_ pair: Substring) -> String? {
        let key = pair.prefix { $0 != "=" }.lowercased().replacing("_", with: "-")
            .filter { $0.isLetter || $0.isNumber || $0 == "-" }.drop { $0 == "-" }
        let positive = key.hasPrefix("no") ? key.dropFirst(2).drop { $0 == "-" } : key
        return [key, positive].first { name in
            fixed.contains(String(name)) || fixedFamilies.contains { name.hasPrefix($0) }
        }.map(String.init)
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
