internal import CZimg

/// A conversion between planes of pixels by zimg, planned once for two formats. It allocates nothing after that.
///
/// Its bits do not depend on the CPU: of zimg's code that for AVX2 is taken, which every CPU has that runs this.
final class PlaneConversion {
    typealias Format = zimg_image_format
    typealias Visit = zimg_filter_graph_callback

    /// Rows that pass through, where they do not come from planes or go to them.
    let input, output: RowRing
    private let graph: OpaquePointer
    private let scratch: UnsafeMutableRawPointer

    /// Nil where zimg cannot convert between the two formats.
    /// - Parameter dithers: by an ordered pattern, whose numbers follow from a pixel's place alone; else numbers are
    ///   rounded to the nearest.
    init?(from: Format, to: Format, dithers: Bool = false) {
        var parameters = zimg_graph_builder_params()
        zimg_graph_builder_params_default(&parameters, sv_zimg_version)
        parameters.resample_filter_uv = ZIMG_RESIZE_BICUBIC
        parameters.dither_type = dithers ? ZIMG_DITHER_ORDERED : ZIMG_DITHER_NONE
        parameters.nominal_peak_luminance = ToneMapping.referenceWhite
        // By tables of 2^16 steps; the exact functions take ten times as long. HLG's light would become a camera's.
        parameters.allow_approximate_gamma = from.transfer_characteristics == ZIMG_TRANSFER_ARIB_B67 ? 0 : 1
        #if arch(x86_64)
            parameters.cpu_type = ZIMG_CPU_X86_AVX2
        #endif
        var (from, to) = (from, to)
        guard let graph = zimg_filter_graph_build(&from, &to, &parameters) else { return nil }
        self.graph = graph
        var (size, inputLines, outputLines) = (0, UInt32(0), UInt32(0))
        zimg_filter_graph_get_tmp_size(graph, &size)
        zimg_filter_graph_get_input_buffering(graph, &inputLines)
        zimg_filter_graph_get_output_buffering(graph, &outputLines)
        scratch = .allocate(byteCount: max(size, 64), alignment: 64)
        input = RowRing(lines: inputLines, of: Int(from.height), rowBytes: 4 * Int(from.width))
        output = RowRing(lines: outputLines, of: Int(to.height), rowBytes: 4 * Int(to.width))
    }

    deinit {
        zimg_filter_graph_free(graph)
        scratch.deallocate()
    }

    static func format(width: Int, height: Int) -> Format {
        var format = Format()
        zimg_image_format_default(&format, sv_zimg_version)
        (format.width, format.height) = (UInt32(width), UInt32(height))
        return format
    }

    /// Planes to read from: at first the ring's.
    func source() -> zimg_image_buffer_const {
        var buffer = zimg_image_buffer_const()
        buffer.version = sv_zimg_version
        for plane in 0..<RowRing.planes {
            sv_zimg_read(&buffer, Int32(plane), input.plane(plane), input.stride, input.mask)
        }
        return buffer
    }

    /// Planes to write to: at first the ring's.
    func target() -> zimg_image_buffer {
        var buffer = zimg_image_buffer()
        buffer.version = sv_zimg_version
        for plane in 0..<RowRing.planes {
            sv_zimg_write(&buffer, Int32(plane), output.plane(plane), output.stride, output.mask)
        }
        return buffer
    }

    /// - Parameters:
    ///   - fill: is called before rows are read; nil where they are there. `empty`, after rows are written.
    ///   - user: what both are given.
    func run(
        _ source: zimg_image_buffer_const, _ target: zimg_image_buffer, fill: Visit?, empty: Visit?,
        user: UnsafeMutableRawPointer
    ) {
        var (source, target) = (source, target)
        let code = zimg_filter_graph_process(graph, &source, &target, scratch, fill, user, empty, user)
        precondition(code == ZIMG_ERROR_SUCCESS, "zimg: \(code.rawValue)")
    }
}
