internal import CFFmpeg
import Machine

/// bwdif at work on a run of frames of one size: one frame in, the one before it out, made of its own lines of one
/// field and of what it and its neighbours say of the other's.
final class FieldFilter {
    private let library: FilterLibrary
    private var graph: FilterLibrary.Graph?
    private var input: FilterLibrary.Context?
    private var output: FilterLibrary.Context?

    /// Nil for frames that bwdif does not take: of fewer than 3 columns or 4 rows, or in a format that libswscale does
    /// not read.
    /// - Precondition: the library has bwdif.
    init?(_ library: FilterLibrary, like frame: UnsafeMutablePointer<AVFrame>) {
        self.library = library
        guard frame.pointee.width >= 3, frame.pointee.height >= 4 else { return nil }
        let graph = LibAV.allocated(library.allocate())
        self.graph = graph
        // Its frames are the same for any number of threads.
        graph.pointee.nb_threads = 1
        let aspect = frame.pointee.sample_aspect_ratio
        let sides = "video_size=\(frame.pointee.width)x\(frame.pointee.height):pix_fmt=\(frame.pointee.format)"
        input = make(
            "buffer", "\(sides):time_base=1/1:pixel_aspect=\(max(aspect.num, 0))/\(max(aspect.den, 1))", in: graph)
        // All of them: which are made anew is the caller's to choose. What bwdif itself leaves alone changes how it
        // makes the next.
        let filter = make("bwdif", "mode=send_frame:parity=auto:deint=all", in: graph)
        output = make("buffersink", nil, in: graph)
        check(library.link(input!, 0, filter, 0))
        check(library.link(filter, 0, output!, 0))
        let code = library.configure(graph, nil)
        if code == sv_error_no_memory { Exhaustion.end(nil) }
        if code < 0 { return nil }
    }

    deinit { library.free(&graph) }

    private func make(_ name: String, _ options: String?, in graph: FilterLibrary.Graph) -> FilterLibrary.Context {
        var context: FilterLibrary.Context?
        check(library.create(&context, library.find(name), name, options, nil, graph))
        return LibAV.allocated(context)
    }

    private func check(_ code: Int32) {
        if code == sv_error_no_memory { Exhaustion.end(nil) }
        precondition(code >= 0, "bwdif: \(LibAV.text(of: code))")
    }

    /// Takes a frame, or the end.
    func put(_ frame: UnsafeMutablePointer<AVFrame>?) {
        check(library.put(input!, frame, Int32(AV_BUFFERSRC_FLAG_KEEP_REF)))
    }

    /// Gives the frame before the last one taken.
    /// - Returns: whether there is one.
    func take(into frame: UnsafeMutablePointer<AVFrame>) -> Bool {
        av_frame_unref(frame)
        let code = library.take(output!, frame, 0)
        if code != sv_error_again, code != sv_error_end_of_file { check(code) }
        return code >= 0
    }
}
