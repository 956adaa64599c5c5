internal import CFFmpeg
import Glibc

/// libavfilter, which is opened when the first interlaced frame is met: alone it would bring more packages than all
/// else that the program needs.
struct FilterLibrary: Sendable {
    typealias Graph = UnsafeMutablePointer<AVFilterGraph>
    typealias Context = UnsafeMutablePointer<AVFilterContext>

    let allocate: @convention(c) () -> Graph?
    let free: @convention(c) (UnsafeMutablePointer<Graph?>) -> Void
    let find: @convention(c) (UnsafePointer<CChar>) -> UnsafePointer<AVFilter>?
    let create:
        @convention(c) (
            UnsafeMutablePointer<Context?>, UnsafePointer<AVFilter>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafeMutableRawPointer?, Graph
        ) -> Int32
    let link: @convention(c) (Context, UInt32, Context, UInt32) -> Int32
    let configure: @convention(c) (Graph, UnsafeMutableRawPointer?) -> Int32
    let put: @convention(c) (Context, UnsafeMutablePointer<AVFrame>?, Int32) -> Int32
    let take: @convention(c) (Context, UnsafeMutablePointer<AVFrame>, Int32) -> Int32

    let version: @convention(c) () -> UInt32

    /// Its name, and that of Debian's package.
    static let (file, package) = (
        "libavfilter.so.\(LIBAVFILTER_VERSION_MAJOR)", "libavfilter\(LIBAVFILTER_VERSION_MAJOR)"
    )

    /// Nil where it is not installed.
    static let shared = FilterLibrary()

    private init?() {
        // A library that it is linked with for speech would start a thread for each core.
        setenv("OPENBLAS_NUM_THREADS", "1", 0)
        guard let library = dlopen(Self.file, RTLD_NOW | RTLD_LOCAL) else {
            return nil
        }
        func symbol<T>(_ name: String) -> T? { dlsym(library, name).map { unsafeBitCast($0, to: T.self) } }
        guard
            let allocate: @convention(c) () -> Graph? = symbol("avfilter_graph_alloc"),
            let free: @convention(c) (UnsafeMutablePointer<Graph?>) -> Void = symbol("avfilter_graph_free"),
            let find: @convention(c) (UnsafePointer<CChar>) -> UnsafePointer<AVFilter>? = symbol(
                "avfilter_get_by_name"),
            let create:
                @convention(c) (
                    UnsafeMutablePointer<Context?>, UnsafePointer<AVFilter>?, UnsafePointer<CChar>?,
                    UnsafePointer<CChar>?, UnsafeMutableRawPointer?, Graph
                ) -> Int32 = symbol("avfilter_graph_create_filter"),
            let link: @convention(c) (Context, UInt32, Context, UInt32) -> Int32 = symbol("avfilter_link"),
            let configure: @convention(c) (Graph, UnsafeMutableRawPointer?) -> Int32 = symbol("avfilter_graph_config"),
            let put: @convention(c) (Context, UnsafeMutablePointer<AVFrame>?, Int32) -> Int32 = symbol(
                "av_buffersrc_add_frame_flags"),
            let take: @convention(c) (Context, UnsafeMutablePointer<AVFrame>, Int32) -> Int32 = symbol(
                "av_buffersink_get_frame_flags"),
            let version: @convention(c) () -> UInt32 = symbol("avfilter_version")
        else { return nil }
        (self.allocate, self.free, self.find, self.create) = (allocate, free, find, create)
        (self.link, self.configure, self.put, self.take) = (link, configure, put, take)
        self.version = version
    }
}
