internal import CFFmpeg
internal import CPictures
internal import CZimg
internal import Machine

/// Versions of FFmpeg's libraries and of zimg that the program runs with, by name, as "59.37.100".
public enum LibraryVersions {
    public static var all: [String: String] {
        var (major, minor, micro): (UInt32, UInt32, UInt32) = (0, 0, 0)
        zimg_get_version_info(&major, &minor, &micro)
        return [
            "zimg": "\(major).\(minor).\(micro)", "libavformat": text(avformat_version()),
            "libavcodec": text(avcodec_version()),
            "libswscale": text(swscale_version()), "libswresample": text(swresample_version()),
            "libavutil": text(avutil_version()), "ffmpeg": LibAV.string(av_version_info()) ?? "unknown",
        ]
    }

    /// Of the libraries that read pictures: no painting's fingerprint has them, for what they decode is digested.
    public static var pictures: [String: String] {
        // "LIBTIFF, Version 4.5.0", and the copyright in further lines. lcms says 2140 for 2.14; of libjpeg its file's
        // name alone says which it is.
        let tiff = LibAV.string(TIFFGetVersion())?.split(separator: "\n").first?.split(separator: " ").last
        let (lcms, webp) = (cmsGetEncodedCMMversion(), WebPGetDemuxVersion())
        let jpeg = System.origin(of: "jpeg_CreateDecompress")?.lastComponent?.string.split(separator: ".so.").last
        return [
            "libheif": LibAV.string(heif_get_version()) ?? "unknown", "libtiff": tiff.map(String.init) ?? "unknown",
            "lcms": "\(lcms / 1000).\(lcms % 1000 / 10)",
            "libwebpdemux": "\(webp >> 16).\(webp >> 8 & 0xFF).\(webp & 0xFF)",
            "libjpeg": jpeg.map(String.init) ?? "unknown",
        ]
    }

    /// Of libavfilter, which makes whole frames of fields; nil where it is not installed. It is opened for this.
    public static var filters: String? { FilterLibrary.shared.map { text($0.version()) } }

    /// Debian's package of libavfilter.
    public static var packageOfFilters: String { FilterLibrary.package }

    private static func text(_ version: UInt32) -> String {
        "\(version >> 16).\(version >> 8 & 0xFF).\(version & 0xFF)"
    }
}
